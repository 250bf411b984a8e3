package metrics

import (
	"math/bits"
	"time"
)

// resolution says which bars a histogram has: one for each nanosecond to begin with, and
// from then on as many for each power of two, enough to tell so many significant digits
// apart. They are HdrHistogram's with a lowest value of 1 ns.
type resolution struct {
	digits int
	bits   int // the bars of a power of two are 1<<bits, at least 10^digits
}

// fine and coarse are those in use.
func fine() resolution   { return resolution{3, 10} }
func coarse() resolution { return resolution{2, 7} }

// bar is that of a latency, from 1 ns to MaxLatency.
func (r resolution) bar(d time.Duration) int {
	v := uint64(min(max(d, 1), MaxLatency))
	power := max(bits.Len64(v)-r.bits-1, 0)
	return power<<r.bits + int(v>>power)
}

// least is the shortest latency of a bar.
func (r resolution) least(bar int) time.Duration {
	power := max(bar>>r.bits-1, 0)
	return time.Duration(bar-power<<r.bits) << power
}
