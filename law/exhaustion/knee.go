package exhaustion

import (
	"math"
	"slices"

	"tcpbench/internal/figure"
	"tcpbench/metrics"
)

// Knee is where opening a connection became expensive: where about half of the
// ports were in use, since the port search had to walk past all of that half.
type Knee struct {
	Found bool `json:"found"`

	// InTurn tells that connect(2) looked at the ports one after the other, so that
	// no search is long before all are in use.
	InTurn bool `json:"in_turn,omitempty"`

	// AfterConnections and AfterSeconds tell where it lies in the run.
	AfterConnections *int64   `json:"after_connections,omitempty"`
	AfterSeconds     *float64 `json:"after_seconds,omitempty"`

	// Occupancy is the share of the ports in use there, 0 to 1; absent when
	// ports in use were not measured.
	Occupancy *float64 `json:"occupancy,omitempty"`

	// ConnectBeforeUS and ConnectAfterUS are the typical time inside
	// connect(2) on either side: the median over stretches of the run.
	ConnectBeforeUS *float64 `json:"connect_before_us,omitempty"`
	ConnectAfterUS  *float64 `json:"connect_after_us,omitempty"`

	// CPUBeforeUS and CPUAfterUS are the same of a program's CPU time a connection, which
	// is what is known of engine exec instead.
	CPUBeforeUS *float64 `json:"cpu_before_us,omitempty"`
	CPUAfterUS  *float64 `json:"cpu_after_us,omitempty"`

	// RateBefore and RateAfter are connections per second on either side.
	RateBefore *float64 `json:"rate_before,omitempty"`
	RateAfter  *float64 `json:"rate_after,omitempty"`
}

// Searches reports whether the search for a port explains the knee. It tries the
// ports of one parity first, so that it is short until about half of all are in use.
func (k Knee) Searches() bool {
	return k.Found && !k.InTurn && k.Occupancy != nil && *k.Occupancy >= searchFrom
}

const (
	// searchFrom is the share of ports in use from which on the search for one is
	// long: half of them, less what is lost between two samples.
	searchFrom = 0.4

	// kneeRatio is how many times dearer connect(2) must become. Noise of a
	// shared machine stays below 2; the port search gives 10 and more.
	kneeRatio = 3

	// kneeSide is the least number of points on either side, and kneeShare the
	// least share of the points: less is an outlier, not a level.
	kneeSide  = 8
	kneeShare = 0.1

	// kneeFit is the share of the variation that the two levels must explain.
	// One step explains nearly all; a steady climb three quarters; a cost that
	// goes up and down, as with tcp_tw_reuse past half the range, little.
	kneeFit = 0.8

	// A connect(2) after the knee must cost at least kneeCost microseconds, or
	// all of them together at least the share kneeBusy of the time. A load
	// that grows slow for another reason makes connect(2) dearer too, by cold
	// caches, but by tens of microseconds and with time to spare.
	kneeCost = 100
	kneeBusy = 0.2
)

// FindKnee looks for the one place where the cost of connect(2) steps up for
// good. It fits two levels to the logarithm of the cost, by least squares
// over every place to part them, after a running median has taken out single
// spikes, and accepts the best place if the levels differ by kneeRatio.
func FindKnee(points []metrics.Point) Knee {
	if len(points) < 2*kneeSide {
		return Knee{}
	}
	cost := make([]float64, len(points))
	for i, p := range points {
		cost[i] = math.Log(max(p.CallUS, 1e-3))
	}
	at, fit := split(runningMedian(cost))
	before, after := points[:at], points[at:]
	callBefore, callAfter := medianCall(before), medianCall(after)
	if fit < kneeFit || callAfter < kneeRatio*callBefore {
		return Knee{}
	}
	last := points[at-1]
	rateAfter := rate(last, points[len(points)-1])
	if callAfter < kneeCost && (rateAfter == nil || callAfter/1e6**rateAfter < kneeBusy) {
		return Knee{} // a processor that sleeps between connects wakes up slowly
	}
	k := Knee{
		Found:            true,
		AfterConnections: &last.AfterConnections,
		AfterSeconds:     &last.AtSeconds,
		ConnectBeforeUS:  &callBefore,
		ConnectAfterUS:   &callAfter,
	}
	k.RateBefore = rate(metrics.Point{}, last)
	k.RateAfter = rateAfter
	return k
}

// OfCPU is a knee that was found in the CPU time of connections.
func (k Knee) OfCPU() Knee {
	k.CPUBeforeUS, k.CPUAfterUS, k.ConnectBeforeUS, k.ConnectAfterUS = k.ConnectBeforeUS, k.ConnectAfterUS, nil, nil
	return k
}

// Cost is what a connection cost on either side, in microseconds, and what of it that is:
// the time of connect(2), or of a program the CPU time.
func (k Knee) Cost() (before, after float64, what string) {
	switch {
	case k.CPUBeforeUS != nil && k.CPUAfterUS != nil:
		return *k.CPUBeforeUS, *k.CPUAfterUS, "the CPU time of a connection"
	case k.ConnectBeforeUS != nil && k.ConnectAfterUS != nil:
		return *k.ConnectBeforeUS, *k.ConnectAfterUS, "connect(2)"
	default:
		return 0, 0, ""
	}
}

// Measured reports whether the cost on either side is known.
func (k Knee) Measured() bool { _, _, what := k.Cost(); return what != "" }

// WithOccupancy adds the share of ports in use at the knee, read from the
// samples around it.
func (k Knee) WithOccupancy(samples []Sample) Knee {
	if !k.Found {
		return k
	}
	if share, ok := occupancyAt(samples, *k.AfterConnections); ok {
		k.Occupancy = &share
	}
	return k
}

// split returns the index that parts ys into two levels with the least sum of
// squared errors, and the share of the variation that they explain, 0 to 1.
func split(ys []float64) (at int, fit float64) {
	var total, squares float64
	for _, y := range ys {
		total += y
		squares += y * y
	}
	n := float64(len(ys))
	side := max(kneeSide, int(kneeShare*n))
	var left, best float64
	at = side
	for i, y := range ys[:len(ys)-side] {
		left += y
		if i+1 < side {
			continue
		}
		// What levels explain, up to a constant: n1 mean1^2 + n2 mean2^2.
		n1, right := float64(i+1), total-left
		if score := left*left/n1 + right*right/(n-n1); score > best {
			at, best = i+1, score
		}
	}
	constant := total * total / n
	if variation := squares - constant; variation > 0 {
		fit = (best - constant) / variation
	}
	return at, fit
}

// runningMedian replaces every value by the median of itself and its
// neighbours; the ends stay.
func runningMedian(ys []float64) []float64 {
	out := slices.Clone(ys)
	for i := 1; i < len(ys)-1; i++ {
		out[i] = figure.Median(ys[i-1 : i+2])
	}
	return out
}

func medianCall(points []metrics.Point) float64 {
	calls := make([]float64, len(points))
	for i, p := range points {
		calls[i] = p.CallUS
	}
	return figure.Median(calls)
}

func rate(from, to metrics.Point) *float64 {
	d := to.AtSeconds - from.AtSeconds
	if d <= 0 {
		return nil
	}
	r := float64(to.AfterConnections-from.AfterConnections) / d
	return &r
}
