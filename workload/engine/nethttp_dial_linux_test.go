package engine

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

func TestAGoDialersOptionsAreThePlans(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	kernels := sysctl(t, "net/ipv4/tcp_keepalive_time")
	tests := []struct {
		name      string
		plan      Plan
		keepalive int
		idle      int // seconds
	}{
		{"without a word, no SO_KEEPALIVE, which Go would set", Plan{}, 0, 0},
		{"SO_KEEPALIVE with its values", Plan{TCPKeepalive: scenario.TCPKeepalive{Idle: 7 * time.Second,
			Interval: time.Second, Count: 3}}, 1, 7},
		{"SO_KEEPALIVE alone, with the kernel's values and not Go's",
			Plan{TCPKeepalive: scenario.TCPKeepalive{Alone: true}},
			1, kernels},
		{"a source", Plan{Sources: []netip.Addr{netip.MustParseAddr("127.0.0.3")}, BindNoPort: true}, 0, 0},
		{"ports of its own", Plan{SourcePorts: scenario.PortRange{Lo: 40000, Hi: 40009}}, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.plan.Timeout = time.Second
			c := &client{Task: Task{Plan: &tt.plan}}
			sockets := 0
			conn, err := c.dialer(0, &sockets).Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if got := option(t, conn, unix.SOL_SOCKET, unix.SO_KEEPALIVE); got != tt.keepalive {
				t.Errorf("SO_KEEPALIVE = %d, want %d", got, tt.keepalive)
			}
			if got := option(t, conn, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE); tt.idle != 0 && got != tt.idle {
				t.Errorf("TCP_KEEPIDLE = %d, want %d", got, tt.idle)
			}
			if got, want := option(t, conn, unix.IPPROTO_IP,
				unix.IP_BIND_ADDRESS_NO_PORT), len(tt.plan.Sources); got != want {
				t.Errorf("IP_BIND_ADDRESS_NO_PORT = %d, want %d", got, want)
			}
			local := conn.LocalAddr().(*net.TCPAddr).AddrPort()
			if r := tt.plan.SourcePorts; !r.IsZero() && (local.Port() < r.Lo || local.Port() > r.Hi) {
				t.Errorf("the local port is %d, want one of %v", local.Port(), r)
			}
			if s := tt.plan.Sources; len(s) > 0 && local.Addr() != s[0] {
				t.Errorf("the local address is %v, want %v", local.Addr(), s[0])
			}
			if sockets != 1 {
				t.Errorf("sockets = %d, want 1", sockets)
			}
		})
	}
}

func sysctl(t *testing.T, path string) int {
	t.Helper()
	data, err := os.ReadFile("/proc/sys/" + path)
	if err != nil {
		t.Fatal(err)
	}
	value, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func option(t *testing.T, conn net.Conn, level, name int) (value int) {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var optErr error
	err = raw.Control(func(fd uintptr) { value, optErr = unix.GetsockoptInt(int(fd), level, name) })
	if err := errors.Join(err, optErr); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAFailedDialIsCountedByItsCallAndErrno(t *testing.T) {
	op := func(call string, e error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError(call, e)}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, ctxErr := new(net.Dialer).DialContext(canceled, "tcp", "127.0.0.1:1")
	_, timeErr := (&net.Dialer{Deadline: time.Unix(1, 0)}).Dial("tcp", "127.0.0.1:1")
	tests := []struct {
		name string
		err  error
		want string
		port bool
	}{
		{"no port", op("connect", unix.EADDRNOTAVAIL), "connect: EADDRNOTAVAIL", false},
		{"no port to bind", op("bind", unix.EADDRINUSE), "bind: EADDRINUSE", false},
		{"no descriptor", op("socket", unix.EMFILE), "socket: EMFILE", false},
		{"an option that is not there", op("setsockopt", unix.ENOPROTOOPT), "setsockopt: ENOPROTOOPT", false},
		{"refused", op("connect", unix.ECONNREFUSED), "connect: ECONNREFUSED", true},
		{"the kernel's own timeout", op("connect", unix.ETIMEDOUT), "connect: ETIMEDOUT", true},
		{"no route", op("connect", unix.ENETUNREACH), "connect: ENETUNREACH", false},
		{"canceled, as the dialer says it", ctxErr, "connect: CANCELED", true},
		{"too late, as the dialer says it", timeErr, "connect: TIMEOUT", true},
		{"what nobody foresaw", errors.New("tired"), "connect: OTHER", false},
	}
	for _, tt := range tests {
		f := dialFailure(tt.err)
		if f.String() != tt.want || hadPort(f) != tt.port {
			t.Errorf("%s: dialFailure(%v) = %v, had a port %v, want %s, %v", tt.name, tt.err, f, hadPort(f),
				tt.want, tt.port)
		}
	}
	if f := dialFailure(nil); f != (metrics.Failure{}) || !hadPort(f) {
		t.Errorf("dialFailure(nil) = %v, want none", f)
	}
}
