package host

import (
	"net/netip"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"tcpbench/host/exporter"
	"tcpbench/lab/labtest"
	"tcpbench/law/headroom"
)

// The kernel keeps as many TIME_WAITs as tcp_max_tw_buckets says of all destinations
// together: it is reached when each of two has used 115 of its 200 ports, and none fails.
func TestTwoDestinationsShareTheTimeWaitsThatAreKept(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the time that ports last, and nothing in it runs at once")
	}
	if !labtest.Isolated(t, time.Minute) {
		return
	}
	set(t, "net.ipv4.tcp_tw_reuse", "0")
	set(t, "net.ipv4.ip_local_port_range", "40000 40199")
	set(t, "net.ipv4.tcp_max_tw_buckets", "230")
	to := []netip.AddrPort{peer(t, "tcp4", "127.0.0.1:705"), peer(t, "tcp4", "127.0.0.1:706")}
	s, w, e := opened(t), headroom.NewWatch(2), exporter.New()
	var v headroom.View
	const each, seconds = 20, 11 // to a destination in a second
	start := time.Now()
	for i := 1; i <= seconds*each; i++ {
		for _, a := range to {
			dial(t, a).Close()
		}
		time.Sleep(time.Until(start.Add(time.Duration(i) * time.Second / each)))
		if i%each > 0 {
			continue
		}
		r, _, err := s.Read()
		if err != nil {
			t.Fatal(err)
		}
		v = w.Observe(r)
		e.Set(v)
		for _, p := range v.Pairs {
			t.Logf("%d s: %s in use %d, all %d: %s", i/each, p.Destination, p.InUse, r.TimeWaits, p.Outlook())
			if p.ExhaustedSeconds != nil && i > 3*each {
				t.Errorf("%d s: %s: %q, and there is always a port", i/each, p.Destination, p.Outlook())
			}
		}
	}
	r, _, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Pairs) != 2 || r.TimeWaits < 228 || r.TimeWaits > 232 {
		t.Fatalf("%d pairs use ports and %d TIME_WAITs are kept, want 2 and 230", len(v.Pairs), r.TimeWaits)
	}
	for _, p := range v.Pairs {
		if p.Outcome != headroom.Full || p.Held < 105 || p.Held > 125 {
			t.Errorf("%s: %q with %d held, want it at tcp_max_tw_buckets with some 115", p.Destination, p.Outlook(),
				p.Held)
		}
	}
	for _, name := range []string{"tcpbench_ports_exhaustion_seconds", "tcpbench_ports_exhaustion_seconds_max"} {
		if n, err := testutil.GatherAndCount(e.Gatherer(), name); n != 0 || err != nil {
			t.Errorf("%d of %s, %v, want none: no alert is to fire", n, name, err)
		}
	}
}
