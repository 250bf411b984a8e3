package maxrate

import (
	"context"
	"fmt"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/results"
	"tcpbench/scenario"
)

const (
	// drainTime is what ports get to become free: a TIME_WAIT, and a little.
	drainTime = capacity.TimeWait + 5*time.Second
	drainPoll = 250 * time.Millisecond
)

// fewPorts is the share of the ports that other connections may keep: a few
// that stay open must not hold up every trial.
const fewPorts = 0.01

// Held counts the local ports that a cell's connections cannot have just now,
// and says what the law of ports gives.
type Held func(context.Context, cell.Spec) (int, capacity.Prediction, error)

// drain waits until the ports that earlier trials took no longer matter to
// the next one, and warns if they still do in the end. The error is ctx's.
func (f *finder) drain(ctx context.Context, s cell.Spec) error {
	told := false
	for end := time.Now().Add(drainTime); ; {
		held, law, err := f.tools.Held(ctx, s)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			f.warn("ports-not-counted", fmt.Sprintf("whether earlier trials had left enough ports is not known: %v",
				err))
			return nil
		case !matters(held, s.Workload, law):
			return nil
		case !time.Now().Before(end):
			f.warn("ports-not-drained", fmt.Sprintf("%d ports towards the target were still held %v after "+
				"the trial before, "+
				"so the one at %s had fewer", held, drainTime, perSecond(s.Workload.Rate.From)))
			return nil
		}
		if !told {
			told = true
			f.tools.Say(fmt.Sprintf("waiting up to %v for ports: %d of %d towards the target are held, and the trial "+
				"at %s needs %s",
				drainTime, held, law.ConnectionsUntilExhaustion, perSecond(s.Workload.Rate.From),
				figure.Number(demand(s.Workload, law))))
		}
		pause(ctx, drainPoll)
	}
}

// pause returns after d, or when ctx is done.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// matters reports whether the ports that are held now make a difference to a
// trial: from half of all on, the kernel's search for a free one is long.
func matters(held int, w scenario.Workload, law capacity.Prediction) bool {
	all := float64(law.ConnectionsUntilExhaustion)
	return law.Exhausts() && float64(held) > fewPorts*all && float64(held)+demand(w, law) > all/2
}

// demand is how many ports a trial will hold at a time.
func demand(w scenario.Workload, law capacity.Prediction) float64 {
	return w.Rate.From * min((w.Warmup+w.TimeLimit()).Seconds(), law.HoldSeconds)
}

func (f *finder) warn(code, text string) {
	f.warnings = append(f.warnings, results.Warning{Code: code, Text: text})
}
