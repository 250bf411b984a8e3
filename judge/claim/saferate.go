package claim

import (
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// safeRate judges whether ports last at any rate below ports / hold time. The
// kernel's timers round up (kernel/time/timer.c), so that a part of those rates
// runs out; what is safe is below them.
func safeRate() Rule {
	return Rule{Figures: []Figure{ranFor(), UntilExhausted(), ranOutAt(), safe(), sustainable(), Outcome()},
		Judge: judgeSafeRate}
}

func judgeSafeRate(e *Evidence) Verdict {
	var below, between []string
	out := 0
	for i, names := range [][]string{
		{"held 5 s, 80 %", "held 5 s, 99 %", "held 5 s, 105 %"},
		{"held 60 s, 90 %", "held 60 s, 99 %", "held 60 s, 105 %"},
	} {
		if i > 0 && len(e.measured(slices.Clone(names)...)) == 0 {
			continue // the short version
		}
		below = append(below, lasts(e, names[0]))
		said, ended := lastsInTheBand(e, names[1])
		between = append(between, said)
		if ended {
			out++
		}
		runsOutAbove(e, names[2])
	}
	law, sure := strings.Join(between, ", "), strings.Join(below, ", ")
	if out == 0 {
		return verdict(scenario.Confirmed, "%s. %s.", law, sure).
			practice("ports / hold time lasts here, as far as was seen: %s.", law)
	}
	return verdict(scenario.Refuted, "%s, as the kernel's timers are late. %s.", law, sure).
		practice("plan with what is safe (safe_cps), not with ports / 60 s: %s.", sure)
}

// offeredRate is that of a case, of which all must have been offered, and which
// must be where it is meant to be by the law.
func offeredRate(e *Evidence, name, where string, is func(rate, safe, most float64) bool) string {
	r := e.Run(name)
	rate, sure, most := r.Options.Rate.From, e.Of(name, safe()), e.Of(name, sustainable())
	e.Needs(inFull(r), name+" is offered in full", "%s", starts(r))
	e.Needs(is(rate, sure, most), name+" is "+where, "%v/s, where %s/s are safe and %s/s never exceeded", rate,
		figure.Limit(sure), figure.Limit(most))
	return figure.Sprintf("%s/s (%s/s by the law, %s/s safe)", figure.Exact(rate), figure.Limit(most),
		figure.Limit(sure))
}

// inFull reports whether all starts took place. What makes other figures invalid,
// a generator that is late by a ms, is no matter here.
func inFull(r *results.Run) bool {
	l := r.Lateness
	return l != nil && (exhausted(r) || float64(l.Planned-l.Started) <= fewStarts*float64(l.Planned))
}

func starts(r *results.Run) string {
	if r.Lateness == nil {
		return "no start was planned"
	}
	return figure.Sprintf("%d of %d starts took place", r.Lateness.Started, r.Lateness.Planned)
}

// lasts says for how long a rate lasted that is safe.
func lasts(e *Evidence, name string) string {
	said := offeredRate(e, name, "safe", func(rate, safe, _ float64) bool { return rate <= safe })
	long, held := e.Of(name, ranFor()), e.Run(name).Prediction.HoldSecondsMax
	e.Needs(!e.Exhausted(name) && held > 0 && long >= 2*held, name+" lasts for twice as long as ports are held",
		"%v s, each held %v s at most", long, held)
	n, ports := e.Of(name, Connections()), float64(e.Run(name).Prediction.ConnectionsUntilExhaustion)
	e.Needs(n > ports, name+" has more connections than there are ports", "%v, and %v", n, ports)
	return figure.Sprintf("%s lasted for %v s, %v connections", said, long, n)
}

// lastsInTheBand says what came of a rate below the law that is not safe.
func lastsInTheBand(e *Evidence, name string) (said string, ended bool) {
	said = offeredRate(e, name, "between what is safe and the law",
		func(rate, safe, most float64) bool { return rate > safe && rate < most })
	if ended = e.Exhausted(name); !ended {
		said = figure.Sprintf("%s lasted for %v s, %v connections", said, e.Of(name, ranFor()),
			e.Of(name, Connections()))
		e.Check(true, "%s", said)
		return said, false
	}
	// That first ports are still held then is what a stall cannot bring about.
	p, at := e.Run(name).Prediction, e.Of(name, ranOutAt())
	hold := float64(p.ConnectionsUntilExhaustion) / p.SustainableCPS
	e.Needs(at > hold, name+" runs out when its first ports are held for longer than they should",
		"%v s after the first connection, each held %v s", at, hold)
	said = figure.Sprintf("%s ran out after %v s, %v connections", said, at, e.Of(name, UntilExhausted()))
	e.Check(!ended, "%s", said)
	return said, ended
}

// runsOutAbove is the control: ports run out as the law says.
func runsOutAbove(e *Evidence, name string) {
	offeredRate(e, name, "above the law", func(rate, _, most float64) bool { return rate > most })
	n := e.Of(name, UntilExhausted())
	e.Needs(e.Exhausted(name) && e.Run(name).Prediction.AsPredicted(int64(n)), name+" runs out, as the law says",
		"%v connections, %s by the law", n, e.Run(name).Prediction.Until())
}

// safe is what lasts for ever, by the law.
func safe() Figure {
	return Figure{
		Name: "safe/s by the law",
		Of:   func(r *results.Run) (float64, bool) { return r.Prediction.SafeCPS, r.Prediction.SafeCPS > 0 },
		Words: func(r *results.Run) string {
			if r.Prediction.SafeCPS == 0 {
				return ""
			}
			return figure.Limit(r.Prediction.SafeCPS)
		},
	}
}

// ranFor is for how long a case ran.
func ranFor() Figure {
	return Figure{Name: "ran for", Unit: "s", Of: func(r *results.Run) (float64, bool) {
		return r.DurationS, r.DurationS > 0
	}}
}

// ranOutAt is when ports ran out.
func ranOutAt() Figure {
	return Figure{Name: "ran out after", Unit: "s", of: use{ports: true}, Of: func(r *results.Run) (float64, bool) {
		if !exhausted(r) || r.Exhaustion.AfterSeconds == nil {
			return 0, false
		}
		return *r.Exhaustion.AfterSeconds, true
	}}
}
