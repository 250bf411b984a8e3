package cell

import (
	"context"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"tcpbench/lab"
	"tcpbench/target"
)

// order is what a lab's server process is told to be.
type order struct {
	Host lab.Host `json:"host"`
	// Files is how many open files it must be able to have.
	Files uint64 `json:"files"`
	// Config is the embedded server's; Listen is where either kind answers.
	Config target.Config `json:"config"`
	// Command is a program to be run in place of the embedded server.
	Command []string `json:"command,omitempty"`
}

// ready is what a lab's server process answers.
type ready struct {
	Listening []netip.AddrPort  `json:"listening"`
	Sysctls   map[string]string `json:"sysctls"`
	Failure   *failure          `json:"failure,omitempty"`
}

// farewell is what it says when it ends.
type farewell struct {
	// Stats are what the embedded server saw.
	Stats *target.Stats `json:"stats,omitempty"`
	// Failure is why it ended before it was told to.
	Failure *failure `json:"failure,omitempty"`
}

// serverMain reads an order, sets up its namespace, and serves until the end
// of in.
func serverMain(in io.Reader, out io.Writer) error {
	// Terminals and service managers signal whole groups; the client decides
	// when the server ends. Ignored signals would stay so in a command.
	signal.Notify(make(chan os.Signal, 1), unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	var o order
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return nil // the client ended before it gave the order
	}
	enc := json.NewEncoder(out)
	serve, err := setUp(o)
	if err != nil {
		return enc.Encode(ready{Failure: newFailure(err)})
	}
	if err := enc.Encode(ready{Listening: o.Config.Listen, Sysctls: Sysctls()}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	seen, err := serve(ctx)
	if err != nil {
		return enc.Encode(farewell{Failure: newFailure(err)})
	}
	return enc.Encode(farewell{Stats: seen})
}

// serving answers until ctx is done, and then says what it saw, if it knows.
type serving func(ctx context.Context) (*target.Stats, error)

// setUp makes this process the server that the order asks for.
func setUp(o order) (serving, error) {
	if err := raiseFiles(o.Files); err != nil {
		return nil, err
	}
	if err := lab.Up(o.Host); err != nil {
		return nil, err
	}
	if err := lab.Await(o.Host); err != nil {
		return nil, err
	}
	if len(o.Command) > 0 {
		return serveCommand(o)
	}
	return serveEmbedded(o)
}

func serveCommand(o order) (serving, error) {
	c, err := startCommand(o.Command, o.Config.Listen)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (*target.Stats, error) { return nil, c.Serve(ctx) }, nil
}

func serveEmbedded(o order) (serving, error) {
	srv, err := target.Listen(o.Config)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (*target.Stats, error) {
		if err := srv.Serve(ctx); err != nil {
			return nil, err
		}
		seen := srv.Stats()
		return &seen, nil
	}, nil
}
