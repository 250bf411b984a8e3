package cell

import (
	"context"
	"time"

	"tcpbench/law/capacity"
)

// DrainTime is what ports get to become free that earlier runs took: a TIME_WAIT, and a
// little.
const DrainTime = capacity.TimeWait + 5*time.Second

const drainPoll = 250 * time.Millisecond

// Drain waits until the ports that earlier runs took do not matter to the next one, for
// [DrainTime] at most, and returns how many are held that still matter then; 0 where none do.
// Count says how many are held and what the law gives, as [Held] does; waiting is told once
// that it waits. The error is ctx's, or of the counting.
func Drain(ctx context.Context, count func(context.Context) (int, capacity.Prediction, error),
	matters func(held int, law capacity.Prediction) bool,
	waiting func(held int, law capacity.Prediction)) (int, error) {
	told := false
	for end := time.Now().Add(DrainTime); ; {
		held, law, err := count(ctx)
		switch {
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case err != nil:
			return 0, err
		case !matters(held, law):
			return 0, nil
		case !time.Now().Before(end):
			return held, nil
		}
		if !told {
			told = true
			waiting(held, law)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(drainPoll):
		}
	}
}

// FewPorts reports whether so few ports are held that they must not hold up every run: some
// stay open.
func FewPorts(held int, law capacity.Prediction) bool {
	const share = 0.01
	return !law.Exhausts() || float64(held) <= share*float64(law.ConnectionsUntilExhaustion)
}
