package host

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tcpbench/lab"
	"tcpbench/law/headroom"
)

func opened(t testing.TB) *Sockets {
	t.Helper()
	s, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func set(t testing.TB, name, value string) {
	t.Helper()
	was, err := lab.Sysctl(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Sysctls(map[string]string{name: value}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The line's end is written too: a write of nothing would set nothing.
		if err := os.WriteFile(procPath(name), []byte(was+"\n"), 0); err != nil {
			t.Error(err)
		}
	})
}

// use is what a reading says of one destination.
func use(t testing.TB, s *Sockets, to netip.AddrPort) headroom.Use {
	t.Helper()
	r, _, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(r.Uses, func(u headroom.Use) bool { return u.Destination == to })
	if i < 0 {
		return headroom.Use{}
	}
	return r.Uses[i]
}

// listedTimeWaits is how many TIME_WAITs towards to /proc lists: of 5 there were 4 in 3 of 100
// runs, one having ended at once, which no counter tells; a stray reset does that (RFC 1337).
func listedTimeWaits(t testing.TB, to netip.AddrPort) int {
	t.Helper()
	n := 0
	for _, name := range []string{"tcp", "tcp6"} {
		b, err := os.ReadFile("/proc/thread-self/net/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line) // number, local address, remote address, state (proc_pid_net(5))
			if f[3] == "06" && strings.HasSuffix(f[2], fmt.Sprintf(":%04X", to.Port())) &&
				(name == "tcp") == to.Addr().Is4() {
				n++
			}
		}
	}
	return n
}

func TestReadCountsWhatUsesPorts(t *testing.T) {
	for _, network := range []struct{ name, addr string }{{"tcp4", "127.0.0.1:700"}, {"tcp6", "[::1]:700"}} {
		t.Run(network.name, func(t *testing.T) {
			s := opened(t)
			to := peer(t, network.name, network.addr)
			for range 3 {
				defer dial(t, to).Close()
			}
			for range 5 {
				dial(t, to).Close()
			}
			var u headroom.Use
			eventually(t, func() bool {
				u = use(t, s, to)
				return u.Open == 3 && u.TimeWait > 0 && u.TimeWait == listedTimeWaits(t, to)
			})
			if u.Source != to.Addr() || u.Ages.Younger(time.Minute) != float64(u.TimeWait) {
				t.Errorf("Read = %+v, want it from %s, with the age of every TIME_WAIT", u, to.Addr())
			}
		})
	}
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not in 5 s")
		}
	}
}

// An IPv6 socket that is connected by IPv4 uses an IPv4 port.
func TestReadCountsAMappedAddressAsIPv4(t *testing.T) {
	s := opened(t)
	to := peer(t, "tcp4", "127.0.0.1:701")
	fd, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	mapped := &syscall.SockaddrInet6{Port: int(to.Port()), Addr: netip.AddrFrom4(to.Addr().As4()).As16()}
	if err := syscall.Connect(fd, mapped); err != nil {
		t.Fatal(err)
	}
	if u := use(t, s, to); u.Open != 1 || u.Source != to.Addr() {
		t.Errorf("Read = %+v, want one from %s", u, to.Addr())
	}
}

func TestReadLeavesOutWhatIsNoClient(t *testing.T) {
	s := opened(t)
	set(t, "net.ipv4.ip_local_port_range", "63000 63999")
	server := peer(t, "tcp4", "127.0.0.1:63500") // in the range
	c := dial(t, server)
	defer c.Close()
	r, p, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	client := c.LocalAddr().(*net.TCPAddr).AddrPort()
	for _, u := range r.Uses { // beside TIME_WAITs of the tests before
		if u.Destination == client {
			t.Errorf("Read has the server's end, %+v, want the client's alone", u)
		}
	}
	if u := use(t, s, server); u.Open != 1 {
		t.Errorf("Read = %+v, want the client's end", u)
	}
	if p.Listening != 1 || p.Law.Ports != 999 {
		t.Errorf("%d ports with %d listeners, want 999 of 1000 with 1", p.Law.Ports, p.Listening)
	}
}

// A program may bind a reserved port, which takes none of those that connect(2) picks.
func TestReadLeavesOutReservedPorts(t *testing.T) {
	s := opened(t)
	set(t, "net.ipv4.ip_local_port_range", "62000 62009")
	set(t, "net.ipv4.ip_local_reserved_ports", "62000-62007")
	to := peer(t, "tcp4", "127.0.0.1:703")
	for port := 62000; port < 62008; port++ {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}}
		c, err := d.Dial("tcp4", to.String())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.(*net.TCPConn).SetLinger(0); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	u := use(t, s, to)
	if u.Open != 0 {
		t.Errorf("Read has %d connections on reserved ports in use, want none of the 2 that there are", u.Open)
	}
	dial(t, to).Close() // finds a port
}

// The kernel ends what a server does not close: the time is that of its timer.
func TestReadTellsWhatTheServerDoesNotClose(t *testing.T) {
	s := opened(t)
	l, err := net.Listen("tcp4", "127.0.0.1:704")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := l.Addr().(*net.TCPAddr).AddrPort()
	c := dial(t, to)
	kept, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if u := use(t, s, to); u.Open != 1 || u.Half.Count != 0 {
		t.Errorf("Read = %+v, want one open", u)
	}
	c.Close()
	var u headroom.Use
	eventually(t, func() bool { u = use(t, s, to); return u.Half.Count == 1 })
	if u.Open != 1 || u.TimeWait != 0 || u.Half.Late != 0 {
		t.Errorf("Read = %+v, want it in FIN_WAIT_2, for a time", u)
	}
}

// The kernel decides: how many ports there are is how many connect(2) finds.
// The ports are of no other test: one that is closing still would be in use.
func TestCapacityIsWhatConnectFinds(t *testing.T) {
	s := opened(t)
	set(t, "net.ipv4.ip_local_port_range", "61000 61099")
	set(t, "net.ipv4.ip_local_reserved_ports", "61010-61019")
	for _, addr := range []string{"127.0.0.1:61050", "127.0.0.9:61051"} { // one on an address that is not used
		peer(t, "tcp4", addr)
	}
	to := peer(t, "tcp4", "127.0.0.1:702")
	r, p, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	if r.Law.Barred < 10+2 { // in the widest range, where others may listen too
		t.Errorf("%d ports are barred in the widest range, want those reserved and those of listeners", r.Law.Barred)
	}
	if r.Law.Ports != 88 || p.Reserved != 10 || p.Listening != 2 {
		t.Errorf("%d ports, %d reserved, %d listening, want 88, 10, 2", r.Law.Ports, p.Reserved, p.Listening)
	}
	found := 0
	for ; found <= 100; found++ {
		c, err := net.Dial("tcp4", to.String())
		if err != nil {
			break
		}
		// A reset leaves no TIME_WAIT to a run of this test after, with -count.
		if err := c.(*net.TCPConn).SetLinger(0); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if found != r.Law.Ports {
		t.Errorf("connect(2) found %d ports, Read says %d", found, r.Law.Ports)
	}
	v := headroom.NewWatch(1).Observe(headroom.Reading{Law: r.Law, Uses: []headroom.Use{use(t, s, to)}})
	if v.Pairs[0].Outcome != headroom.Exhausted {
		t.Errorf("%+v, want it exhausted", v.Pairs[0])
	}
}
