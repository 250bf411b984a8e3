package results

import (
	"fmt"
	"math"

	"tcpbench/law/exhaustion"
)

// addsUp refuses a result whose figures contradict each other: one that was edited by
// hand keeps limits that the run did not. Not known are the counts of a program that was
// seen from outside, which are of two kernels, and of a fleet that lost agents.
func addsUp(r *Run) error {
	if e := r.Exhaustion; e != nil && (!e.Outcome.Known() || e.Exhausted != (e.Outcome == exhaustion.Exhausted)) {
		return fmt.Errorf("not a result: exhaustion.outcome is %q and exhausted is %t", e.Outcome, e.Exhausted)
	}
	if r.Degraded || r.FromOutside() {
		return nil
	}
	t := &r.Totals
	for _, c := range []struct {
		part, whole string
		n, of       int64
	}{
		{"totals.succeeded and failed", "totals.attempted", t.Succeeded + t.Failed, t.Attempted},
		{"totals.obtained", "totals.attempted", t.Obtained, t.Attempted},
		{"totals.errors", "totals.failed", sum(t.Errors), t.Failed},
		{"totals.status", "totals.requests", sum(t.Status), t.Requests},
	} {
		if c.n > c.of {
			return fmt.Errorf("not a result: %s come to %d, and %s to %d", c.part, c.n, c.whole, c.of)
		}
	}
	return r.Rates.are(t)
}

func sum(counts map[string]int64) int64 {
	var all int64
	for _, n := range counts {
		all += n
	}
	return all
}

// are reports rates that are not those of what was counted over their time, which earlier
// versions left out.
func (r Rates) are(t *Totals) error {
	for _, c := range []struct {
		name string
		rate float64
		n    int64
	}{
		{"connections_per_second", r.ConnectionsPerSecond, t.Succeeded},
		{"requests_per_second", r.RequestsPerSecond, t.Requests},
	} {
		const rounded = 0.001
		if n := float64(c.n); r.OverS > 0 && math.Abs(c.rate*r.OverS-n) > rounded*n {
			return fmt.Errorf("not a result: rates.%s is %v over %v s, of which there were %d", c.name, c.rate,
				r.OverS, c.n)
		}
	}
	return nil
}
