package plots

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/metrics"
	"tcpbench/results"
)

// distribution is one line of a picture of latencies, of all repeats.
type distribution struct {
	name      string
	summaries []*metrics.Summary
}

func single(name string, s *metrics.Summary) distribution {
	return distribution{name, []*metrics.Summary{s}}
}

// latencyPicture is the percentiles of each phase.
func latencyPicture(r *results.Run) (Picture, bool, error) {
	ch, err := percentiles(heading{"Latency by percentile", about(r)}, phases(r.Latency))
	if len(ch.lines) == 0 {
		return Picture{}, false, err
	}
	return Picture{
		Name:    "latency",
		Title:   ch.heading.title,
		Caption: latencyCaption(r.Latency),
		drawing: ch,
	}, true, err
}

// phases are the lines of a picture of latencies. In an open loop the time
// from the planned start comes first: it is the one that a user sees.
func phases(l results.Latency) []distribution {
	if l.Response == nil {
		return []distribution{single("connect", l.Connect), single("first byte", l.FirstByte),
			single("whole answer", l.Request), single("close", l.Close)}
	}
	return []distribution{
		single("response, from the planned start", l.Response), single("service, from connect(2)", l.Service),
		single("whole answer", l.Request),
		single("first byte", l.FirstByte), single("connect", l.Connect), single("close", l.Close),
	}
}

func latencyCaption(l results.Latency) string {
	s := "How many percent were at least as fast. Each step to the right on the axis is ten times rarer."
	if l.Response != nil {
		s += " The response time counts from the planned start, so the time that a start waited for its turn " +
			"is in it and in no other line."
	}
	return s
}

// percentiles draws distributions over a log-probability axis. What cannot be
// decoded is left out and named in the error.
func percentiles(h heading, ds []distribution) (chart, error) {
	var lines []line
	var values []float64
	var errs []error
	end := 1.0 // 90 %
	for i, d := range ds {
		var repeats []plotter.XYs
		for _, s := range d.summaries {
			points, err := quantiles(s)
			if err != nil {
				errs = append(errs, fmt.Errorf("latency of %s: %w", d.name, err))
			}
			if len(points) > 0 {
				repeats = append(repeats, points)
				end = max(end, lastX(points))
				values = append(values, yValues(points)...)
			}
		}
		if len(repeats) > 0 {
			lines = append(lines, repeated(line{name: d.name, style: lineStyle(i)}, repeats, acrossPoints))
		}
	}
	return chart{
		heading: h,
		x:       percentileAxis(end),
		y:       valueAxis("latency", values, figure.Micros),
		lines:   lines,
	}, errors.Join(errs...)
}

// lastPower ends the axis at 99.99999 %, where its labels begin to meet.
const lastPower = 7

// quantiles are the latencies of s in microseconds over -log10(1-p), up to
// the last percentile that its count can tell from the maximum.
func quantiles(s *metrics.Summary) (plotter.XYs, error) {
	if s == nil || s.Count <= 0 {
		return nil, nil
	}
	if s.HDR == "" {
		return knownQuantiles(s), nil
	}
	h, err := s.Histogram()
	if err != nil {
		return knownQuantiles(s), err
	}
	n := int(PercentileSteps*min(math.Log10(float64(max(s.Count, 2))), lastPower)) + 1
	xs, ps := make([]float64, n+1), make([]float64, n+1)
	for i := range xs {
		xs[i] = float64(i) / PercentileSteps
		ps[i] = 100 * (1 - math.Pow(10, -xs[i]))
	}
	var out plotter.XYs
	for i, d := range h.Percentiles(ps) {
		if d > 0 {
			out = append(out, plotter.XY{X: xs[i], Y: d.Seconds() * 1e6})
		}
	}
	return out, nil
}

// evenQuantiles are the times in seconds that 1 to 100 percent of the values do
// not exceed.
func evenQuantiles(s *metrics.Summary) ([]float64, error) {
	h, err := s.Histogram()
	if err != nil {
		return nil, err
	}
	ps := make([]float64, 100)
	for i := range ps {
		ps[i] = float64(i + 1)
	}
	var out []float64
	for _, d := range h.Percentiles(ps) {
		out = append(out, d.Seconds())
	}
	return out, nil
}

// knownQuantiles are the few that a summary tells without its histogram.
func knownQuantiles(s *metrics.Summary) plotter.XYs {
	var out plotter.XYs
	for _, q := range []plotter.XY{{X: tail(50), Y: s.P50US}, {X: 1, Y: s.P90US}, {X: 2, Y: s.P99US},
		{X: 3, Y: s.P999US}} {
		enough := q.X <= math.Log10(float64(s.Count))+1e-9
		if enough && q.Y > 0 && Usable(q.Y) {
			out = append(out, q)
		}
	}
	return out
}

// tail is the place of a percentile on a log-probability axis.
func tail(percentile float64) float64 { return -math.Log10(1 - percentile/100) }

// percentileAxis is a log-probability axis from 0 %.
func percentileAxis(end float64) axis {
	ticks := []plot.Tick{{Value: 0, Label: "0 %"}, {Value: tail(50), Label: "50 %"}}
	label := "90 %"
	for x := 1; float64(x) <= end; x++ {
		ticks = append(ticks, plot.Tick{Value: float64(x), Label: label})
		switch x {
		case 1:
			label = "99 %"
		case 2:
			label = "99.9 %"
		default:
			label = "99.9" + label[len("99."):]
		}
	}
	return axis{label: "percentile", min: 0, max: end, ticks: ticks, scale: plot.LinearScale{}}
}
