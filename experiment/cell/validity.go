package cell

import (
	"fmt"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/judge/metric"
	"tcpbench/results"
)

// fewStalls is the share of its time for which a generator may not have been
// run before a reader is told.
const fewStalls = 0.01

// ownDoing warns of the figures that are in part the generator's own, and says
// by how much.
func ownDoing(r *results.Run) []results.Warning {
	var out []results.Warning
	warn := func(code, format string, args ...any) {
		out = append(out, results.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	more := r.MoreThreads()
	if more != "" {
		more += ", "
	}
	advice := "use " + more + "a lower --rate or a machine with more idle CPU"
	if parts := partsOf(r, results.GeneratorLate); parts != "" {
		warn(results.GeneratorLate, "the generator itself was late, by %s at the 99th percentile of its starts, "+
			"which is in: %s; times that count from the real start are not touched by that (%s)",
			figure.Micros(r.Lateness.OwnP99US), parts, advice)
	}
	parts := partsOf(r, results.GeneratorStalled)
	if s := r.Stalls; parts != "" || r.StalledTime() > fewStalls {
		text := fmt.Sprintf("the generator itself was not run for %s of the run, %s at most at a time "+
			"(%s, %s of its time)", figure.Micros(s.TotalUS), figure.Micros(s.LongestUS),
			figure.Plural(s.Count, "stall"), figure.Percent(100*r.StalledTime()))
		if parts != "" {
			text += ", which is in: " + parts
		}
		warn(results.GeneratorStalled, "%s; use a machine with more idle CPU", text)
	}
	return out
}

// partsOf lists the figures that have something of the generator in them, each
// with its share.
func partsOf(r *results.Run, what string) string {
	var parts []string
	for _, m := range metric.Table() {
		own := m.Own(r)
		if own.What != what {
			continue
		}
		part := figure.Percent(100 * own.Share)
		if own.US > 0 {
			part = figure.Micros(own.US) + ", " + part
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", m.Heading, part))
	}
	return strings.Join(parts, ", ")
}
