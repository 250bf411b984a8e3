package cell

import (
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/lab/labtest"
	"tcpbench/scenario"
)

// connected is a connection to the lab's server that has carried a request.
func connected(t *testing.T, p *Place) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Destinations[0].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := conn.Write(make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 64)); n != 64 || err != nil {
		t.Fatalf("Read() = %d, %v, want the answer's 64 bytes", n, err)
	}
	return conn.(*net.TCPConn)
}

// between fails unless got lies from lo to hi.
func between(t *testing.T, what string, got, lo, hi time.Duration) {
	t.Helper()
	if got < lo || got > hi {
		t.Errorf("%s after %v, want %v to %v", what, got, lo, hi)
	}
}

// What the client sees of a cut link: nothing at all, until a timer of its own
// goes off. SO_KEEPALIVE 1,1,3 and SO_LINGER 3 were measured with plain
// sockets: ETIMEDOUT after 4.1 s, close(2) returns after 3.2 s.
func TestACutLinkIsSilent(t *testing.T) {
	tests := []struct {
		name string
		ip   scenario.IPFamily
		see  func(*testing.T, *Place)
		link string
	}{
		{"keepalive finds it over IPv4", scenario.IPv4, keepaliveFindsTheCut, "veth"},
		{"keepalive finds it over IPv6", scenario.IPv6, keepaliveFindsTheCut, "veth"},
		{"close lingers over IPv4", scenario.IPv4, closeLingers, "veth"},
		{"close lingers over IPv6", scenario.IPv6, closeLingers, "veth"},
		{"connect and send hear nothing over IPv4", scenario.IPv4, connectAndSendHearNothing, "veth"},
		{"connect and send hear nothing over IPv6", scenario.IPv6, connectAndSendHearNothing, "veth"},
		{"keepalive finds it through user space", scenario.IPv4, keepaliveFindsTheCut, "pass"},
		{"close lingers through user space", scenario.IPv6, closeLingers, "pass"},
		{"connect and send hear nothing through user space", scenario.IPv4, connectAndSendHearNothing, "pass"},
		{"connect and send hear nothing through user space over IPv6", scenario.IPv6,
			connectAndSendHearNothing, "pass"},
	}
	if testing.Short() {
		t.Skip("timed; the full suite runs it")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.link == "pass" && !linkWithRules(t) || !labtest.Bare(t) {
				return
			}
			s := Spec{Workload: scenario.DefaultWorkload()}
			s.Workload.IP = tt.ip
			if err := s.Workload.Set("link", tt.link); err != nil {
				t.Fatal(err)
			}
			tt.see(t, opened(t, s))
		})
	}
}

func keepaliveFindsTheCut(t *testing.T, p *Place) {
	conn := connected(t, p)
	err := conn.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Second,
		Interval: time.Second, Count: 3})
	if err != nil {
		t.Fatal(err)
	}
	cut(t, p)
	begun := time.Now()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, unix.ETIMEDOUT) {
		t.Errorf("Read() = %v, want ETIMEDOUT", err)
	}
	between(t, "Read() returned", time.Since(begun), 3500*time.Millisecond, 6*time.Second)
}

func closeLingers(t *testing.T, p *Place) {
	conn := connected(t, p)
	if err := conn.SetLinger(3); err != nil {
		t.Fatal(err)
	}
	cut(t, p)
	begun := time.Now()
	conn.Close()
	between(t, "Close() returned", time.Since(begun), 3*time.Second, 5*time.Second)
}

func connectAndSendHearNothing(t *testing.T, p *Place) {
	conn := connected(t, p)
	cut(t, p)
	if _, err := conn.Write(make([]byte, 64)); err != nil {
		t.Errorf("Write() on a cut link = %v, want no error", err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := conn.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() ||
		errors.Is(err, unix.ETIMEDOUT) {
		t.Errorf("Read() on a cut link = %v, want the deadline", err)
	}
	dialer := net.Dialer{Timeout: time.Second}
	if _, err := dialer.Dial("tcp", p.Destinations[0].String()); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("Dial() over a cut link = %v, want the deadline", err)
	}
}

func cut(t *testing.T, p *Place) {
	t.Helper()
	if err := p.Cut(); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyALabHasALinkToCut(t *testing.T) {
	if err := new(Place).Cut(); err == nil {
		t.Error("Cut() outside a lab = nil, want an error")
	}
}
