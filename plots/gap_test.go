package plots

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

func TestLinesBreakWhereNothingWasMeasured(t *testing.T) {
	points := plotter.XYs{{X: 0}, {X: 1}, {X: 2}, {X: 4.5}, {X: 5.4}, {X: 9}}
	tests := []struct {
		name string
		line line
		want []stretch
	}{
		{"at gaps", line{points: points, gap: 1.5}, []stretch{{0, 3}, {3, 5}, {5, 6}}},
		{"without a bound all is joined", line{points: points}, []stretch{{0, 6}}},
		{"steps that do not follow each other", line{points: points, steps: true}, []stretch{{0, 2}, {2, 4}, {4, 6}}},
		{"steps that do", line{points: plotter.XYs{{X: 0}, {X: 3}, {X: 3}, {X: 9}}, steps: true}, []stretch{{0, 4}}},
		{"no point", line{}, []stretch{{0, 0}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.line.parts(), cmp.AllowUnexported(stretch{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// sampled is a run with intervals of 0.2 s that end at these times, in seconds.
func sampled(t *testing.T, ends ...float64) *results.Run {
	t.Helper()
	r := resultstest.Minimal()
	r.Options.Interval, r.DurationS = 200e6, ends[len(ends)-1]
	for range fewIntervals {
		ends = append(ends, ends[len(ends)-1]+0.2)
	}
	for i, at := range ends {
		took := 0.2
		if i > 0 && i%7 == 0 {
			took = at - ends[i-1] // the sampler was late: all of it was counted
		}
		n := int64(100 * took)
		r.Intervals = append(r.Intervals, results.Interval{TS: at, Succeeded: n,
			ConnectionsPerSecond: float64(n) / took, PortsInUse: new(i), PortsCapacity: new(100)})
	}
	r.DurationS = ends[len(ends)-1]
	return r
}

func TestRatesAreDrawnForAsLongAsTheyWereMeasured(t *testing.T) {
	r := sampled(t, 0.2, 0.4, 0.6, 2.0, 2.2, 2.4, 2.6, 4.0)
	points := rates(r)
	l := line{points: points, steps: true}
	var got [][2]float64
	for _, p := range l.parts() {
		got = append(got, [2]float64{points[p.from].X, points[p.to-1].X})
	}
	want := [][2]float64{{0, 0.6}, {1.8, 5}}
	near := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Errorf("rates are drawn (-want +got):\n%s", diff)
	}
	ports := line{points: portSeries(r, true, func(iv results.Interval) *int { return iv.PortsInUse }), gap: gap(r)}
	if got := len(ports.parts()); got != 3 {
		t.Errorf("ports in use, which are read at an instant, are drawn in %d parts, want 3", got)
	}
}

func TestRepeatsAreABandAndTheirMedian(t *testing.T) {
	steps := func(ys ...float64) plotter.XYs {
		var out plotter.XYs
		for i, y := range ys {
			out = append(out, plotter.XY{X: float64(i), Y: y}, plotter.XY{X: float64(i + 1), Y: y})
		}
		return out
	}
	repeats := []plotter.XYs{steps(10, 20, 30), steps(12, 40), steps(11, 60, 50)}
	got := repeated(line{name: "cell", style: lineStyle(0), steps: true}, repeats, acrossSteps)
	for _, tt := range []struct {
		what      string
		got, want plotter.XYs
	}{{"median", got.points, steps(11, 40, 40)}, {"lowest", got.low, steps(10, 20, 30)},
		{"highest", got.high, steps(12, 60, 50)}} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("the %s of the repeats (-want +got):\n%s", tt.what, diff)
		}
	}
	lines := []plotter.XYs{{{X: 1, Y: 1}, {X: 2, Y: 7}}, {{X: 1, Y: 3}}, {{X: 1, Y: 2}, {X: 2, Y: 7}, {X: 3, Y: 9}}}
	want := plotter.XYs{{X: 1, Y: 2}, {X: 2, Y: 7}}
	if diff := cmp.Diff(want, acrossPoints(lines, figure.Median)); diff != "" {
		t.Errorf("acrossPoints() (-want +got):\n%s", diff)
	}
	if got := repeated(line{name: "cell"}, repeats[:1], acrossSteps); len(got.low) != 0 || len(got.points) != 6 {
		t.Errorf("of one repeat there is a band of %d points and a line of %d, want it alone", len(got.low),
			len(got.points))
	}
}

// A bar's length is its value. Where values lie far apart the axis is logarithmic,
// and there are dots.
func TestABarIsAsLongAsItsValue(t *testing.T) {
	near := bars{groups: []group{{measured: bar{value: 1000}}, {measured: bar{value: 4000}}}}
	if x := near.axis(); near.dots() || x.min != 0 {
		t.Errorf("bars of 1000 and 4000 are dots: %t, on an axis from %v; want bars from 0", near.dots(), x.min)
	}
	far := bars{groups: []group{{measured: bar{value: 1000}}, {measured: bar{value: 28232}}}}
	if !far.dots() || !far.look(false).dot || !far.look(true).dot {
		t.Error("1000 and 28232 on a logarithmic axis are bars, want dots")
	}
	p, _, _ := far.picture("x", "Caption.")
	if want := "Caption. The axis is logarithmic: each step to the right is a factor."; p.Caption != want {
		t.Errorf("the caption is %q, want %q", p.Caption, want)
	}
}
