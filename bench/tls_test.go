package main

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A loop that did other work than it says would be measured all the same.
func TestLoopsOverTLSDoWhatTheySay(t *testing.T) {
	tests := []struct {
		name                      string
		loop                      tlsLoop
		connections, asks, resume bool
	}{
		{"full handshakes", tlsLoop{}, true, true, false},
		{"resumed sessions", tlsLoop{resumes: true}, true, true, true},
		{"full handshakes alone", tlsLoop{silent: true}, true, false, false},
		{"resumed sessions alone", tlsLoop{silent: true, resumes: true}, true, false, true},
		{"connections that stay open", tlsLoop{held: true}, false, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked, resumed atomic.Int64
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if r.TLS.DidResume {
					resumed.Add(1)
				}
				_, _ = w.Write([]byte(strings.Repeat("x", bodySize)))
			}))
			defer server.Close()
			target := netip.MustParseAddrPort(server.Listener.Addr().String())
			got, err := tt.loop.run(t.Context(), load{target: target, inFlight: 2, turn: 200 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if (got.Connections != nil) != tt.connections || (got.Requests != nil) == tt.connections {
				t.Fatalf("counted connections %v, requests %v", got.Connections, got.Requests)
			}
			n := got.Requests
			if tt.connections {
				n = got.Connections
			}
			// One more fetches the session that is resumed.
			first := int64(0)
			if tt.loop.resumes {
				first = 1
			}
			want := first
			if tt.asks {
				want += *n
			}
			if *n == 0 || asked.Load() != want {
				t.Errorf("the server was asked %d times, want %d, of %d counted", asked.Load(), want, *n)
			}
			if all := resumed.Load() == *n; tt.asks && tt.connections && all != tt.resume {
				t.Errorf("%d of %d sessions were resumed", resumed.Load(), *n)
			}
		})
	}
}

func TestALoopOverTLSFailsWhereTheServerResumesNoSession(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("x", bodySize)))
	}))
	server.TLS = &tls.Config{SessionTicketsDisabled: true}
	server.StartTLS()
	defer server.Close()
	target := netip.MustParseAddrPort(server.Listener.Addr().String())
	_, err := tlsLoop{resumes: true}.run(t.Context(), load{target: target, inFlight: 1, turn: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "session resumed: false, want true") {
		t.Errorf("run() = %v, want an error that no session was resumed", err)
	}
}
