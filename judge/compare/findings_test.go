package compare

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tcpbench/judge/metric"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// drawnRows are those of a table whose values are drawn: of one cell's repeats,
// which have some of their noise in common, as a slow minute has. The first so
// many rows really differ, by twice the spread.
func drawnRows(rng *rand.Rand, rows, repeats, different int) *Comparison {
	side := func(shift float64) []*Sample {
		out := make([]*Sample, rows)
		for i := range out {
			out[i] = &Sample{}
		}
		for range repeats {
			common := rng.NormFloat64()
			for i, s := range out {
				v := 300 + 4*common + 4*rng.NormFloat64()
				if i < different {
					v += shift
				}
				s.Values = append(s.Values, v)
			}
		}
		return out
	}
	cell := Cell{}
	base, candidate := side(0), side(2*5.7)
	for i := range base {
		base[i].summarize()
		candidate[i].summarize()
		r := Row{Metric: "connect_p50", Base: base[i], New: candidate[i], of: metric.MustFind("connect_p50")}
		r.judge()
		cell.Rows = append(cell.Rows, r)
	}
	return &Comparison{Cells: []Cell{cell}}
}

// Of tables of one setting one in twenty at most calls anything a change, though
// each row by itself does so once in twenty times. What differs is still found.
func TestFalseFindingsAreFewOverTheWholeTable(t *testing.T) {
	const rounds, rows = 400, 26
	for _, repeats := range []int{4, 10} {
		rng := rand.New(rand.NewPCG(17, uint64(repeats)))
		alone, together := 0, 0
		for range rounds {
			c := drawnRows(rng, rows, repeats, 0)
			any := func(significant func(*Row) bool) int {
				for i := range c.Cells[0].Rows {
					if significant(&c.Cells[0].Rows[i]) {
						return 1
					}
				}
				return 0
			}
			c.control()
			alone += any((*Row).SignificantAlone)
			together += any((*Row).Significant)
		}
		if together > rounds/20 {
			t.Errorf("%d repeats: %d of %d tables of one setting have a finding, want at most %d", repeats, together,
				rounds, rounds/20)
		}
		if alone < rounds/5 {
			t.Errorf("%d repeats: %d of %d tables have a row that is significant by itself: too few to test anything",
				repeats, alone, rounds)
		}
	}
}

func TestWhatDiffersIsStillFound(t *testing.T) {
	const rounds, rows, different = 100, 26, 6
	rng := rand.New(rand.NewPCG(5, 6))
	found, share := 0, 0.0
	for range rounds {
		c := drawnRows(rng, rows, 10, different)
		c.control()
		before, wrong := found, 0
		for i := range c.Cells[0].Rows {
			switch r := &c.Cells[0].Rows[i]; {
			case r.Significant() && i < different:
				found++
			case r.Significant():
				wrong++
			}
		}
		share += float64(wrong) / float64(max(found-before+wrong, 1))
	}
	if found < rounds*different*9/10 || share/rounds > 0.05 {
		t.Errorf("%d of %d changes are found, and %.1f %% of findings are false: want nine in ten, and at most 5 %%",
			found, rounds*different, 100*share/rounds)
	}
}

func TestAFindingByChanceIsNamed(t *testing.T) {
	c := drawnRows(rand.New(rand.NewPCG(1, 1)), 20, 6, 0)
	for i := range c.Cells[0].Rows {
		c.Cells[0].Rows[i].P, c.Cells[0].Rows[i].Verdict = new(0.4), Same
	}
	r := &c.Cells[0].Rows[7]
	r.P, r.Verdict, r.alone = new(0.02), Worse, Worse
	c.control()
	want := "p <= 0.05 in 1 of 20 rows may be chance, as one row in 20 has it when nothing changed: measure more often"
	if r.answer() != "~ (perhaps chance)" || !r.SignificantAlone() || len(c.Notes) != 1 || c.Notes[0] != want {
		t.Errorf("row %s, notes %q, want it to be ~ and %q", r.answer(), c.Notes, want)
	}
}

// What the kernel decides is not drawn: 1000 ports are 1000 connections each time.
func TestWhatDoesNotVaryIsNotByChance(t *testing.T) {
	more := resultstest.Each(resultstest.Each(repeats(4, 9000, time.Millisecond), ranOut),
		func(r *results.Run) {
			r.Exhaustion.AfterConnections = new(int64(3000))
			r.Environment.Sysctls["net.ipv4.ip_local_port_range"] = "30000 32999"
		})
	c := mustCompare(t, resultstest.Each(repeats(4, 9000, time.Millisecond), ranOut), more, Options{})
	if r := c.Cells[0].Row("after_connections"); r.Verdict != Improved {
		t.Errorf("after_connections = %s %s, want it better", r.Brief(), r.Verdict)
	}
}

func TestRowsThatSayTheSameAreShownOnce(t *testing.T) {
	const note = "not shown, as the values are the same: requests_per_second as connections_per_second"
	requests := metric.MustFind("requests_per_second")
	more := func(r *results.Run) { r.Rates.RequestsPerSecond *= 1.002 }
	tests := []struct {
		name  string
		after func(*results.Run)
		o     Options
		shown bool
	}{
		{"one request a connection", func(*results.Run) {}, Options{}, false},
		{"more requests on one side", more, Options{}, true},
		{"one that was asked for", func(*results.Run) {}, Options{Metrics: []metric.Metric{requests}}, true},
	}
	for _, tt := range tests {
		c := mustCompare(t, repeats(6, 800, time.Millisecond),
			resultstest.Each(repeats(6, 900, time.Millisecond), tt.after), tt.o)
		row, said := c.Cells[0].Row(requests.Name), strings.Contains(strings.Join(c.Notes, "; "), note)
		if (row != nil) != tt.shown || said == tt.shown {
			t.Errorf("%s: row %v, notes %q, want it shown: %t", tt.name, row, c.Notes, tt.shown)
		}
	}
}

func TestBlocksAreNamed(t *testing.T) {
	at := func(minutes ...int) []*results.Run {
		runs := repeats(len(minutes), 700, time.Millisecond)
		for i, m := range minutes {
			runs[i].StartedAt = time.Date(2026, 2, 3, 4, m, 0, 0, time.UTC)
		}
		return runs
	}
	tests := []struct {
		name            string
		base, candidate []*results.Run
		want            bool
	}{
		{"one after the other", at(1, 2, 3, 4), at(5, 6, 7, 8), true},
		{"the other first", at(15, 16, 17, 18), at(1, 2, 3, 4), true},
		{"A B B A", at(1, 4, 5, 8), at(2, 3, 6, 7), false},
		{"too few for a claim", at(1, 2, 3), at(4, 5, 6), false},
		{"nobody knows when", repeats(4, 700, time.Millisecond), at(5, 6, 7, 8), false},
	}
	for _, tt := range tests {
		c := mustCompare(t, tt.base, tt.candidate, Options{})
		if got := strings.Contains(strings.Join(c.Notes, "; "), "measure in turn, A B B A"); got != tt.want {
			t.Errorf("%s: notes %q, want blocks: %t", tt.name, c.Notes, tt.want)
		}
	}
}
