package metric

import (
	"math"
	"time"

	"tcpbench/results"
)

// nearly is which part of a stall's length a time must have for the stall to be in it:
// how much of the last sleep came before a stall is not known.
const nearly = 0.75

// touched are the times that stalls of a length are in.
type touched struct{ us, times float64 }

// touchedByStalls are the times of a phase that stalls are in, those of the longest
// stalls first: each is in those that were under way, and in none that is shorter.
func touchedByStalls(r *results.Run, phase string) []touched {
	sum := r.Latency.Phase(phase)
	if r.Stalls == nil || r.Stalls.Count == 0 || sum == nil || r.DurationS <= 0 {
		return nil
	}
	above := func(float64) float64 { return float64(sum.Count) }
	if h, err := sum.Histogram(); err == nil {
		above = func(us float64) float64 { return float64(h.Above(time.Duration(us * 1e3))) }
	}
	underWay := max(math.Ceil(sum.MeanUS/1e6*float64(sum.Count)/r.ServedS()/r.Generators()), 1)
	var out []touched
	var all float64
	for _, s := range stallsByLength(r.Stalls) {
		if n := min(s.times*underWay, above(nearly*s.us)-all); n > 0 {
			out = append(out, touched{s.us, n})
			all += n
		}
	}
	return out
}

// stallsByLength are how many stalls were of which length, in microseconds, the
// longest first. Those that were not kept one by one are as long as they are on average.
func stallsByLength(s *results.Stalls) []touched {
	var out []touched
	rest, us := float64(s.Count), s.TotalUS
	for _, l := range s.LengthsUS {
		out = append(out, touched{l, 1})
		rest, us = rest-1, us-l
	}
	if len(out) == 0 && rest > 1 { // of an earlier version
		out = append(out, touched{s.LongestUS, 1})
		rest, us = rest-1, us-s.LongestUS
	}
	if rest > 0 && us > 0 {
		out = append(out, touched{us / rest, rest})
	}
	return out
}

// longestWithin is the length of the longest stall that is in more than n of the times,
// and is no longer than v, but for what is not known of it; 0 where there is none.
func longestWithin(all []touched, n, v float64) float64 {
	for _, t := range all {
		if n -= t.times; n < 0 && nearly*t.us <= v {
			return min(t.us, v)
		}
	}
	return 0
}
