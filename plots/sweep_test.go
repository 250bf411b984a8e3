package plots

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

func forSweep(t *testing.T, runs []*results.Run) []Picture {
	t.Helper()
	pics, err := ForSweep(runs)
	if err != nil {
		t.Fatalf("ForSweep() = %v, want no error", err)
	}
	return pics
}

func TestForSweepLeavesOutWhatShowsNothing(t *testing.T) {
	sustained := *sweep()[4]
	var many []*results.Run
	for i := range maxPanels + 1 {
		r := *sweep()[1]
		r.Cell = map[string]string{"n": fmt.Sprint(i)}
		many = append(many, &r)
	}
	tests := []struct {
		name string
		runs []*results.Run
		want []string
	}{
		{"the built-in scenario", sweep(),
			[]string{"sweep-connections-until-exhaustion", "sweep-connections-per-second", "sweep-rate-over-time",
				"sweep-connect-latency"}},
		{"more cells than can be looked through", many,
			[]string{"sweep-connections-until-exhaustion", "sweep-connections-per-second"}},
		{"nothing ran out and nothing was predicted to", []*results.Run{&sustained},
			[]string{"sweep-connections-per-second"}},
		{"runs without a measurement", []*results.Run{{}, {}}, nil},
		{"no run", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, names(forSweep(t, tt.runs))); diff != "" {
				t.Errorf("names of ForSweep() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSustainedCellsHaveNoBar(t *testing.T) {
	svg := svgOf(t, find(t, forSweep(t, sweep()), "sweep-connections-until-exhaustion"))
	for text, want := range map[string]int{">sustained<": 5, ">28232<": 2, ">1000<": 4, ">no limit<": 5} {
		if got := strings.Count(svg, text); got != want {
			t.Errorf("the picture has %q %d times, want %d", text, got, want)
		}
	}
}

func TestRepeatsOfACellAreOne(t *testing.T) {
	first, second, third := *sweep()[0], *sweep()[0], *sweep()[0]
	first.Rates.ConnectionsPerSecond = 1000
	second.Rates.ConnectionsPerSecond = 3000
	third.Rates.ConnectionsPerSecond = 1200
	third.Exhaustion = &exhaustion.Finding{Outcome: exhaustion.Undecided}
	cells := cellsOf([]*results.Run{&first, sweep()[1], &second, &third})
	if len(cells) != 2 || len(cells[0].runs) != 3 {
		t.Fatalf("cellsOf() = %d cells, the first of %d runs; want 2 and 3", len(cells), len(cells[0].runs))
	}
	if got := cells[0].median(func(r *results.Run) float64 { return r.Rates.ConnectionsPerSecond }); got != 1200 {
		t.Errorf("median rate = %v, want 1200", got)
	}
	if got, want := exhaustionBar(cells[0]).text, "28232 (2 of 3 runs)"; got != want {
		t.Errorf("text of the bar = %q, want %q", got, want)
	}
}

func TestCellsAreComparedInWhatTheyHaveInCommon(t *testing.T) {
	tests := []struct {
		name string
		runs []string
		want []string
	}{
		{"requests", []string{"keepalive", "planned"},
			[]string{"sweep-connections-until-exhaustion", "sweep-requests-per-second", "sweep-rate-over-time",
				"sweep-request-latency"}},
		{"requests, on one connection or many", []string{"planned", "ramp"},
			[]string{"sweep-requests-per-second", "sweep-rate-over-time", "sweep-request-latency"}},
		{"connections", []string{"ramp", "late"}, []string{"sweep-connections-per-second", "sweep-rate-over-time",
			"sweep-connect-latency"}},
		{"connections that carry nothing beside others", []string{"planned", "idle"},
			[]string{"sweep-connections-per-second", "sweep-rate-over-time", "sweep-connect-latency"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var runs []*results.Run
			for _, name := range tt.runs {
				r := resultstest.Real(t, name)
				r.Cell = map[string]string{"kind": name}
				runs = append(runs, r)
			}
			if diff := cmp.Diff(tt.want, names(forSweep(t, runs))); diff != "" {
				t.Errorf("names of ForSweep() (-want +got):\n%s", diff)
			}
		})
	}
}
