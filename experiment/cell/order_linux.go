package cell

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"tcpbench/internal/conntrack"
	"tcpbench/lab"
	"tcpbench/lab/target"
	"tcpbench/results"
)

// order is what a lab's server or proxy process is told to be, after the
// [lab.Host] that it is told first. A NAT's is empty: it is all in its host.
type order struct {
	// Files is how many open files it must be able to have.
	Files need `json:"files"`
	// Config is the embedded server's; Listen is where any kind answers.
	Config target.Config `json:"config"`
	// Command is a program to run instead of the embedded server, in Dir.
	Command []string `json:"command,omitempty"`
	Dir     string   `json:"dir,omitempty"`
	// Socket is the Unix socket that the command listens at; "" for none.
	Socket string `json:"socket,omitempty"`
	// Client: the command is a client, which listens nowhere and may end by itself.
	Client bool `json:"client,omitempty"`
}

// ready is what the process answers when it is the host, and when it serves.
type ready struct {
	Sysctls map[string]string `json:"sysctls,omitempty"`
	// Meters is the descriptor of a target.MetersFile in the process of the embedded
	// server.
	Meters  int      `json:"meters,omitempty"`
	Failure *failure `json:"failure,omitempty"`
}

// word is a line of a process that serves: that a connect of its program found no
// port, or its farewell.
type word struct {
	NoPort *foundNoPort `json:"no_port,omitempty"`
	farewell
}

// farewell is what it says when it ends.
type farewell struct {
	// Stats are what the embedded server saw.
	Stats *target.Stats `json:"stats,omitempty"`
	// Said is what a command wrote, and Unread how many more lines.
	Said   []line `json:"said,omitempty"`
	Unread int64  `json:"unread,omitempty"`
	// Rules are what those of a link did.
	Rules []results.LinkRule `json:"rules,omitempty"`
	// Exit is how a client's command ended.
	Exit *exit `json:"exit,omitempty"`
	// Failure is why it ended before it was told to.
	Failure *failure `json:"failure,omitempty"`
}

// peerMain sets up its namespace as a host, reads an order, and serves until
// the end of in.
func peerMain(in io.Reader, out io.Writer) error {
	// Terminals and service managers signal whole groups; the client decides
	// when the server ends. Ignored signals would stay so in a command.
	signal.Notify(make(chan os.Signal, 1), unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	dec, enc := json.NewDecoder(in), json.NewEncoder(out)
	var host lab.Host
	if err := dec.Decode(&host); err != nil {
		return nil // the client ended before it gave the order
	}
	if err := lab.Up(host); err != nil {
		err = enc.Encode(ready{Failure: newFailure(err)})
		// With this process go its links, and the hosts at their other ends
		// would fail for that, and perhaps be heard first.
		_, _ = io.Copy(io.Discard, in)
		return err
	}
	if err := enc.Encode(ready{}); err != nil {
		return err
	}
	var o order
	if err := dec.Decode(&o); err != nil {
		return nil
	}
	serve, meters, err := setUp(host, o)
	if err != nil {
		return enc.Encode(ready{Failure: newFailure(err)})
	}
	if err := enc.Encode(ready{Sysctls: Sysctls(), Meters: meters}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	tell := func(f foundNoPort) { _ = enc.Encode(word{NoPort: &f}) } // a client that is gone kills this process
	return enc.Encode(serve(ctx, tell))
}

// serving answers until ctx is done, and then tells what it knows. Meanwhile it tells
// of ports that ran out on its host.
type serving func(ctx context.Context, tell func(foundNoPort)) farewell

// setUp makes this process the server that the order asks for, and returns the
// descriptor of its meters; 0 without any.
func setUp(host lab.Host, o order) (s serving, meters int, err error) {
	if err := raiseFiles(o.Files, noShare); err != nil {
		return nil, 0, err
	}
	if err := lab.Await(host); err != nil {
		return nil, 0, err
	}
	switch {
	case host.NAT != nil:
		s, err = serveNAT(*host.NAT)
		return s, 0, err
	case o.Client:
		s, err = serveClient(o)
		return s, 0, err
	case len(o.Command) > 0:
		s, err = serveCommand(o)
		return s, 0, err
	}
	return serveEmbedded(o)
}

// serveNAT leaves all to the kernel, but that it keeps ports of closed connections.
func serveNAT(n lab.NAT) (serving, error) {
	if n.Hold == 0 {
		return func(ctx context.Context, _ func(foundNoPort)) farewell { <-ctx.Done(); return farewell{} }, nil
	}
	h, err := conntrack.OpenHolder()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, _ func(foundNoPort)) farewell {
		ended := make(chan error, 1)
		go func() { ended <- h.Run() }() // ends with h
		select {
		case <-ctx.Done():
			h.Close()
			return farewell{}
		case err := <-ended:
			return farewell{Failure: newFailure(err)}
		}
	}, nil
}

func serveCommand(o order) (serving, error) {
	witness, err := newPortWitness()
	if err != nil {
		return nil, err
	}
	c, err := startCommand(o, witness.look)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tell func(foundNoPort)) farewell {
		over := make(chan error, 1)
		go func() { over <- c.Serve(ctx) }() // ends with the program
		for {
			select {
			case f := <-witness.found:
				tell(f)
			case err := <-over:
				f := farewell{Said: c.out.lines.kinds(), Unread: c.out.lines.unread}
				if err != nil {
					f.Failure = newFailure(err)
				}
				return f
			}
		}
	}, nil
}

func serveEmbedded(o order) (s serving, meters int, err error) {
	f, err := target.MetersFile()
	if err != nil {
		return nil, 0, err
	}
	if o.Config.Meters, err = target.MapMeters(f); err != nil {
		f.Close()
		return nil, 0, err
	}
	srv, err := target.Listen(o.Config)
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return func(ctx context.Context, _ func(foundNoPort)) farewell {
		defer f.Close() // the client has opened it long since
		if err := srv.Serve(ctx); err != nil {
			return farewell{Failure: newFailure(err)}
		}
		seen := srv.Stats()
		return farewell{Stats: &seen}
	}, int(f.Fd()), nil
}
