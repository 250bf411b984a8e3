package cell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
	"tcpbench/lab"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/target"
)

// firstPort is the first port that a lab's server listens on.
const firstPort = 7000

// serverSysctls are set in the server's namespace before the scenario's own,
// so that the server's queues are not the limit.
func serverSysctls() map[string]string {
	return map[string]string{
		"net.core.somaxconn":           "65535",
		"net.ipv4.tcp_max_syn_backlog": "65535",
	}
}

// inNamespace measures a cell in the fresh network namespace that this
// process is in.
func inNamespace(ctx context.Context, s Spec, observe func(metrics.Interval)) (*results.Run, error) {
	p, err := Open(s.Workload)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { // ends with the server, which Close ends
		cancel(p.server.ended())
	}()
	r, err := measure(ctx, s, p, observe)
	if cause := context.Cause(ctx); errors.Is(cause, errServerDied) {
		return nil, cause
	}
	if err != nil {
		return nil, err
	}
	r.Delivery = delivery(r, p.server.finish())
	return r, nil
}

// delivery compares what the client sent with what the server read; nil where
// the two did not count the same connections.
func delivery(r *results.Run, seen *target.Stats) *results.Delivery {
	if seen == nil || r.Options.Warmup > 0 {
		return nil
	}
	d := &results.Delivery{
		SentBytes:    r.Totals.BytesSent,
		ArrivedBytes: seen.BytesReceived,
		LostBytes:    r.Totals.BytesSent - seen.BytesReceived,
	}
	if r.Options.RequestSize > 0 {
		d.LostConnections = max(r.Totals.Succeeded-seen.Requests, 0)
	}
	return d
}

// errServerDied is the end of a lab's server before the end of the run.
var errServerDied = errors.New("the lab's server died")

// Open makes a lab around the calling process, which must be in a fresh
// network namespace (lab.Start): it starts the server in another one, joins
// the two, and sets the workload's sysctls on both sides.
func Open(w scenario.Workload) (*Place, error) {
	srv, err := startServer()
	if err != nil {
		return nil, err
	}
	p, err := srv.furnish(w)
	if err != nil {
		srv.close()
		return nil, err
	}
	return p, nil
}

// furnish gives both ends of a lab what the workload asks for.
func (s *server) furnish(w scenario.Workload) (*Place, error) {
	client := clientHost(w)
	if err := lab.Join(s.cmd.Process.Pid); err != nil {
		return nil, err
	}
	if err := s.send(serverOrder(w, client.Addrs[0])); err != nil {
		return nil, err
	}
	if err := lab.Up(client); err != nil {
		return nil, err
	}
	r, err := s.ready()
	if err != nil {
		return nil, err
	}
	if err := lab.AwaitLink(); err != nil {
		return nil, err
	}
	p := &Place{Destinations: r.Listening, targetKind: "embedded", server: s, serverSysctls: r.Sysctls}
	if !w.Source.IsZero() {
		p.Sources = lab.OfFamily(client.Addrs, w.IP)
	}
	return p, nil
}

// clientHost is the client's end of the lab.
func clientHost(w scenario.Workload) lab.Host {
	addrs := lab.ClientAddrs(w.Source.Count)
	if len(w.Source.Addrs) > 0 {
		addrs = w.Source.Addrs
	}
	return lab.Host{Addrs: lab.OfFamily(addrs, w.IP), Gateway: lab.ServerAddr(w.IP), GatewayMAC: lab.FarMAC, Sysctls: w.Sysctl}
}

// order is what a lab's server process is told to be.
type order struct {
	Host   lab.Host      `json:"host"`
	Config target.Config `json:"config"`
}

func serverOrder(w scenario.Workload, client netip.Addr) order {
	o := order{
		Host: lab.Host{Addrs: []netip.Addr{lab.ServerAddr(w.IP)}, Gateway: client, GatewayMAC: lab.NearMAC, Sysctls: serverSysctls()},
		Config: target.Config{
			Protocol:     target.Echo,
			RequestSize:  w.RequestSize,
			ResponseSize: w.ResponseSize,
			CloseFirst:   w.Close == scenario.CloseServer,
			Threads:      1,
		},
	}
	for i := range w.Destinations {
		o.Config.Listen = append(o.Config.Listen, netip.AddrPortFrom(lab.ServerAddr(w.IP), uint16(firstPort+i)))
	}
	for key, value := range w.ServerSysctl {
		o.Host.Sysctls[key] = value
	}
	return o
}

// ready is what a lab's server process answers.
type ready struct {
	Listening []netip.AddrPort  `json:"listening"`
	Sysctls   map[string]string `json:"sysctls"`
	Failure   *failure          `json:"failure,omitempty"`
}

// server is the client's end of a lab's server process.
type server struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	said   *json.Decoder // over stdout
	exited chan struct{} // closed when the process has ended
	state  *os.ProcessState
}

func startServer() (*server, error) {
	s := &server{cmd: self(serverRole), exited: make(chan struct{})}
	s.cmd.Stderr = os.Stderr
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	if s.stdout, err = s.cmd.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	s.said = json.NewDecoder(s.stdout)
	if err := lab.StartPeer(s.cmd); err != nil {
		return nil, err
	}
	go func() { // ends with the process
		defer close(s.exited)
		s.state, _ = s.cmd.Process.Wait() // it fails for a process that is not ours
	}()
	return s, nil
}

// ended waits for the end of the server's process and says so.
func (s *server) ended() error {
	<-s.exited
	return fmt.Errorf("%w: %v", errServerDied, s.state)
}

func (s *server) send(o order) error {
	if err := json.NewEncoder(s.stdin).Encode(o); err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	return nil
}

func (s *server) ready() (ready, error) {
	var r ready
	if err := s.said.Decode(&r); err != nil {
		return r, fmt.Errorf("start server: its process ended: %w", err)
	}
	if r.Failure != nil {
		return r, &fault.Error{Status: r.Failure.Status, Err: errors.New("server: " + r.Failure.Text)}
	}
	return r, nil
}

// finish asks the server to end and returns what it saw, nil if it does not
// say. The read ends at the latest when close kills the process.
func (s *server) finish() *target.Stats {
	s.stdin.Close()
	timer := time.AfterFunc(serverGrace, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	var st target.Stats
	if err := s.said.Decode(&st); err != nil {
		return nil
	}
	return &st
}

// serverGrace is what a server gets to end by itself.
const serverGrace = 2 * time.Second

// close ends the server's process.
func (s *server) close() {
	s.stdin.Close()
	select {
	case <-s.exited:
	case <-time.After(serverGrace):
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
	s.stdout.Close()
}

// serverMain reads an order, sets up its namespace, and serves until the end
// of in.
func serverMain(in io.Reader, out io.Writer) error {
	// Terminals and service managers signal whole groups; the client decides
	// when the server ends.
	signal.Ignore(unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	var o order
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return nil // the client ended before it gave the order
	}
	enc := json.NewEncoder(out)
	srv, err := setUp(o)
	if err != nil {
		return enc.Encode(ready{Failure: &failure{Status: fault.Status(err), Text: err.Error()}})
	}
	if err := enc.Encode(ready{Listening: srv.Addrs(), Sysctls: sysctls()}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	if err := srv.Serve(ctx); err != nil {
		return err
	}
	return enc.Encode(srv.Stats())
}

func setUp(o order) (target.Server, error) {
	if err := lab.Up(o.Host); err != nil {
		return nil, err
	}
	if err := lab.AwaitLink(); err != nil {
		return nil, err
	}
	return target.Listen(o.Config)
}
