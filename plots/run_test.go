package plots

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/metrics"
	"tcpbench/plots/plotstest"
	"tcpbench/results"
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
		{"no latency", func(r *results.Run) { r.Latency = results.Latency{} }, []string{"connections-per-second", "connect-cost", "ports"}},
		{"empty summaries are no latency", func(r *results.Run) { r.Latency = results.Latency{Connect: &metrics.Summary{}} }, []string{"connections-per-second", "connect-cost", "ports"}},
		{"no intervals: rates come from the connect cost", func(r *results.Run) { r.Intervals = nil }, []string{"connections-per-second", "latency"}},
		{"no connect cost", func(r *results.Run) { r.ConnectCost = nil }, []string{"connections-per-second", "latency", "ports"}},
		{"ports that hardly move have no cost to show", func(r *results.Run) { *r = *sweep()[4] }, []string{"connections-per-second", "latency", "ports"}},
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
