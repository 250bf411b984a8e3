package plots

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tcpbench/internal/figure"
	"tcpbench/metrics"
	"tcpbench/results"
)

// heatPicture is how latencies were distributed in each interval, as far as a result
// has the histograms of intervals.
func heatPicture(r *results.Run) (Picture, bool, error) {
	phase := r.MainPhase()
	columns, err := heatColumns(r, phase)
	if len(columns) < 2 {
		return Picture{}, false, err
	}
	h := heat{columns: columns}
	lo, hi := h.span()
	x := timeAxis(columns[len(columns)-1].to)
	ch := chart{
		heading: heading{"Latency over time, all of it", about(r)},
		x:       x,
		y:       logAxis("time of "+results.PhaseName(phase), lo, max(hi, 2*lo), figure.Micros),
		lines:   []line{h.percentile(50, 4, gap(r)), h.percentile(99, 1, gap(r))},
		marks:   timeMarks(r, x),
		under:   h,
		key: []entry{{name: fmt.Sprintf("%s to 100 %% of an interval's", figure.Percent(leastShare*100)),
			sample: heatSample, wide: heatSampleWidth}},
		notes: notes{"colour: how many of the times that ended in an interval, a column, were that long, a row; " +
			"each step is a factor"},
	}
	return Picture{
		Name:  "latency-heat",
		Title: ch.heading.title,
		Caption: "Every " + results.PhaseName(phase) + " time of the run, by when it ended: what a percentile over " +
			"the run hides, as two speeds beside each other, or a stall.",
		drawing: ch,
	}, true, err
}

// heat is a map of times: in each column how many there were of each length.
type heat struct{ columns []heatColumn }

// heatColumn is an interval, from one time to another in seconds.
type heatColumn struct {
	from, to float64
	count    int64
	rows     map[int]int64 // how many by row
	p50, p99 float64       // in microseconds
}

const (
	// heatRows are how many a factor of ten has.
	heatRows = 12
	// mostColumns is how many can be seen beside each other.
	mostColumns = 240
	// leastShare is the share of an interval's times that has the faintest colour.
	leastShare = 1e-4
)

// heatColumns are the intervals that have a histogram. Of a long run some are joined.
func heatColumns(r *results.Run, phase string) ([]heatColumn, error) {
	intervals := offering(r)
	joined := max((len(intervals)+mostColumns-1)/mostColumns, 1)
	var out []heatColumn
	var errs []error
	sum := metrics.NewHistogram()
	from, last, most := 0.0, 0.0, gap(r)
	for i, iv := range intervals {
		if !Usable(iv.TS) || iv.TS <= last {
			continue
		}
		if sum.Count() == 0 {
			from = begin(iv, last, most)
		}
		last = iv.TS
		if text := iv.HDR(phase); text != "" {
			h, err := metrics.DecodeHDR(text)
			if err != nil {
				errs = append(errs, fmt.Errorf("latencies of the interval up to %s: %w", figure.Seconds(iv.TS), err))
				continue
			}
			sum.Merge(h)
		}
		if ((i+1)%joined == 0 || i == len(intervals)-1) && sum.Count() > 0 {
			out = append(out, newHeatColumn(from, iv.TS, sum))
			sum.Reset()
		}
	}
	return out, errors.Join(errs...)
}

func newHeatColumn(from, to float64, h *metrics.Histogram) heatColumn {
	c := heatColumn{from: from, to: to, count: h.Count(), rows: map[int]int64{}}
	const middle = 1 + 0.5/128 // of a bar to two digits, which has 128 for each power of two
	for d, n := range h.All() {
		c.rows[heatRow(d.Seconds()*1e6*middle)] += n
	}
	ps := h.Percentiles([]float64{50, 99})
	c.p50, c.p99 = ps[0].Seconds()*1e6, ps[1].Seconds()*1e6
	return c
}

// heatRow is that of a time, and rowStart the time at which it begins, in microseconds.
func heatRow(us float64) int   { return int(math.Floor(heatRows * math.Log10(us))) }
func rowStart(row int) float64 { return math.Pow(10, float64(row)/heatRows) }
func heatLevel(share float64) int { // from 0 to heatLevels-1, a logarithm
	level := (1 - math.Log(share)/math.Log(leastShare)) * (heatLevels - 1)
	return int(min(max(level, 0), heatLevels-1) + 0.5)
}

// span is from the begin of the lowest row to the end of the highest.
func (h heat) span() (lo, hi float64) {
	least, most := math.MaxInt, math.MinInt
	for _, c := range h.columns {
		for row := range c.rows {
			least, most = min(least, row), max(most, row)
		}
	}
	return rowStart(least), rowStart(most + 1)
}

// percentile is the line of a percentile of each column.
func (h heat) percentile(p float64, n int, gap float64) line {
	l := line{name: fmt.Sprintf("p%v of an interval", p), style: stroke(series(n), 1.5), steps: true, gap: gap}
	if p == 99 {
		l.style.Dashes = []vg.Length{4, 1.5}
	}
	for _, c := range h.columns {
		y := c.p50
		if p == 99 {
			y = c.p99
		}
		l.points = append(l.points, plotter.XY{X: c.from, Y: y}, plotter.XY{X: c.to, Y: y})
	}
	return l
}

// Plot draws h, as [plot.Plotter].
func (h heat) Plot(c draw.Canvas, p *plot.Plot) {
	x := func(v float64) vg.Length { return c.X(p.X.Norm(v)) }
	y := func(v float64) vg.Length { return c.Y(p.Y.Norm(v)) }
	for _, column := range h.columns {
		left, right := x(column.from), x(column.to)
		for _, row := range slices.Sorted(maps.Keys(column.rows)) {
			level := heatLevel(float64(column.rows[row]) / float64(column.count))
			fillRect(c, heatInk(level), left, y(rowStart(row)), right+heatOver, y(rowStart(row+1))+heatOver)
		}
	}
}

// heatOver is by how much a cell lies over the next: an edge within a dot would be seen.
const heatOver = 0.3

func fillRect(c draw.Canvas, i ink, left, bottom, right, top vg.Length) {
	c.FillPolygon(i, []vg.Point{{X: left, Y: bottom}, {X: right, Y: bottom}, {X: right, Y: top}, {X: left, Y: top}})
}

const heatSampleWidth = 72

// heatSample is all colours beside each other.
func heatSample(c draw.Canvas) {
	step := (c.Max.X - c.Min.X) / heatLevels
	for level := range heatLevels {
		left := c.Min.X + vg.Length(level)*step
		fillRect(c, heatInk(level), left, c.Center().Y-4, min(left+step+0.3, c.Max.X), c.Center().Y+4)
	}
}
