package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/procnet"
	"tcpbench/lab"
	"tcpbench/lab/target"
)

// order is what a lab's server process is told: one of its fields.
type order struct {
	Host  *lab.Host `json:"host,omitempty"`
	Serve *service  `json:"serve,omitempty"`
	Stop  bool      `json:"stop,omitempty"`
}

// service is a server for one turn: the embedded one, or a command.
type service struct {
	Protocol                  string `json:"protocol,omitempty"`
	RequestSize, ResponseSize int    // bytes
	CloseFirst                bool
	// Spin has the embedded server look for events before it sleeps, as in a lab where
	// it has a processor to itself.
	Spin bool

	Command []string `json:"command,omitempty"`
	// Port is the one that the command listens on.
	Port uint16 `json:"port,omitempty"`
	// Redis says that the command is a redis-server: it counts its requests, and ends when
	// it is told to.
	Redis bool `json:"redis,omitempty"`
}

// answer follows every order.
type answer struct {
	Error string `json:"error,omitempty"`
	Seen  *seen  `json:"seen,omitempty"` // after stop
}

// seen is a turn as the server saw it.
type seen struct {
	Stats     *target.Stats `json:"stats,omitempty"` // of the embedded server
	TimeWaits int64         `json:"time_waits"`      // on the server's side
	CPU       time.Duration `json:"cpu_ns"`          // without what it spun
}

// serverMain obeys orders until the end of in.
func serverMain(in io.Reader, out io.Writer) error {
	dec, enc := json.NewDecoder(in), json.NewEncoder(out)
	var s server
	for {
		var o order
		if err := dec.Decode(&o); err != nil {
			return nil // the client is done
		}
		a, err := s.obey(o)
		if err != nil {
			a.Error = err.Error()
		}
		if err := enc.Encode(a); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
}

// server is what runs in a lab's server namespace, one service at a time.
type server struct {
	stop   func() (*target.Stats, error)
	before procnet.Counters
	cpu    time.Duration
	meters *target.Meters
}

func (s *server) obey(o order) (answer, error) {
	switch {
	case o.Host != nil:
		if err := lab.Up(*o.Host); err != nil {
			return answer{}, err
		}
		return answer{}, lab.Await(*o.Host)
	case o.Serve != nil:
		return answer{}, s.start(*o.Serve)
	default:
		seen, err := s.finish()
		return answer{Seen: seen}, err
	}
}

func (s *server) start(v service) error {
	var err error
	if s.before, err = procnet.Read("self"); err != nil {
		return err
	}
	s.cpu, s.meters = cpuTime(unix.RUSAGE_SELF)+cpuTime(unix.RUSAGE_CHILDREN), new(target.Meters)
	if len(v.Command) > 0 {
		s.stop, err = startCommand(v)
	} else {
		s.stop, err = startTarget(v, s.meters)
	}
	return err
}

func (s *server) finish() (*seen, error) {
	stats, err := s.stop()
	if err != nil {
		return nil, err
	}
	after, err := procnet.Read("self")
	if err != nil {
		return nil, err
	}
	worked := cpuTime(unix.RUSAGE_SELF) + cpuTime(unix.RUSAGE_CHILDREN) - s.cpu
	for _, spun := range s.meters.Spun() {
		worked -= spun
	}
	return &seen{Stats: stats, TimeWaits: timeWaitsSince(after, s.before), CPU: worked}, nil
}

// timeWaitsSince counts the connections that this side closed first and not
// with RST. Beyond tcp_max_tw_buckets the kernel keeps no TIME_WAIT, but
// counts.
func timeWaitsSince(after, before procnet.Counters) int64 {
	d := after.Since(before)
	return d["TcpExtTW"] + d["TcpExtTCPTimeWaitOverflow"]
}

// startTarget starts the embedded server.
func startTarget(v service, meters *target.Meters) (stop func() (*target.Stats, error), err error) {
	srv, err := target.Listen(target.Config{
		Listen:       []netip.AddrPort{labAddress()},
		Protocol:     v.Protocol,
		RequestSize:  v.RequestSize,
		ResponseSize: v.ResponseSize,
		CloseFirst:   v.CloseFirst,
		Threads:      1,
		Spin:         v.Spin,
		Meters:       meters,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }() // ends with stop
	return func() (*target.Stats, error) {
		cancel()
		err := <-served
		stats := srv.Stats()
		return &stats, err
	}, nil
}

// commandGrace is what a command gets to start listening, and to end.
const commandGrace = 5 * time.Second

// startCommand starts another program and waits until it listens.
func startCommand(v service) (stop func() (*target.Stats, error), err error) {
	cmd := exec.Command(v.Command[0], v.Command[1:]...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start server command: %w", err)
	}
	ended := make(chan struct{})
	go func() { // ends with the command
		defer close(ended)
		_ = cmd.Wait() // what its client reports tells whether it worked
	}()
	stop = func() (stats *target.Stats, err error) {
		if v.Redis {
			stats, err = askRedis(labAddress())
			_ = cmd.Process.Signal(unix.SIGTERM) // it may have ended
		}
		select {
		case <-ended:
		case <-time.After(commandGrace):
			_ = cmd.Process.Kill()
			<-ended
		}
		return stats, err
	}
	if err := awaitListener(v.Port); err != nil {
		_ = cmd.Process.Kill()
		<-ended
		return nil, fmt.Errorf("server command %s: %w", v.Command[0], err)
	}
	return stop, nil
}

// awaitListener returns when a socket of this namespace listens on port.
// Connecting would be seen by the server.
func awaitListener(port uint16) error {
	for end := time.Now().Add(commandGrace); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, path := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
			table, err := os.ReadFile(path)
			if err != nil && !os.IsNotExist(err) { // a kernel without IPv6
				return err
			}
			if listens(string(table), port) {
				return nil
			}
		}
	}
	return fmt.Errorf("does not listen on port %d after %v", port, commandGrace)
}

func cpuTime(who int) time.Duration {
	var ru unix.Rusage
	_ = unix.Getrusage(who, &ru) // fails for bad arguments only
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}
