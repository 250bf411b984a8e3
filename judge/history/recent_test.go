package history

import (
	"strings"
	"testing"
	"time"

	"tcpbench/judge/metric"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// What the newest runs show is not passed over because it takes more of them to tell.
func TestNewestRuns(t *testing.T) {
	const says = "the last run is far below all before, which are 98 to 102: too few to tell whether it is a step"
	tests := []struct {
		name    string
		last    []float64
		note    string // of the last runs
		want    string
		unclear map[string]bool // by --fail-on
	}{
		{"nothing", nil, "", "", nil},
		{"one far below", []float64{80}, "", says, map[string]bool{"step": true, "any": true}},
		{"two far below", []float64{81, 79}, "", "the last 2 runs are far below",
			map[string]bool{"step": true, "any": true}},
		{"one far above, which is better", []float64{120}, "", "the last run is far above", nil},
		{"one below and one above", []float64{80, 120}, "", "", nil},
		{"one a little below all", []float64{95}, "", "", nil},
		{"three that do not count", []float64{100, 100, 100}, "interrupted",
			"of the last 3 runs, which do not count: interrupted",
			map[string]bool{"step": true, "any": true, "drift": true}},
		{"two that do not count", []float64{100, 100}, "interrupted", "", nil},
		{"copies, which are runs that count", []float64{100, 100, 100}, "a copy of a.json", "", nil},
	}
	for _, tt := range tests {
		values := make([]float64, 40)
		for i := range values {
			values[i] = 98 + float64(i*7%5)
		}
		g := groupOf(values)
		for _, v := range tt.last {
			g.Runs = append(g.Runs, Run{Value: &v, Note: tt.note, counts: tt.note == ""})
			if tt.note == "" {
				g.values, g.numbers = append(g.values, v), append(g.numbers, len(g.Runs))
			}
		}
		h := History{Metrics: []Metric{{Name: "m", Groups: []Group{g}, better: metric.Higher}}}
		h.test()
		got := h.Metrics[0].Groups[0].says(metric.Number)
		if tt.want == "" && h.Metrics[0].Groups[0].Recent != nil || !strings.Contains(got, tt.want) {
			t.Errorf("%s: says %q, want %q", tt.name, got, tt.want)
		}
		for _, kind := range []string{"step", "drift", "any"} {
			if worse, unclear := h.Judge(kind); len(worse) > 0 || (len(unclear) > 0) != tt.unclear[kind] {
				t.Errorf("%s: --fail-on %s: worse %q, unclear %q, want unclear: %t", tt.name, kind, worse, unclear,
					tt.unclear[kind])
			}
		}
	}
}

// A copy of a result is the run that it was, whatever its file says of when it began.
func TestACopyWithAnotherStartCountsOnce(t *testing.T) {
	var runs []*results.Run
	for i := range 20 {
		r := resultstest.Full()
		r.StartedAt = r.StartedAt.Add(time.Duration(i) * time.Hour)
		runs = append(runs, r)
	}
	ms := named(t, "connect_p99")
	g := New(entries(ms, runs...), ms, nil).Metrics[0].Groups[0]
	if g.Drift.Runs != 1 || !strings.HasPrefix(g.Runs[19].Note, "a copy of ") {
		t.Errorf("%s; run 20: %q, want one that counts", g.says(metric.Time), g.Runs[19].Note)
	}
}
