package results

import (
	"cmp"
	"slices"
	"time"

	"tcpbench/metrics"
)

// Stalls are the times for which the generator was not run though it had work:
// the clock went on, and its CPU time did not.
type Stalls struct {
	Count     int64   `json:"count"`
	TotalUS   float64 `json:"total_us"`
	LongestUS float64 `json:"longest_us"`

	// AfterUS is the part of TotalUS after load was offered, when connections ended.
	AfterUS float64 `json:"after_us,omitempty"`

	// LengthsUS are the longest of them one by one, the longest first; all where
	// there are few. Earlier versions had none.
	LengthsUS []float64 `json:"lengths_us,omitempty"`
}

// NewStalls is what a result keeps of stalls.
func NewStalls(s metrics.Stalls) *Stalls {
	us := func(d time.Duration) float64 { return float64(d) / 1e3 }
	out := &Stalls{Count: s.Count, TotalUS: us(s.Total), LongestUS: us(s.Longest()), AfterUS: us(s.After)}
	for _, d := range s.Lengths[:min(s.Count, metrics.KeptStalls)] {
		out.LengthsUS = append(out.LengthsUS, us(d))
	}
	return out
}

// Join adds the stalls of another host.
func (s *Stalls) Join(o *Stalls) {
	s.Count += o.Count
	s.TotalUS += o.TotalUS
	s.AfterUS += o.AfterUS
	s.LongestUS = max(s.LongestUS, o.LongestUS)
	s.LengthsUS = append(s.LengthsUS, o.LengthsUS...)
	slices.SortFunc(s.LengthsUS, func(a, b float64) int { return cmp.Compare(b, a) })
	s.LengthsUS = s.LengthsUS[:min(len(s.LengthsUS), metrics.KeptStalls)]
}

// StalledShare is the part of a closed loop's rates that went missing because the
// generator was not run: of the time that they are over, which has as much of what came
// after the load as connections went on then, on average. It is 0 where that was not measured.
func (r *Run) StalledShare() float64 {
	if r.Stalls == nil || r.DurationS <= 0 {
		return 0
	}
	over, each := r.ServedS(), 1e6*r.Generators() // each has stalls of its own
	after := min(r.Stalls.AfterUS/each, max(over-r.DurationS, 0))
	return min(((r.Stalls.TotalUS-r.Stalls.AfterUS)/each+after)/over, 1)
}

// StalledTime is the part of the run's whole time for which the generator was not run,
// until the last connection had ended; 0 where that was not measured.
func (r *Run) StalledTime() float64 {
	if r.Stalls == nil || r.DurationS <= 0 {
		return 0
	}
	return min(r.Stalls.TotalUS/1e6/r.Generators()/(r.DurationS+r.DrainS), 1)
}

// Generators is how many threads opened connections, on all hosts together.
func (r *Run) Generators() float64 {
	hosts := 0
	for _, a := range r.Agents {
		if a.Totals != nil {
			hosts++
		}
	}
	return max(float64(r.Options.Threads), 1) * float64(max(hosts, 1))
}
