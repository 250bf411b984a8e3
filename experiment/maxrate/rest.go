package maxrate

import (
	"context"
	"time"

	"tcpbench/experiment/search"
)

// restGrowing is the part of a trial's own time for which the target rests
// after it, while rates double and hold: a failure that comes of the last trial
// then is tried again with more.
const restGrowing = 0.25

// rest leaves a target that outlives its trials alone for a while, so that what
// the last one filled does not count against the next: the bucket of a limit on
// requests, a backlog of work. At up to twice what a target serves for good, a
// trial fills no more than drains in the trial's own time.
//
// Note: without it, 308/s under nginx's limit_req of 300/s failed in 3 of 5
// trials and held alone: it began with the bucket as the trial before had left it.
func (f *finder) rest(ctx context.Context, trial time.Duration) {
	if len(f.trials) == 0 {
		return
	}
	switch {
	case f.patience > 0:
		trial = f.patience
	case f.search.Phase() == search.Growing:
		trial = time.Duration(restGrowing * float64(trial))
	}
	pause(ctx, trial)
}

// pause returns after d, or when ctx is done.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
