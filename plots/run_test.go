package plots

import (
	"bytes"
	stdcmp "cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/plotter"
	"tcpbench/metrics"
	"tcpbench/plots/plotstest"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// sweep is made once: tests must not change its runs, only copies.
var sweep = sync.OnceValue(plotstest.Sweep)

func names(pics []Picture) []string {
	var out []string
	for _, p := range pics {
		out = append(out, p.Name)
	}
	return out
}

func find(t *testing.T, pics []Picture, name string) Picture {
	t.Helper()
	i := slices.IndexFunc(pics, func(p Picture) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("no picture is named %q, only %q", name, names(pics))
	}
	return pics[i]
}

// forRun is ForRun where no error is expected.
func forRun(t *testing.T, r *results.Run) []Picture {
	t.Helper()
	pics, err := ForRun(r)
	if err != nil {
		t.Fatalf("ForRun() = %v, want no error", err)
	}
	return pics
}

func svgOf(t *testing.T, p Picture) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b, "svg"); err != nil {
		t.Fatalf("Write(%s, svg) = %v, want no error", p.Name, err)
	}
	return b.String()
}

func TestForRunLeavesOutWhatWasNotMeasured(t *testing.T) {
	all := []string{"connections-per-second", "latency", "connect-cost", "ports"}
	tests := []struct {
		name string
		run  func(r *results.Run) // spoils a copy of the run with the knee
		want []string
	}{
		{"everything was measured", func(*results.Run) {}, all},
		{"no latency", func(r *results.Run) { r.Latency = results.Latency{} },
			[]string{"connections-per-second", "connect-cost", "ports"}},
		{"empty summaries are no latency",
			func(r *results.Run) { r.Latency = results.Latency{Connect: &metrics.Summary{}} },
			[]string{"connections-per-second", "connect-cost", "ports"}},
		{"no intervals: rates come from the connect cost", func(r *results.Run) { r.Intervals = nil },
			[]string{"connections-per-second", "latency"}},
		{"no connect cost", func(r *results.Run) { r.ConnectCost = nil },
			[]string{"connections-per-second", "latency", "ports"}},
		{"ports that hardly move have no cost to show", func(r *results.Run) { *r = *sweep()[4] },
			[]string{"connections-per-second", "latency", "ports"}},
		{"nothing at all", func(r *results.Run) { *r = results.Run{} }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := *sweep()[0]
			tt.run(&r)
			if diff := cmp.Diff(tt.want, names(forRun(t, &r))); diff != "" {
				t.Errorf("names of ForRun() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEachKindOfRunHasItsPictures(t *testing.T) {
	tests := []struct {
		run  string
		want []string
	}{
		{"keepalive", []string{"requests-per-second", "latency-over-time", "latency", "ports"}},
		{"planned", []string{"requests-per-second", "latency-over-time", "latency", "ports"}},
		{"ramp", []string{"connections-per-second", "latency-by-rate", "latency", "ports"}},
		{"planned-exhausted", []string{"connections-per-second", "latency", "connect-cost", "ports"}},
		{"idle", []string{"held", "latency", "ports"}},
		{"proxy", []string{"requests-per-second", "latency-over-time", "latency", "ports", "hosts"}},
		{"dead", []string{"held", "latency", "dead", "ports"}},
	}
	for _, tt := range tests {
		t.Run(tt.run, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, names(forRun(t, resultstest.Real(t, tt.run)))); diff != "" {
				t.Errorf("names of ForRun() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestThePlanStandsBesideWhatWasAchieved(t *testing.T) {
	r := resultstest.Real(t, "ramp")
	got := planned(r, timeAxis(12))
	want := plotter.XYs{{X: 0, Y: 1000}, {X: 12, Y: 60000}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("planned() (-want +got):\n%s", diff)
	}
	if got := planned(resultstest.Real(t, "keepalive"), timeAxis(3)); got != nil {
		t.Errorf("planned() of a closed loop = %v, want none", got)
	}
}

// An interval is as long as the run offered load, not as it waited for the
// last answers.
func TestTheEndOfARunIsNotOffered(t *testing.T) {
	r := resultstest.Real(t, "idle")
	all, got := r.Intervals, offering(r)
	if len(got) != len(all)-1 || got[len(got)-1].TS != r.DurationS {
		t.Errorf("offering() = %d of %d intervals, want all but the last", len(got), len(all))
	}
}

func TestLatencyIsByTheRateOfARamp(t *testing.T) {
	r := resultstest.Real(t, "ramp")
	up := byLoad(r, func(iv results.Interval) *float64 { return iv.ResponseP99US })
	if len(up) != 12 || !near(up[0].X, 1000+59000*0.5/12) || up[0].Y != *r.Intervals[0].ResponseP99US {
		t.Errorf("byLoad() = %v, want 12 points, the first at the rate of 0.5 s", up)
	}
	r.Options.Rate.From, r.Options.Rate.To = r.Options.Rate.To, r.Options.Rate.From
	down := byLoad(r, func(iv results.Interval) *float64 { return iv.ResponseP99US })
	if !slices.IsSortedFunc(down, func(a, b plotter.XY) int { return stdcmp.Compare(a.X, b.X) }) ||
		down[0].Y != up[11].Y {
		t.Errorf("byLoad() of a ramp that goes down = %v, want it in rising order of the rate", down)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) }

func TestARunThatIsNotValidSaysSoInEveryPicture(t *testing.T) {
	for _, p := range forRun(t, resultstest.Real(t, "late")) {
		if svg := svgOf(t, p); !strings.Contains(svg, "in part the generator&#39;s own: response times and rates") {
			t.Errorf("%s does not say that the run is not valid", p.Name)
		}
	}
}

func TestTheDeadAddUpToTheShareThatWasFound(t *testing.T) {
	r := resultstest.Real(t, "dead")
	r.Totals.Succeeded = 3 * r.Latency.Dead.Count // found dead was one in four
	p, ok, err := deadPicture(r)
	if !ok || err != nil {
		t.Fatalf("deadPicture() = %t, %v, want a picture", ok, err)
	}
	points := p.drawing.(chart).lines[0].points
	if last := points[len(points)-1]; !near(last.Y, 25) || last.X < 4 || last.X > 4.2 {
		t.Errorf("the last point is %v, want 25 %% after 4.08 s", last)
	}
}

func TestForRunTellsOfACorruptHistogramAndDrawsTheRest(t *testing.T) {
	r := *sweep()[0]
	connect := *r.Latency.Connect
	connect.HDR = connect.HDR[:40]
	r.Latency.Connect = &connect
	pics, err := ForRun(&r)
	if err == nil || !strings.Contains(err.Error(), "latency of connect: decode histogram") {
		t.Errorf("ForRun() error = %v, want one about the histogram of connect", err)
	}
	if len(pics) != 4 {
		t.Errorf("ForRun() = %q, want all four pictures", names(pics))
	}
}

func TestRatesOfAShortRunComeFromTheConnectCost(t *testing.T) {
	short := sweep()[1] // 1000 ports, gone within one interval
	if len(short.Intervals) != 1 {
		t.Fatalf("the short run has %d intervals, want 1", len(short.Intervals))
	}
	if got := rates(short); len(got) < 20 {
		t.Errorf("rates() has %d points, want 20 at least", len(got))
	}
	svg := svgOf(t, find(t, forRun(t, short), "connections-per-second"))
	if !strings.Contains(svg, ">time (ms)<") {
		t.Error("a run of less than a second is not drawn in ms")
	}
}

func TestPortsBeginAtZero(t *testing.T) {
	got := portSeries(sweep()[0], true, func(iv results.Interval) *int { return iv.PortsInUse })
	if got[0].X != 0 || got[0].Y != 0 {
		t.Errorf("the first point is %v, want 0 ports at 0 s", got[0])
	}
}

// A program's cost is its CPU time, and its rate comes from the same points.
func TestAProgramHasPicturesOfWhatIsKnown(t *testing.T) {
	r := *sweep()[0]
	r.Program = &results.Program{CPUCost: results.CPUPoints(r.ConnectCost)}
	finding := *r.Exhaustion
	finding.Knee = finding.Knee.OfCPU()
	r.ConnectCost, r.Latency, r.Exhaustion = nil, results.Latency{}, &finding
	pics := forRun(t, &r)
	want := []string{"connections-per-second", "connect-cost", "ports"}
	if diff := cmp.Diff(want, names(pics)); diff != "" {
		t.Fatalf("pictures of a program (-want +got):\n%s", diff)
	}
	p := find(t, pics, "connect-cost")
	ch, ok := p.drawing.(chart)
	if !ok || len(ch.lines) != 1 || ch.lines[0].name != "CPU time of the program" || len(ch.marks) != 1 ||
		!strings.Contains(p.Caption, "What a connection costs the client's program") {
		t.Errorf("the cost of a program is %+v, want its CPU time alone, with the knee", p)
	}
}

func TestAListIsShortInAPicture(t *testing.T) {
	for list, want := range map[string]string{"": "", "a, b, c, d": "a, b, c, d",
		"a, b, c, d, e": "a, b, c and 2 more figures"} {
		if got := firstOf(list); got != want {
			t.Errorf("firstOf(%q) = %q, want %q", list, got, want)
		}
	}
}
