package target_test

import (
	"errors"
	"io"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/scenario"
)

// A server that closes with a request unread resets; one that has read it does not.
func TestAServerCanCloseInsteadOfAnswering(t *testing.T) {
	requests := map[string]string{scenario.ServerEcho: "ping", scenario.ServerHTTP: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"}
	for protocol, request := range requests {
		for _, tt := range []struct {
			name   string
			config target.Config
			want   error
		}{
			{"unread", target.Config{Unread: true}, syscall.ECONNRESET},
			{"unanswered", target.Config{Unanswered: true}, io.EOF},
		} {
			t.Run(protocol+", "+tt.name, func(t *testing.T) {
				tt.config.Protocol, tt.config.RequestSize, tt.config.ResponseSize = protocol, 4, 4
				s := targettest.Start(t, tt.config)
				c := dial(t, s, 0)
				const quiet = 50 * time.Millisecond // nothing ends it before a request comes
				if err := c.SetReadDeadline(time.Now().Add(quiet)); err != nil {
					t.Fatal(err)
				}
				var timeout interface{ Timeout() bool }
				if _, err := c.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
					t.Fatalf("Read() before a request = %v, want a timeout", err)
				}
				if err := c.SetReadDeadline(time.Now().Add(deadline)); err != nil {
					t.Fatal(err)
				}
				if _, err := c.Write([]byte(request)); err != nil {
					t.Fatal(err)
				}
				if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, tt.want) {
					t.Errorf("Read() = %d, %v, want %v", n, err, tt.want)
				}
			})
		}
	}
}

func TestAServerOfTLSAnswers(t *testing.T) {
	for _, c := range []target.Config{{Unread: true}, {Unanswered: true}} {
		c.Protocol, c.Threads = scenario.ServerHTTPS, 1
		c.Listen = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}
		if err := c.Validate(); err == nil {
			t.Errorf("Validate(%+v) = nil, want that a server of https answers", c)
		}
	}
}
