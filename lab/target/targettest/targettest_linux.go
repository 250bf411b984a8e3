// Package targettest runs the embedded server inside a test.
package targettest

import (
	"context"
	"net/netip"
	"testing"

	"tcpbench/lab/target"
	"tcpbench/scenario"
)

// Server is a running server.
type Server struct {
	// Addrs are where it listens.
	Addrs []netip.AddrPort
	stop  func() target.Stats
}

// Stop ends the server and returns what it saw.
func (s *Server) Stop() target.Stats { return s.stop() }

// Start runs a server on ports of 127.0.0.1 that the kernel picks, until Stop or the
// end of the test.
func Start(t testing.TB, c target.Config) *Server {
	t.Helper()
	if len(c.Listen) == 0 {
		c.Listen = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}
	}
	c.Threads = max(c.Threads, 1)
	if c.Protocol == "" {
		c.Protocol = scenario.ServerEcho
	}
	srv, err := target.Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx) }()
	var stopped bool
	s := &Server{Addrs: srv.Addrs()}
	s.stop = func() target.Stats {
		if !stopped {
			stopped = true
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Serve = %v", err)
			}
		}
		return srv.Stats()
	}
	t.Cleanup(func() { s.stop() })
	return s
}
