package history

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/judge/metric"
	"tcpbench/judge/slo"
)

// Recent is what is not known of the newest runs, whatever those before say.
type Recent struct {
	// Uncounted is how many of the last runs do not count, [leastSide] or more, and Why the
	// last of them does not.
	Uncounted int    `json:"uncounted,omitempty"`
	Why       string `json:"why,omitempty"`

	// Far is how many of the last runs, too few for a step to be found, are beyond all before
	// by more than those are apart: from Low to High. Up is whither.
	Far  int     `json:"far,omitempty"`
	Up   bool    `json:"up,omitempty"`
	Low  float64 `json:"low,omitempty"`
	High float64 `json:"high,omitempty"`
}

// recent looks at the newest runs; nil where there is nothing to say.
func (g *Group) recent() *Recent {
	var out Recent
	for _, r := range slices.Backward(g.Runs) {
		if r.counts {
			break
		}
		if !strings.HasPrefix(r.Note, copied) {
			out.Uncounted++
			if out.Why == "" {
				out.Why = r.Note
			}
		}
	}
	if out.Uncounted < leastSide || len(g.values) == 0 {
		out.Uncounted, out.Why = 0, ""
	}
	most := leastSide - 1
	if g.Change.Kind == Unchanged {
		most = len(g.values) - leastRuns
	}
	for far := most; far > 0 && out.Far == 0 && len(g.values) >= leastStepRuns; far-- {
		out.farther(g.values[:len(g.values)-far], g.values[len(g.values)-far:])
	}
	if out == (Recent{}) {
		return nil
	}
	return &out
}

// farther notes the last runs where they are far.
func (r *Recent) farther(before, last []float64) {
	low, high := slices.Min(before), slices.Max(before)
	switch apart := high - low; {
	case slices.Max(last) < low-apart:
		r.Far, r.Low, r.High = len(last), low, high
	case slices.Min(last) > high+apart:
		r.Far, r.Low, r.High, r.Up = len(last), low, high, true
	}
}

// says is a plain statement that goes on with another; "" of nothing.
func (r *Recent) says(u metric.Unit) string {
	var out string
	if r == nil {
		return out
	}
	if r.Uncounted > 0 {
		out = fmt.Sprintf("; nothing is known of the last %d runs, which do not count: %s", r.Uncounted, r.Why)
	}
	if r.Far > 0 {
		brief := func(v float64) string { return slo.Value{Unit: u, Float: v}.Brief() }
		which, is := "below", "is"
		if r.Up {
			which = "above"
		}
		runs := "the last run"
		if r.Far > 1 {
			runs, is = "the last "+figure.Plural(r.Far, "run"), "are"
		}
		out += fmt.Sprintf("; %s %s far %s all before, which are %s to %s: too few to tell whether it is a step", runs,
			is, which, brief(r.Low), brief(r.High))
	}
	return out
}

// unknown reports whether the newest runs may have changed for the worse in a way of
// that kind, and there is no telling.
func (m Metric) unknown(g Group, kind string) bool {
	r := g.Recent
	if r == nil {
		return false
	}
	return r.Uncounted > 0 || r.Far > 0 && kind != string(Drifting) && (m.better == 0 || m.better > 0 != r.Up)
}
