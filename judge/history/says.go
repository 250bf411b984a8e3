package history

import (
	"fmt"
	"math"
	"strings"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/judge/metric"
	"tcpbench/judge/slo"
)

// says is a plain statement, of which the metric is the subject.
func (g Group) says(u metric.Unit) string { return g.changes(u) + g.Recent.says(u) }

func (g Group) changes(u metric.Unit) string {
	over := "over " + figure.Plural(g.Drift.Runs, "run")
	if g.Change.Of > 0 {
		over = fmt.Sprintf("over the last %d of %d runs", g.Drift.Runs, g.Change.Of)
	}
	switch g.Change.Kind {
	case Untested:
		return fmt.Sprintf("has too few runs to report a change: %d, and it takes %d for a drift and %d for a step",
			g.Drift.Runs, leastRuns, leastStepRuns)
	case Unchanged:
		if g.Drift.Runs < leastStepRuns {
			return fmt.Sprintf("has no drift beyond the noise %s (%s), and for a step it takes %d", over,
				probability(*g.Change.P), leastStepRuns)
		}
		return fmt.Sprintf("has no drift and no step beyond the noise %s (%s)", over, probability(*g.Change.P))
	case Irregular:
		return fmt.Sprintf("changes beyond the noise %s (%s), and neither one drift nor one step describes it: the "+
			"change is small, was there for a few runs, or there are several", over, probability(*g.Change.P))
	case Several:
		var each []string
		for _, s := range g.Steps {
			each = append(each, s.says(u))
		}
		return fmt.Sprintf("has %d steps %s (%s): %s", len(g.Steps), over, probability(*g.Change.P),
			strings.Join(each, "; "))
	case Stepping:
		return fmt.Sprintf("%s, %s (%s)", g.Step.says(u), over, probability(*g.Change.P))
	case Changing:
		return fmt.Sprintf("drifts%s, or %s: both fit alike, %s (%s)", g.Drift.pace(), g.Step.says(u), over,
			probability(*g.Change.P))
	default:
		few := ""
		if g.Drift.Runs < leastStepRuns {
			few = fmt.Sprintf("; whether it is a step takes %d runs", leastStepRuns)
		}
		return fmt.Sprintf("drifts%s %s (%s)%s", g.Drift.pace(), over, probability(*g.Change.P), few)
	}
}

// pace is how fast a drift is, and whither.
func (d Drift) pace() string {
	whither := " up"
	if *d.SlopePerRun < 0 {
		whither = " down"
	}
	if d.PercentPerRun == nil {
		return whither
	}
	return fmt.Sprintf("%s %s a run", whither, figure.Percent(math.Abs(*d.PercentPerRun)))
}

// says is a step with both of its levels.
func (s Step) says(u metric.Unit) string {
	how := "steps up"
	if s.After.Median < s.Before.Median {
		how = "steps down"
	}
	if s.Percent != nil {
		how += " " + figure.Percent(math.Abs(*s.Percent))
	}
	return fmt.Sprintf("%s at run %d, of %s: from %s to %s", how, s.Run, s.At.UTC().Format(time.DateTime),
		s.Before.says(u), s.After.says(u))
}

func (l Level) says(u metric.Unit) string {
	brief := func(v float64) string { return slo.Value{Unit: u, Float: v}.Brief() }
	return fmt.Sprintf("%s (%s, half of them %s to %s)", brief(l.Median), figure.Plural(l.Runs, "run"), brief(l.Low),
		brief(l.High))
}

// tests says what was tested, and what the findings are worth.
func (h History) tests() string {
	var parts []string
	for _, m := range h.Metrics {
		n := 0
		for _, g := range m.Groups {
			if g.Change.P != nil {
				n++
			}
		}
		parts = append(parts, fmt.Sprintf("%s in %d of %s", m.Name, n, figure.Plural(len(m.Groups), "group")))
	}
	out := fmt.Sprintf("Tested for a drift and a step: %s. ", strings.Join(parts, ", "))
	switch {
	case h.Tested == 0:
		return out + "Nothing is known of changes."
	case h.Found == 0:
		out += "No change is beyond the noise. "
	default:
		out += fmt.Sprintf("%d of %s found a change: %s. ", h.Found, figure.Plural(h.Tested, "test"), h.changed())
	}
	return out + "Where nothing changes and no run depends on the one before, one such table in a hundred finds any."
}

// changed names what was found to change, four at most.
func (h History) changed() string {
	const most = 4
	var names []string
	for _, m := range h.Metrics {
		for _, g := range m.Groups {
			if k := g.Change.Kind; k != Unchanged && k != Untested {
				names = append(names, fmt.Sprintf("%s of %s (%s)", m.Name, g.Name, k))
			}
		}
	}
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("%d more", len(names)-most))
	}
	return strings.Join(names, "; ")
}

// probability is p to two digits; of very small ones that is all there is to say.
func probability(p float64) string {
	if p < 1e-4 {
		return "p < 0.0001"
	}
	return fmt.Sprintf("p = %.2g", p)
}
