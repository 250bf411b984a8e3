package host

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tcpbench/internal/procnet"
	"tcpbench/law/headroom"
)

// fill adds TIME_WAITs until there are so many, spread over ten destinations:
// beyond half of the ports of one, connect(2) would take milliseconds.
func fill(b *testing.B, to netip.AddrPort, n int) {
	b.Helper()
	set(b, "net.ipv4.tcp_tw_reuse", "0")
	have, err := procnet.TimeWaits("self")
	if err != nil {
		b.Fatal(err)
	}
	for i := have; i < n; i++ {
		dial(b, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 1, byte(1 + i%10)}), to.Port())).Close()
	}
}

// A round of `tcpbench watch`: what it costs of a core at an interval of 1 s is
// its CPU time per second. `tcpbench doctor` reads as much, once.
func BenchmarkRound(b *testing.B) {
	to := peer(b, "tcp4", "0.0.0.0:703")
	for _, n := range []int{30_000, 100_000} {
		b.Run(fmt.Sprintf("time_waits=%d", n), func(b *testing.B) {
			fill(b, to, n)
			s, w := opened(b), headroom.NewWatch(10)
			var v headroom.View
			before := cpuTime()
			for b.Loop() {
				r, _, err := s.Read()
				if err != nil {
					b.Fatal(err)
				}
				v = w.Observe(r)
			}
			b.ReportMetric(float64(cpuTime()-before)/float64(b.N)/float64(time.Second)*100, "%core-at-1s")
			b.ReportMetric(float64(v.TimeWait), "time_waits")
		})
	}
}
