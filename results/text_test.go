package results_test

import (
	"bytes"
	"errors"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

func TestTextIsAsItWas(t *testing.T) {
	nothing := minimalRun()
	nothing.Targets, nothing.Environment = fullRun().Targets, fullRun().Environment
	tests := []struct {
		name, file string
		run        *results.Run
		width      int
	}{
		{"out of ports, with everything measured", "exhausted.txt", fullRun(), 100},
		{"the same on a narrow terminal", "narrow.txt", fullRun(), 40},
		{"sustained", "sustained.txt", sustainedRun(), 100},
		{"nothing measured", "nothing.txt", nothing, 100},
		{"packets, and a link with rules", "packets.txt", capturedRun(t), 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := results.WriteText(&b, tt.run, tt.width); err != nil {
				t.Fatalf("WriteText() = %v, want no error", err)
			}
			golden(t, "testdata/"+tt.file, b.Bytes())
		})
	}
}

// Each kind of run, with what it was when it took place.
func TestTextOfRealRunsIsAsItWas(t *testing.T) {
	for _, name := range resultstest.Names() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := results.WriteText(&b, resultstest.Real(t, name), 100); err != nil {
				t.Fatalf("WriteText() = %v, want no error", err)
			}
			golden(t, "testdata/"+name+".txt", b.Bytes())
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
			if err := results.WriteTable(&b, runs, 200); err != nil {
				t.Fatalf("WriteTable() = %v, want no error", err)
			}
			golden(t, "testdata/"+tt.file, b.Bytes())
		})
	}
}

func TestRealRunsAreByTheSchema(t *testing.T) {
	for _, name := range resultstest.Names() {
		resultstest.Validate(t, encode(t, resultstest.Real(t, name)))
	}
}

func TestTableIsAsItWas(t *testing.T) {
	undecided := minimalRun()
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
			if err := results.WriteTable(&b, []*results.Run{fullRun(), sustainedRun(), undecided}, tt.width); err != nil {
				t.Fatalf("WriteTable() = %v, want no error", err)
			}
			golden(t, "testdata/"+tt.file, b.Bytes())
		})
	}
}

// The rate over a run that waited for its recovery is no longer the one that
// ran out of ports.
func TestTablePredictsForTheRateUpToTheExhaustion(t *testing.T) {
	r := fullRun()
	r.DurationS, r.Rates.ConnectionsPerSecond = 63, 15.8 // below the 16.7/s that these ports sustain
	var b bytes.Buffer
	if err := results.WriteTable(&b, []*results.Run{r}, 200); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/recovered.txt", b.Bytes())
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
		if err := results.WriteText(&full{room}, fullRun(), 100); err == nil {
			t.Errorf("WriteText(room for %d bytes) = nil, want an error", room)
		}
	}
	if err := results.WriteTable(&full{0}, []*results.Run{fullRun()}, 100); err == nil {
		t.Error("WriteTable(no room) = nil, want an error")
	}
	if err := results.Encode(&full{0}, fullRun()); err == nil {
		t.Error("Encode(no room) = nil, want an error")
	}
}
