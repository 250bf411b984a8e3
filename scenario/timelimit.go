package scenario

import (
	"errors"
	"math"
	"time"
)

// DefaultDuration ends a run that has neither a duration nor a count.
const DefaultDuration = 10 * time.Second

// TimeLimit is for how long load is offered at most, after the warm-up; 0 where
// the count alone ends the run.
func (w *Workload) TimeLimit() time.Duration {
	if w.Duration == 0 && w.Count == 0 {
		return DefaultDuration
	}
	return w.Duration
}

// PlannedTime is how long the planned starts of an open loop take: the time limit,
// or else as long as the count takes at that rate.
func (w *Workload) PlannedTime() time.Duration {
	if limit := w.TimeLimit(); limit > 0 || w.Rate.IsZero() {
		return limit
	}
	mean := (w.Rate.From + w.Rate.To) / 2
	return time.Duration(min(math.Ceil(float64(w.Count)/mean*1e9), math.MaxInt64/2))
}

func (w *Workload) timeLimit() string {
	if limit := w.TimeLimit(); limit > 0 {
		return limit.String()
	}
	return None
}

// parseTimeLimit also reads what a result says of a run that its count ended.
func (w *Workload) parseTimeLimit(s string) (time.Duration, error) {
	if s != None {
		return wait(time.Millisecond, MaxDuration)(s)
	}
	if w.Count == 0 {
		return 0, errors.New("none leaves nothing to end the run; give a count and no duration")
	}
	return 0, nil
}
