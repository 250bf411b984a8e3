package workload

import (
	"context"
	"fmt"
	"time"
)

// await begins the count, where there is no warm-up, and says when the run begins: now, or
// at the instant of the gate.
func (r *run) await(ctx context.Context) (time.Time, error) {
	at := time.Time{}
	if r.options.Gate != nil {
		var err error
		if at, err = r.options.Gate(ctx); err != nil {
			return at, fmt.Errorf("wait for the beginning: %w", err)
		}
	}
	if r.options.Warmup == 0 {
		r.begin()
	}
	if now := time.Now(); at.Before(now) {
		at = now
	}
	r.m.StartedAt = at // of the count, where there is no warm-up; what others do at its beginning takes time
	return at, nil
}
