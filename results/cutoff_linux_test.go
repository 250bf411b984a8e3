package results_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// What a run had that has no result is what its intervals add up to, and nothing
// that only the end shows.
func TestAJournalIsReadAsARunWithoutAnEnd(t *testing.T) {
	path := results.JournalPath(filepath.Join(t.TempDir(), "run.json"))
	w := scenario.DefaultWorkload()
	w.Concurrency = 77
	j, err := results.OpenJournal(path, results.JournalHead{Cell: map[string]string{"linger": "off"}, Options: &w})
	if err != nil {
		t.Fatal(err)
	}
	j.Add(results.Interval{TS: 0.5, Attempted: 12, Obtained: 11, Succeeded: 10, Failed: 1, RequestsPerSecond: 20})
	j.Add(results.Interval{TS: 2, Attempted: 100, Obtained: 100, Succeeded: 80, Failed: 2, RequestsPerSecond: 60})
	read := func() *results.Run {
		t.Helper()
		set, err := results.Load(path)
		if err != nil {
			t.Fatalf("Load(a journal) = %v, want no error", err)
		}
		return set.Runs[0]
	}
	r := read()
	if by := r.CutOff.By; by == nil || by.PID != os.Getpid() ||
		!strings.HasPrefix(r.Verdict.Headline, "Not over: process ") {
		t.Errorf("of a run that goes on: CutOff.By = %v, headline %q, want this process", by, r.Verdict.Headline)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	r = read()
	const want = "Cut off: the run ended without a result; up to its last interval, at 2 s, 112 connections: " +
		"90 succeeded, 3 failed."
	if r.CutOff.By != nil || r.Verdict.Headline != want {
		t.Errorf("of a run that ended: CutOff.By = %v, headline %q, want nobody and %q", r.CutOff.By,
			r.Verdict.Headline, want)
	}
	if c := r.Totals.Counts; c.Attempted != 112 || c.Obtained != 111 || c.Requests != 100 || r.DurationS != 2 ||
		r.Rates.ConnectionsPerSecond != 45 {
		t.Errorf("totals = %+v in %v s at %v/s, want 112, 111 and 100 requests, in 2 s at 45/s", c, r.DurationS,
			r.Rates.ConnectionsPerSecond)
	}
	if r.Options.Concurrency != 77 || r.Cell["linger"] != "off" || !r.Interrupted {
		t.Errorf("options, cell, interrupted = %d, %v, %t, want those of the run", r.Options.Concurrency, r.Cell,
			r.Interrupted)
	}
	if r.Exhaustion != nil || r.Latency.Connect != nil || r.Prediction.Ports != 0 || r.Verdict.Remedies != nil {
		t.Errorf("a journal has %+v, which only the end of a run shows", r)
	}
}

// Journals of earlier versions say nothing of the options; what is no journal is
// read as a result, and a journal without an interval has nothing to show.
func TestReadEither(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"an earlier version's", `{"schema":"tcpbench.journal/v1"}` + "\n" + `{"t_s":1,"succeeded":3}` + "\n", ""},
		{"a line that is cut", `{"schema":"tcpbench.journal/v1"}` + "\n" + `{"t_s":1}` + "\n" + `{"t_s":2,"suc`, ""},
		{"nothing yet", `{"schema":"tcpbench.journal/v1"}` + "\n", "before its first interval"},
		{"numbers that no run has", `{"schema":"tcpbench.journal/v1"}` + "\n" + `{"t_s":1,"succeeded":-3}` + "\n",
			"which no run has"},
		{"a result", string(encode(t, resultstest.Full())), ""},
		{"a journal of a later version", `{"schema":"tcpbench.journal/v2"}` + "\n", "unknown schema"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := results.ReadEither(path)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ReadEither = %v, want %q", err, tt.want)
			}
		})
	}
}
