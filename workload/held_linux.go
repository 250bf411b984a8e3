package workload

import (
	"net/netip"
	"time"

	"tcpbench/internal/sockdiag"
)

// Held counts the local ports that a connect towards the destinations cannot
// have just now: those in use, less the TIME_WAITs that are older than
// reuseAfter; 0 where the kernel reuses none.
func Held(destinations []netip.AddrPort, reuseAfter time.Duration) (int, error) {
	s := newSampler(Options{Destinations: destinations, ReuseAfter: reuseAfter})
	defer s.close()
	p, err := s.ports(sockdiag.AnyState)
	return p.inUse - p.reusable, err
}
