package maxrate

import (
	"context"
	"fmt"

	"tcpbench/experiment/cell"
	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Held counts the local ports that a cell's connections cannot have just now,
// and says what the law of ports gives.
type Held func(context.Context, cell.Spec) (int, capacity.Prediction, error)

// drain waits until the ports that earlier trials took no longer matter to
// the next one, and warns if they still do in the end. The error is ctx's.
func (f *finder) drain(ctx context.Context, s cell.Spec) error {
	count := func(ctx context.Context) (int, capacity.Prediction, error) { return f.tools.Held(ctx, s) }
	matters := func(held int, law capacity.Prediction) bool { return matters(held, s.Workload, law) }
	held, err := cell.Drain(ctx, count, matters, func(held int, law capacity.Prediction) {
		f.tools.Say(fmt.Sprintf("waiting up to %v for ports: %d of %d towards the target are held, and the trial "+
			"at %s needs %s", cell.DrainTime, held, law.ConnectionsUntilExhaustion, perSecond(s.Workload.Rate.From),
			figure.Number(demand(s.Workload, law))))
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		f.warn("ports-not-counted", fmt.Sprintf("whether earlier trials had left enough ports is not known: %v", err))
	case held > 0:
		f.warn("ports-not-drained", fmt.Sprintf("%d ports towards the target were still held %v after the trial "+
			"before, so the one at %s had fewer", held, cell.DrainTime, perSecond(s.Workload.Rate.From)))
	}
	return nil
}

// matters reports whether the ports that are held now make a difference to a
// trial: from half of all on, the kernel's search for a free one is long.
func matters(held int, w scenario.Workload, law capacity.Prediction) bool {
	all := float64(law.ConnectionsUntilExhaustion)
	return !cell.FewPorts(held, law) && float64(held)+demand(w, law) > all/2
}

// demand is how many ports a trial will hold at a time.
func demand(w scenario.Workload, law capacity.Prediction) float64 {
	return w.Rate.From * min((w.Warmup+w.TimeLimit()).Seconds(), law.HoldSeconds)
}

func (f *finder) warn(code, text string) {
	f.warnings = append(f.warnings, results.Warning{Code: code, Text: text})
}
