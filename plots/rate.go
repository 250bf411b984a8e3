package plots

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// fewIntervals is how many intervals are too few to draw: the run is then
// drawn from the finer points of its connect cost.
const fewIntervals = 5

// ratePicture is connections per second over time, or requests where every
// connection carries many; with the rate that was planned, in an open loop.
func ratePicture(r *results.Run) (Picture, bool, error) {
	if r.Options.Mode == scenario.ModeIdle {
		return Picture{}, false, nil // see heldPicture
	}
	points := rates(r)
	if len(points) == 0 {
		return Picture{}, false, nil
	}
	q, x := quantityOf(r), timeAxis(max(lastX(points), exhaustedAt(r)))
	lines := []line{{name: q.measured(r), points: points, style: lineStyle(0), steps: true}}
	if plan := planned(r, x); plan != nil {
		lines = append(lines, line{name: "offered", points: plan, style: lineStyle(2)})
	}
	if q == connections && r.Exhaustion.Elsewhere() == "" { // else the law is of other connections
		lines = append(lines, lawLines(r.Prediction, x)...)
	}
	ch := chart{
		heading: heading{q.title(), about(r)},
		x:       x,
		y:       rateAxis(r, q, lines),
		lines:   lines,
		marks:   timeMarks(r, x),
	}
	return Picture{Name: string(q) + "-per-second", Title: ch.heading.title, Caption: rateCaption(r, q),
		drawing: ch}, true, nil
}

// lawLines are the rate that lasts for ever and the one that is never exceeded:
// one line where they are the same.
func lawLines(p capacity.Prediction, x axis) []line {
	most, safe := p.SustainableCPS, p.Complete().SafeCPS
	if !(most > 0 && Usable(most)) {
		return nil
	}
	lines := []line{level(fmt.Sprintf("lasts for a while only above %s/s, predicted", figure.Limit(most)), most, x,
		lineStyle(1))}
	if safe > 0 && Usable(safe) && safe < 0.99*most {
		lines = append(lines, level(fmt.Sprintf("lasts for ever up to %s/s, predicted", figure.Limit(safe)), safe, x,
			lineStyle(3)))
	}
	return lines
}

// exhaustedAt is when ports ran out, in seconds, a moment after the last
// connection that found one; 0 when they did not.
func exhaustedAt(r *results.Run) float64 {
	if r.Exhaustion == nil || r.Exhaustion.AfterSeconds == nil || !Usable(*r.Exhaustion.AfterSeconds) {
		return 0
	}
	return *r.Exhaustion.AfterSeconds
}

// quantity is what the speed of a run is measured in.
type quantity string

const (
	connections quantity = "connections"
	requests    quantity = "requests"
)

func quantityOf(r *results.Run) quantity {
	if r.Options.Mode == scenario.ModeKeepalive {
		return requests
	}
	return connections
}

func (q quantity) title() string {
	return strings.ToUpper(string(q[:1])) + string(q[1:]) + " per second"
}

// axis is the label of an axis of q.
func (q quantity) axis() string { return string(q) + " per second (1/s)" }

// in is q per second of an interval.
func (q quantity) in(iv results.Interval) float64 {
	if q == requests {
		return iv.RequestsPerSecond
	}
	return iv.ConnectionsPerSecond
}

// measured names the line of what took place.
func (q quantity) measured(r *results.Run) string {
	if r.Options.Rate.IsZero() {
		return "measured"
	}
	return "achieved"
}

// rateAxis is linear where a planned rate is drawn, so that a ramp is straight.
func rateAxis(r *results.Run, q quantity, lines []line) axis {
	var ys []float64
	for _, l := range lines {
		ys = append(ys, yValues(l.points)...)
	}
	if r.Options.Rate.IsZero() {
		return valueAxis(q.axis(), ys, figure.Tick)
	}
	_, hi := positiveRange(ys)
	return linearAxis(q.axis(), 0, hi, figure.Tick)
}

// planned is the rate of an open loop over time.
func planned(r *results.Run, x axis) plotter.XYs {
	var out plotter.XYs
	for _, at := range []float64{0, min(r.Options.PlannedTime().Seconds(), x.max)} {
		v, ok := offeredAt(r, at)
		if !ok {
			return nil
		}
		out = append(out, plotter.XY{X: at, Y: v})
	}
	return out
}

// offeredAt is the planned rate at a time in seconds; false in a closed loop.
func offeredAt(r *results.Run, at float64) (float64, bool) {
	rate, end := r.Options.Rate, r.Options.PlannedTime().Seconds()
	if rate.IsZero() || !(end > 0) {
		return 0, false
	}
	v := rate.From + (rate.To-rate.From)*min(max(at/end, 0), 1)
	return v, Usable(v) && v > 0
}

func rateCaption(r *results.Run, q quantity) string {
	s := q.title() + " over the run."
	if !r.Options.Rate.IsZero() {
		s += " Where the achieved rate stays below the offered one, starts wait for their turn, " +
			"and response times grow."
	}
	if before, after, ok := kneeRates(r.Knee()); ok && q == connections {
		s += fmt.Sprintf(" At the knee they fall from %s/s to %s/s: connect(2) has to search longer for a free port.",
			figure.Number(before), figure.Number(after))
	}
	return s
}

// rates are the connections or requests per second of a run, as steps.
func rates(r *results.Run) plotter.XYs { return ratesIn(r, quantityOf(r)) }

func ratesIn(r *results.Run, q quantity) plotter.XYs {
	if len(r.Intervals) < fewIntervals && q == connections {
		costs := r.Costs()
		if fine := stretches(costs, evenly(lastAt(costs), 40)); len(fine) > 0 {
			return fine
		}
	}
	var out plotter.XYs
	from, most := 0.0, gap(r)
	for _, iv := range offering(r) {
		if !Usable(iv.TS) || iv.TS <= from {
			continue
		}
		if v := q.in(iv); Usable(v) && v >= 0 {
			out = append(out, plotter.XY{X: begin(iv, from, most), Y: v}, plotter.XY{X: iv.TS, Y: v})
		}
		from = iv.TS
	}
	return out
}

// offering are the intervals in which load was offered: without the one after
// it, in which the last connections ended.
func offering(r *results.Run) []results.Interval {
	n := len(r.Intervals)
	if n > 1 && r.DurationS > 0 && r.Intervals[n-2].TS >= r.DurationS {
		return r.Intervals[:n-1]
	}
	return r.Intervals
}

// begin is when an interval that ends more than a gap after the one before it
// began: its length, or its rate and its count, tell for how long it was measured.
func begin(iv results.Interval, before, gap float64) float64 {
	if iv.TS-before <= gap {
		return before
	}
	at := iv.TS - gap/1.5
	if iv.LengthS > 0 && Usable(iv.LengthS) {
		at = iv.TS - iv.LengthS
	} else if iv.ConnectionsPerSecond > 0 && iv.Succeeded > 0 {
		at = iv.TS - float64(iv.Succeeded)/iv.ConnectionsPerSecond
	}
	if at-before < gap/3 { // which is no gap, but the digits that a rate is rounded to
		return before
	}
	return at
}

// gap is how far apart two samples of r may lie for nothing to be missing between
// them, in seconds: half an interval more than one usually took, or than one that was
// merged.
func gap(r *results.Run) float64 {
	var took []float64
	last, longest := 0.0, 0.0
	for _, iv := range offering(r) {
		if Usable(iv.TS) && iv.TS > last {
			took = append(took, iv.TS-last)
			last = iv.TS
		}
		if iv.Merged > 1 && Usable(iv.LengthS) {
			longest = max(longest, iv.LengthS)
		}
	}
	usual := r.Options.Interval.Seconds()
	if len(took) > 0 {
		usual = max(usual, figure.Median(took))
	}
	return 1.5 * max(usual, longest)
}

// mostOf tells what is drawn of intervals that were merged, where some were.
func mostOf(r *results.Run) string {
	if !slices.ContainsFunc(r.Intervals, func(iv results.Interval) bool { return iv.Merged > 1 }) {
		return ""
	}
	return " Intervals of this long run were merged: of those, each point is the most of all."
}

// stretches are the connections per second between the edges, which are
// times in seconds in rising order, as steps.
func stretches(points []metrics.Point, edges []float64) plotter.XYs {
	var out plotter.XYs
	var from metrics.Point
	for _, p := range points {
		if len(edges) == 0 {
			break
		}
		if !(p.AtSeconds >= edges[0]) || !Usable(p.AtSeconds) || p.AfterConnections <= from.AfterConnections {
			continue
		}
		rate := float64(p.AfterConnections-from.AfterConnections) / (p.AtSeconds - from.AtSeconds)
		if Usable(rate) && rate > 0 {
			out = append(out, plotter.XY{X: from.AtSeconds, Y: rate}, plotter.XY{X: p.AtSeconds, Y: rate})
		}
		from = p
		for len(edges) > 0 && edges[0] <= p.AtSeconds {
			edges = edges[1:]
		}
	}
	return out
}

// lastAt is the latest time of points in seconds.
func lastAt(points []metrics.Point) float64 {
	last := 0.0
	for _, p := range points {
		if Usable(p.AtSeconds) {
			last = max(last, p.AtSeconds)
		}
	}
	return last
}

// evenly parts the time up to end into n stretches and returns their ends.
func evenly(end float64, n int) []float64 {
	var edges []float64
	for i := 1; i <= n && end > 0; i++ {
		edges = append(edges, end*float64(i)/float64(n))
	}
	return edges
}

// timeAxis is from 0 to end, in seconds.
func timeAxis(end float64) axis {
	if end >= 1 {
		return spanAxis("time (s)", 0, end, figure.Number)
	}
	return spanAxis("time (ms)", 0, end, func(s float64) string { return figure.Number(s * 1e3) })
}

func lastX(points plotter.XYs) float64 { return points[len(points)-1].X }

func yValues(points plotter.XYs) []float64 {
	out := make([]float64, len(points))
	for i, p := range points {
		out[i] = p.Y
	}
	return out
}
