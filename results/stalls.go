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
	threads := max(float64(r.Options.Threads), 1) // each has stalls of its own
	return min(r.Stalls.TotalUS/1e6/threads/r.DurationS, 1)
}
