package results

import "tcpbench/metrics"

// Stalls are the times for which the generator was not run though it had work:
// the clock went on, and its CPU time did not.
type Stalls struct {
	Count     int64   `json:"count"`
	TotalUS   float64 `json:"total_us"`
	LongestUS float64 `json:"longest_us"`
}

// NewStalls is what a result keeps of stalls.
func NewStalls(s metrics.Stalls) *Stalls {
	us := func(d int64) float64 { return float64(d) / 1e3 }
	return &Stalls{Count: s.Count, TotalUS: us(int64(s.Total)), LongestUS: us(int64(s.Longest))}
}

// StalledShare is the part of the run's time for which the generator was not
// run; 0 where that was not measured.
func (r *Run) StalledShare() float64 {
	if r.Stalls == nil || r.DurationS <= 0 {
		return 0
	}
	return min(r.Stalls.TotalUS/1e6/r.Generators()/r.DurationS, 1) // each has stalls of its own
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
