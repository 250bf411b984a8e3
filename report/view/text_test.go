package view_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"tcpbench/internal/goldentest"
	"tcpbench/internal/prose"
	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

func TestTextIsAsItWas(t *testing.T) {
	nothing := resultstest.Minimal()
	nothing.Targets, nothing.Environment = resultstest.Full().Targets, resultstest.Full().Environment
	tests := []struct {
		name, file string
		run        *results.Run
		width      int
	}{
		{"out of ports, with everything measured", "exhausted.txt", resultstest.Full(), 100},
		{"the same on a narrow terminal", "narrow.txt", resultstest.Full(), 40},
		{"sustained", "sustained.txt", resultstest.Sustained(), 100},
		{"nothing measured", "nothing.txt", nothing, 100},
		{"packets, and a link with rules", "packets.txt", resultstest.Captured(t), 100},
		{"several threads", "threads.txt", resultstest.Threaded(), 100},
		{"a program of the user's", "program.txt", resultstest.Program(), 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := view.WriteText(&b, tt.run, tt.width); err != nil {
				t.Fatalf("WriteText() = %v, want no error", err)
			}
			goldentest.Equal(t, "testdata/"+tt.file, b.Bytes())
		})
	}
}

// Of threads that carry many requests these are counted, and of one nothing is said that
// the totals do not say.
func TestTextOfThreads(t *testing.T) {
	r := resultstest.Threaded()
	r.Options.Mode = scenario.ModeKeepalive
	text := func() string {
		var b bytes.Buffer
		if err := view.WriteText(&b, r, 100); err != nil {
			t.Fatalf("WriteText() = %v, want no error", err)
		}
		return b.String()
	}
	if got := text(); !strings.Contains(got, "requests  a second") || !strings.Contains(got, "2990      1196") {
		t.Errorf("of requests it says\n%s\nwant 2990, and 1196 a second", got)
	}
	r.Threads = r.Threads[:1]
	if got := text(); strings.Contains(got, "Threads") {
		t.Errorf("of one thread it says\n%s", got)
	}
}

// A plan of which every start took place says so where its answers did not keep up.
func TestAnswersThatFellBehindAreTold(t *testing.T) {
	const want = "answers fell behind: 42.6 answers for each 100 starts, and each second 1.35 s longer"
	r := resultstest.Real(t, "planned")
	text := func() string {
		var b bytes.Buffer
		if err := view.WriteText(&b, r, 100); err != nil {
			t.Fatalf("WriteText() = %v, want no error", err)
		}
		return b.String()
	}
	if got := text(); strings.Contains(got, "fell behind") {
		t.Errorf("of answers that kept up it says\n%s", got)
	}
	r.Lateness.Behind = 1.35
	if got := text(); !strings.Contains(got, want) {
		t.Errorf("it does not say %q:\n%s", want, got)
	}
}

// Each kind of run, with what it was when it took place.
func TestTextOfRealRunsIsAsItWas(t *testing.T) {
	for _, name := range resultstest.Names() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := view.WriteText(&b, resultstest.Real(t, name), 100); err != nil {
				t.Fatalf("WriteText() = %v, want no error", err)
			}
			goldentest.Equal(t, "testdata/"+name+".txt", b.Bytes())
		})
	}
}

func TestTablesOfRealRunsHaveTheColumnsOfTheirKind(t *testing.T) {
	tests := []struct {
		name, file string
		runs       []string
	}{
		{"requests", "table-requests.txt", []string{"keepalive", "planned"}},
		{"planned rates", "table-planned.txt", []string{"ramp", "late", "planned-exhausted"}},
		{"of every kind", "table-mixed.txt", resultstest.Names()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var runs []*results.Run
			for _, name := range tt.runs {
				runs = append(runs, resultstest.Real(t, name))
			}
			var b bytes.Buffer
			if err := view.WriteTable(&b, runs, 200); err != nil {
				t.Fatalf("WriteTable() = %v, want no error", err)
			}
			goldentest.Equal(t, "testdata/"+tt.file, b.Bytes())
		})
	}
}

func TestTableIsAsItWas(t *testing.T) {
	undecided := resultstest.Minimal()
	undecided.Cell = map[string]string{"sysctl.net.ipv4.tcp_tw_reuse": "1"}
	tests := []struct {
		name, file string
		width      int
	}{
		{"room for every column", "table.txt", 200},
		{"a narrow terminal has the columns that matter most", "table-narrow.txt", 80},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			runs := []*results.Run{resultstest.Full(), resultstest.Sustained(), undecided}
			if err := view.WriteTable(&b, runs, tt.width); err != nil {
				t.Fatalf("WriteTable() = %v, want no error", err)
			}
			goldentest.Equal(t, "testdata/"+tt.file, b.Bytes())
		})
	}
}

// The rate over a run that waited for its recovery is no longer the one that
// ran out of ports.
func TestTablePredictsForTheRateUpToTheExhaustion(t *testing.T) {
	r := resultstest.Full()
	r.DurationS, r.Rates.ConnectionsPerSecond = 63, 15.8 // below the 16.7/s that these ports sustain
	var b bytes.Buffer
	if err := view.WriteTable(&b, []*results.Run{r}, 200); err != nil {
		t.Fatal(err)
	}
	goldentest.Equal(t, "testdata/recovered.txt", b.Bytes())
}

// The page predicts for that rate too.
func TestMatrixPredictsForTheRateUpToTheExhaustion(t *testing.T) {
	r := resultstest.Full()
	r.DurationS, r.Rates.ConnectionsPerSecond = 63, 15.8
	m := view.Matrix([]*results.Run{r, resultstest.Sustained()})
	at := slices.IndexFunc(m.Head, func(c prose.Column) bool { return c.Name == "predicted" })
	if got := m.Rows[0][at].Text; got != "1000" {
		t.Errorf("predicted = %q, want 1000", got)
	}
}

// full refuses to take more than n bytes.
type full struct{ n int }

func (w *full) Write(p []byte) (int, error) {
	if w.n -= len(p); w.n < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestWritersTellWhatCouldNotBeWritten(t *testing.T) {
	for _, room := range []int{0, 300, 1000} {
		if err := view.WriteText(&full{room}, resultstest.Full(), 100); err == nil {
			t.Errorf("WriteText(room for %d bytes) = nil, want an error", room)
		}
	}
	if err := view.WriteTable(&full{0}, []*results.Run{resultstest.Full()}, 100); err == nil {
		t.Error("WriteTable(no room) = nil, want an error")
	}
}

// What was not measured of a server is not told, and what it only looked for is apart.
func TestWhatTheServerCostIsShown(t *testing.T) {
	tests := []struct {
		name       string
		cost       *results.ServerCost
		text, rows []string
	}{
		{"all of it", &results.ServerCost{CPUUserS: 0.03, CPUSystemS: 0.09, SpunS: new(0.04), BusyShare: new(0.32)},
			[]string{"Server CPU  30 ms user, 90 ms system, 40 ms of it to look", "worked 32 % of the time"},
			[]string{"30 ms", "90 ms", "40 ms", "32 %"}},
		{"one that slept", &results.ServerCost{CPUUserS: 0.03, CPUSystemS: 0.09, SpunS: new(0.0), BusyShare: new(0.32)},
			[]string{"Server CPU  30 ms user, 90 ms system; its busiest thread worked 32 % of the time"},
			[]string{"30 ms", "90 ms", "0 s", "32 %"}},
		{"https", &results.ServerCost{CPUUserS: 0.03, CPUSystemS: 0.09},
			[]string{"Server CPU  30 ms user, 90 ms system\n"},
			[]string{"30 ms", "90 ms"}},
		{"another server", nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := resultstest.Full()
			r.Server = tt.cost
			var b bytes.Buffer
			if err := view.WriteText(&b, r, 200); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.text {
				if !strings.Contains(b.String(), want) {
					t.Errorf("the text has not %q:\n%s", want, b.String())
				}
			}
			if got := strings.Contains(b.String(), "Server CPU"); got != (tt.cost != nil) {
				t.Errorf("the text has a line on the server's CPU: %t, want %t", got, !got)
			}
			var rows []string
			for _, row := range view.Tables(r)[0].Rows {
				if what := row[0].Text; strings.Contains(what, "server") || strings.HasPrefix(what, "of it") {
					rows = append(rows, row[1].Text)
				}
			}
			if !slices.Equal(rows, tt.rows) {
				t.Errorf("rows = %q, want %q", rows, tt.rows)
			}
		})
	}
}
