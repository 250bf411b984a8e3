package plots

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"tcpbench/internal/figure"
	"tcpbench/judge/metric"
	"tcpbench/results"
)

// untilExhaustion compares how many connections each cell opened before it
// ran out of ports with how many were predicted.
func untilExhaustion(cells []cell) (Picture, bool, error) {
	b := bars{
		heading: heading{title: "Connections until the ports run out"},
		label:   "connections",
	}
	for _, c := range cells {
		b.groups = append(b.groups, group{c.label, exhaustionBar(c), limitBar(c, func(r *results.Run) float64 {
			if !r.PredictsExhaustion(r.Rates.ConnectionsPerSecond) {
				return 0
			}
			return float64(r.Prediction.ConnectionsUntilExhaustion)
		})})
	}
	return b.picture("sweep-connections-until-exhaustion", "Connections that each cell opened before the first one "+
		"that found no port, and how many the law predicts at its rate. A cell without a measured one did not run out."+
		medianNote(cells))
}

// exhaustionBar is the measured side.
func exhaustionBar(c cell) bar {
	v := c.median(of("after_connections"))
	switch n := c.exhausted(); {
	case v > 0 && n < len(c.runs):
		return bar{v, fmt.Sprintf("%s (%d of %d runs)", figure.Number(v), n, len(c.runs))}
	case v > 0:
		return bar{v, figure.Number(v)}
	default:
		return bar{text: c.outcome()}
	}
}

// limitBar is a predicted number, which is the same in all repeats.
func limitBar(c cell, f func(*results.Run) float64) bar {
	switch v := c.median(f); {
	case v > 0:
		return bar{v, figure.Limit(v)}
	case c.runs[0].Prediction.NoPort():
		return bar{text: "no port"}
	case c.runs[0].Prediction.Ports > 0:
		return bar{text: "no limit"}
	default:
		return bar{text: "unknown"}
	}
}

// sweepRates compares connections per second with the sustainable rate, or
// requests per second.
func sweepRates(cells []cell) (Picture, bool, error) {
	if quantityOfAll(cells) == requests {
		return sweepRequests(cells)
	}
	b := bars{
		heading: heading{title: "Connections per second, and what would be sustainable"},
		label:   "connections per second",
	}
	for _, c := range cells {
		limit := limitBar(c, func(r *results.Run) float64 { return r.Prediction.Complete().SafeCPS })
		b.groups = append(b.groups, group{c.label, measuredBar(c, "connections_per_second"), limit})
	}
	return b.picture("sweep-connections-per-second", "Connections per second of each cell over its whole run, "+
		"and the rate that the law says its ports sustain for ever. A cell that is faster than that may run out of "+
		"ports."+medianNote(cells))
}

// sweepRequests compares requests per second, for which there is no law.
func sweepRequests(cells []cell) (Picture, bool, error) {
	b := bars{heading: heading{title: "Requests per second"}, label: "requests per second", alone: true}
	for _, c := range cells {
		b.groups = append(b.groups, group{label: c.label, measured: measuredBar(c, "requests_per_second")})
	}
	return b.picture("sweep-requests-per-second", "Requests per second of each cell over its whole run."+
		medianNote(cells))
}

// of measures a metric; 0 where a run does not have it.
func of(name string) func(*results.Run) float64 {
	m := metric.MustFind(name)
	return func(r *results.Run) float64 {
		v, err := m.Measure(r)
		if err != nil {
			return 0
		}
		return v
	}
}

// measuredBar is a metric, the median of the repeats.
func measuredBar(c cell, name string) bar {
	if v := c.median(of(name)); v > 0 {
		return bar{v, figure.Number(v)}
	}
	return bar{text: "not measured"}
}

// quantityOfAll is what all cells can be compared in: requests where some
// connections carry many and every cell has some, else connections.
func quantityOfAll(cells []cell) quantity {
	q := connections
	for _, c := range cells {
		if c.runs[0].Totals.Requests <= 0 {
			return connections
		}
		if quantityOf(c.runs[0]) == requests {
			q = requests
		}
	}
	return q
}

// maxPanels is how many small pictures can be looked through in one.
const maxPanels = 40

// sweepOverTime is the connections or requests per second of every cell in one
// picture.
func sweepOverTime(cells []cell) (Picture, bool, error) {
	if len(cells) < 2 || len(cells) > maxPanels {
		return Picture{}, false, nil
	}
	x, q := sweepTime(cells), quantityOfAll(cells)
	var lines []line
	var ys []float64
	for i, c := range cells {
		var repeats []plotter.XYs
		for _, r := range c.runs {
			if points := finerRates(r, q, x.min); len(points) > 0 {
				repeats = append(repeats, points)
				ys = append(ys, yValues(points)...)
			}
		}
		if len(repeats) == 0 {
			continue
		}
		lines = append(lines, repeated(line{
			name: c.label, style: lineStyle(i), steps: true,
			glyph: glyphs()[i%maxLines], phase: 6 + vg.Length(i%maxLines)*glyphGap/maxLines,
			stop: c.exhausted() == len(c.runs),
		}, repeats, acrossSteps))
	}
	if len(lines) < 2 {
		return Picture{}, false, nil
	}
	ch := chart{
		heading: heading{q.title() + " over time", strings.TrimSpace(aboutStops(lines) + aboutLines(cells))},
		x:       x,
		y:       valueAxis(q.axis(), ys, figure.Tick),
		lines:   lines,
	}
	return Picture{
		Name:    "sweep-rate-over-time",
		Title:   ch.heading.title,
		Caption: strings.TrimSpace(q.title()+" of every cell. "+aboutStops(lines)) + repeatsNote(cells, "time"),
		drawing: ch,
	}, true, nil
}

// aboutStops explains the crosses where there are some.
func aboutStops(lines []line) string {
	if !slices.ContainsFunc(lines, func(l line) bool { return l.stop }) {
		return ""
	}
	return "A cross marks where the ports ran out. "
}

// sweepTime is linear unless some run is far shorter than another.
func sweepTime(cells []cell) axis {
	var ends []float64
	for _, c := range cells {
		for _, r := range c.runs {
			ends = append(ends, lastTime(r))
		}
	}
	lo, hi := positiveRange(ends)
	if hi <= logRatio*lo {
		return timeAxis(hi)
	}
	return logSpanAxis("time since the start", lo/5, hi, figure.Seconds)
}

// lastTime is when the last thing happened that a run's rates tell, in seconds.
func lastTime(r *results.Run) float64 {
	last := lastAt(r.Costs())
	if points := rates(r); len(points) > 0 {
		last = max(last, lastX(points))
	}
	return last
}

// finerRates are rates over stretches that grow with time from first on, as
// a logarithmic axis wants them.
func finerRates(r *results.Run, q quantity, first float64) plotter.XYs {
	if q == requests {
		return ratesIn(r, q)
	}
	costs := r.Costs()
	end := lastAt(costs)
	fine := stretches(costs, geometric(max(first, end/1000), end, 40))
	if len(fine) > 0 {
		return fine
	}
	return ratesIn(r, q)
}

// sweepLatency compares the time to connect, or of an answer.
func sweepLatency(cells []cell) (Picture, bool, error) {
	if len(cells) < 2 || len(cells) > maxPanels {
		return Picture{}, false, nil
	}
	var ds []distribution
	phase, title, caption := "connect", "Time to connect by percentile",
		"How long the handshake took, from connect(2) on."
	if quantityOfAll(cells) == requests {
		phase, title, caption = "request", "Time of an answer by percentile", "How long answers took, from the send on."
	}
	for _, c := range cells {
		d := distribution{name: c.label}
		for _, r := range c.runs {
			d.summaries = append(d.summaries, r.Latency.Phase(phase))
		}
		ds = append(ds, d)
	}
	ch, err := percentiles(heading{title, aboutLines(cells)}, ds)
	if len(ch.lines) == 0 {
		return Picture{}, false, err
	}
	return Picture{
		Name:    "sweep-" + phase + "-latency",
		Title:   ch.heading.title,
		Caption: caption + " Each step to the right on the axis is ten times rarer." + repeatsNote(cells, "percentile"),
		drawing: ch,
	}, true, err
}
