package metrics

import "tcpbench/internal/figure"

const (
	// stepSide is how many intervals on either side tell that connecting became dearer.
	stepSide = 8
	// stepRatio is how many times dearer it has to be, as for a knee.
	stepRatio = 3
)

// History is the intervals of a run, in bounded memory: a [Timeline] that marks by itself
// the first failure and where connecting became dearer. What has to be exact over all
// of them is kept apart.
type History struct {
	Timeline[Interval]

	held, inUse peak

	costs []float64 // of connecting, in the last intervals that had any
	step  float64   // how many times dearer it became at the mark
}

// peak is the most of what was measured, if it was.
type peak struct {
	most  int
	known bool
}

func (p *peak) add(n int) { p.most, p.known = max(p.most, n), true }

// NewHistory returns an empty one.
func NewHistory() *History { return &History{Timeline: Timeline[Interval]{Join: Interval.Join}} }

// Add takes in the interval that came last.
func (h *History) Add(iv Interval) {
	h.Timeline.Add(iv)
	if iv.PortsInUse != nil {
		h.held.add(iv.PortsHeld())
		h.inUse.add(*iv.PortsInUse)
	}
	if iv.Failed > 0 {
		h.Once(MarkFailed)
	}
	h.addCost(iv.ConnectP50US)
}

// addCost looks for the place where connecting became dearer: the intervals around it
// are kept, wherever in the run the knee is found in the end.
func (h *History) addCost(p50 *float64) {
	if p50 == nil {
		return
	}
	if h.costs = append(h.costs, *p50); len(h.costs) <= 2*stepSide {
		return
	}
	h.costs = h.costs[1:]
	before, after := figure.Median(h.costs[:stepSide]), figure.Median(h.costs[stepSide:])
	if ratio := after / max(before, 1e-3); ratio >= stepRatio && ratio > h.step {
		h.step = ratio
		h.Mark(MarkKnee, stepSide)
	}
}

// PeakHeld is the most ports that a connect could not have when an interval ended;
// false when ports were not measured.
func (h *History) PeakHeld() (int, bool) { return h.held.most, h.held.known }

// PeakInUse is the same of all that were in use.
func (h *History) PeakInUse() (int, bool) { return h.inUse.most, h.inUse.known }
