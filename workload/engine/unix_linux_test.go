package engine_test

import (
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
)

// unixEcho answers each 64 bytes with the same on a Unix socket, and counts connections.
func unixEcho(t *testing.T) (file string, accepted func() int) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "s.sock")
	l, err := net.Listen("unix", file)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	n := 0
	all.Go(func() { // ends with the listener
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n++
			all.Go(func() { // ends with the connection
				defer c.Close()
				for b := make([]byte, 64); ; {
					if _, err := io.ReadFull(c, b); err != nil {
						return
					}
					if _, err := c.Write(b); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { l.Close() })
	return file, func() int {
		l.Close()
		all.Wait()
		return n
	}
}

func TestEpollOnAUnixSocket(t *testing.T) {
	shutdown, err := scenario.CloseShutdown.Closing()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name        string
		mode        scenario.Mode
		closing     scenario.Closing
		connections int
	}{
		{"a connection for each request", scenario.ModeShort, scenario.Closing{}, 500},
		{"shutdown first", scenario.ModeShort, shutdown, 500},
		{"held connections", scenario.ModeKeepalive, scenario.Closing{}, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file, accepted := unixEcho(t)
			p := engine.Plan{File: file, Destinations: []netip.AddrPort{{}}, Mode: tt.mode, Closing: tt.closing,
				Request: make([]byte, 64), Last: make([]byte, 64), ResponseSize: 64, Timeout: 5 * time.Second}
			c := engine.NewControl(&p, time.Now())
			c.End, c.Limit = time.Minute, 500
			rec := metrics.NewRecorder()
			err := engine.Epoll(engine.Task{Plan: &p, Control: c, Concurrency: 8, Recorder: rec, Interval: time.Minute,
				Cut: func(metrics.Part, time.Duration, bool) *metrics.Window { return nil }})
			if err != nil {
				t.Fatal(err)
			}
			if n := accepted(); rec.Requests != 500 || rec.Failed != 0 || n != tt.connections ||
				rec.Succeeded != int64(tt.connections) {
				t.Errorf("%d answers on %d connections, of which %d succeeded, errors %v, want 500 on %d", rec.Requests,
					n,
					rec.Succeeded, rec.Outcomes.Errors(), tt.connections)
			}
		})
	}
}
