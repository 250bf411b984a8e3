package workload

import (
	"context"
	"fmt"
	"time"
)

// nearly is how long before the instant the run reads what it counts from: that takes a
// millisecond or two.
const nearly = 20 * time.Millisecond

// await returns when the run is to begin, having begun the count where there is no warm-up.
func (r *run) await(ctx context.Context) error {
	if r.options.Gate == nil {
		r.count()
		return nil
	}
	at, err := r.options.Gate(ctx)
	if err != nil {
		return fmt.Errorf("wait for the beginning: %w", err)
	}
	sleepUntil(ctx, at.Add(-nearly))
	r.count()
	sleepUntil(ctx, at)
	if r.options.Warmup == 0 {
		r.m.StartedAt = time.Now()
	}
	return nil
}

// count begins the count, but for a warm-up, which is not counted.
func (r *run) count() {
	if r.options.Warmup == 0 {
		r.begin()
	}
}

// sleepUntil returns at an instant, or when ctx is done.
func sleepUntil(ctx context.Context, at time.Time) {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
