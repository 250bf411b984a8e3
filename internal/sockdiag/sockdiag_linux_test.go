package sockdiag

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"testing"
	"unsafe"
)

func TestLayoutIsTheKernels(t *testing.T) {
	if got := unsafe.Sizeof(request{}); got != requestSize {
		t.Errorf("sizeof inet_diag_req_v2 = %d, want %d", got, requestSize)
	}
	if got := unsafe.Sizeof(oldRequest{}); got != 60 {
		t.Errorf("sizeof inet_diag_req = %d, want 60", got)
	}
	if got := unsafe.Sizeof(message{}); got != messageSize {
		t.Errorf("sizeof inet_diag_msg = %d, want %d", got, messageSize)
	}
	if got := unsafe.Offsetof(message{}.expires); got != 52 {
		t.Errorf("offset of idiag_expires = %d, want 52", got)
	}
	if got := unsafe.Offsetof(message{}.rqueue); got != 56 {
		t.Errorf("offset of idiag_rqueue = %d, want 56", got)
	}
	if got := unsafe.Sizeof(filter{}); got != 4+4*4 {
		t.Errorf("sizeof the filter = %d, want struct nlattr and 4 struct inet_diag_bc_op: 20", got)
	}
	if got := unsafe.Offsetof(sockID{}.dst); got != 20 {
		t.Errorf("offset of idiag_dst = %d, want 20", got)
	}
}

func TestTowardsCountsOnlyThatDestination(t *testing.T) {
	for _, network := range []struct{ name, addr string }{{"tcp4", "127.0.0.1:0"}, {"tcp6", "[::1]:0"}} {
		t.Run(network.name, func(t *testing.T) {
			a, b := listenOn(t, network.name, network.addr), listenOn(t, network.name, network.addr)
			for range 7 {
				dial(t, a)
			}
			dial(t, b)
			c, err := Open()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for range 2 { // a counter can be asked again
				if n, err := count(c, a); n != 7 || err != nil {
					t.Errorf("Towards(%s) = %d, %v, want 7", a, n, err)
				}
			}
			if n, err := count(c, b); n != 1 || err != nil {
				t.Errorf("Towards(%s) = %d, %v, want 1", b, n, err)
			}
			if n, err := count(c, a, b); n != 8 || err != nil {
				t.Errorf("Towards(%s, %s) = %d, %v, want 8", a, b, n, err)
			}
			if n, err := count(c); n != 0 || err != nil {
				t.Errorf("Towards() = %d, %v, want 0", n, err)
			}
		})
	}
}

func count(l *Lister, addrs ...string) (int, error) {
	var dsts []netip.AddrPort
	for _, a := range addrs {
		dsts = append(dsts, netip.MustParseAddrPort(a))
	}
	n := 0
	err := l.Towards(dsts, AnyState, func(Socket) { n++ })
	return n, err
}

// A destination between two others is not listed, though its port passes the
// kernel's filter.
func TestTowardsTellsNothingOfAPortBetween(t *testing.T) {
	var addrs []string
	for range 3 {
		addrs = append(addrs, listenOn(t, "tcp4", "127.0.0.1:0"))
	}
	slices.SortFunc(addrs, func(a, b string) int {
		return cmp.Compare(netip.MustParseAddrPort(a).Port(), netip.MustParseAddrPort(b).Port())
	})
	for i, a := range addrs {
		for range i + 1 {
			dial(t, a)
		}
	}
	c, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := count(c, addrs[0], addrs[2]); n != 4 || err != nil {
		t.Errorf("Towards(first, last of three ports) = %d, %v, want 1 + 3", n, err)
	}
}

func TestTowardsTellsBothFamilies(t *testing.T) {
	four, six := listenOn(t, "tcp4", "127.0.0.1:0"), listenOn(t, "tcp6", "[::1]:0")
	dial(t, four)
	dial(t, six)
	dial(t, six)
	c, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := count(c, four, six); n != 3 || err != nil {
		t.Errorf("Towards(%s, %s) = %d, %v, want 3", four, six, n, err)
	}
}

// listenOn listens and accepts nothing: connections wait in the queue.
func listenOn(t *testing.T, network, addr string) string {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func dial(t *testing.T, addr string) { connect(t, addr) }

func connect(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func FuzzParse(f *testing.F) {
	f.Add(make([]byte, 100))
	f.Add([]byte{16, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = parse(b, 1, func(body []byte) {
			_, _ = socket(body), connection(body)
			_ = listener(body)
		})
	})
}
