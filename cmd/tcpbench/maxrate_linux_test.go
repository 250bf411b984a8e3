package main

import (
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// searched runs a search and returns its exit status, its result and output. A
// machine that stalls makes the generator late, which a search forgives twice at a
// rate: one that gives up for it fails.
func searched(t *testing.T, args ...string) (status int, r *results.Run, stdout, stderr string) {
	t.Helper()
	if testing.Short() {
		t.Skip("timed; the full suite runs it")
	}
	output := t.TempDir() + "/r.json"
	args = append([]string{"run", "--find-max-rate", "-c=200", "-o", output}, args...)
	status, stdout, stderr = command(args...)
	r, err := results.Read(output)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if r.Search.Ended == results.SearchGenerator {
		t.Fatalf("the generator was the limit: %s\n%s", r.Search.Sentence, stdout)
	}
	return status, r, stdout, stderr
}

// The kernel says what the answer is: 1000 ports, each held for longer than a
// trial of 2 s, are 500 connections per second. The rates that are tried are
// 400, 800, 566, 476, 519 and 497.
func TestTheHighestRateIsTheKernels(t *testing.T) {
	status, r, stdout, stderr := searched(t, narrow, "-z=2s", "--min-rate=400", "--confirm=1", "--format=json")
	if status != 0 {
		t.Fatalf("exit status %d, want 0\n%s", status, stderr)
	}
	if printed, err := results.Decode([]byte(stdout)); err != nil || printed.Search.Sentence != r.Search.Sentence {
		t.Errorf("stdout is not the result and nothing else: %v", err)
	}
	s := r.Search
	if s.HoldsRate < 475 || s.HoldsRate > 500 || s.FailsRate <= 500 || s.FailsRate > 525 ||
		s.Ended != results.SearchFound {
		t.Errorf("search = %+v, want that a rate of 475 to 500 holds and one of 500 to 525 fails", s)
	}
	for _, trial := range s.Trials {
		if trial.Holds != (trial.Rate <= 500) && !trial.GeneratorLate {
			t.Errorf("trial at %v/s: holds = %v, %v", trial.Rate, trial.Holds, trial.Broken)
		}
	}
	if r.Totals.Failed != 0 || r.Options.Rate.From != s.HoldsRate {
		t.Errorf("the result is of %v/s with %d failures, want %v/s without", r.Options.Rate,
			r.Totals.Failed, s.HoldsRate)
	}
	for _, want := range []string{"/s holds for good. For 2 s: ", "errors<0.1% is broken: ",
		"It holds for 2 s, but ports run out after 2.01 s at this rate (1000 ports / 60 s = 16.6/s; "} {
		if !strings.Contains(s.Sentence, want) {
			t.Errorf("sentence = %q, want %q in it", s.Sentence, want)
		}
	}
	checkCounts(t, r)
}

// Each trial has a lab of its own: none inherits the ports of the one before.
func TestASearchUpToARateThatHolds(t *testing.T) {
	status, r, stdout, stderr := searched(t, narrow, "--slo=connect_p99<1s,errors<0.1%", "-z=500ms", "--min-rate=500",
		"--max-rate=1k", "--confirm=2")
	if status != 0 {
		t.Fatalf("exit status %d, want 0\n%s", status, stderr)
	}
	s := r.Search
	if s.HoldsRate != 1000 || s.FailsRate != 0 || !s.Sure || s.Ended != results.SearchMax ||
		s.SLO != "connect_p99<1s,errors<0.1%" {
		t.Errorf("search = %+v, want that 1000/s holds, for sure", s)
	}
	const want = "/s holds for good. For 500 ms: no failure up to 1000/s, which held in "
	if shown := strings.Join(strings.Fields(stdout), " "); !strings.Contains(s.Sentence, want) ||
		!strings.Contains(shown, s.Sentence) {
		t.Errorf("sentence = %q, stdout:\n%s", s.Sentence, stdout)
	}
	held := 0
	for _, trial := range s.Trials {
		if trial.Holds {
			held++
		}
	}
	if held < 3 || strings.Count(stdout, "%  holds\n") != held || strings.Count(stderr, ": holds\n") != held {
		t.Errorf("%d trials held, want 3 or more, and as many told of on stdout:\n%s\nand on stderr:\n%s", held,
			stdout, stderr)
	}
	var b strings.Builder
	if err := results.Encode(&b, r); err != nil {
		t.Fatal(err)
	}
	resultstest.Validate(t, []byte(b.String()))
}

// With no server behind it, not even the lowest rate holds.
func TestASearchThatFindsNothing(t *testing.T) {
	status, r, _, stderr := searched(t, "-z=200ms", "--min-rate=50", "--confirm=1", "127.0.0.1:1")
	want := "the search failed: the lowest rate tried, 50/s, already fails: in 1 of 1 trials. At 50/s, " +
		"errors<0.1% is broken: 100%"
	if status != 1 || !strings.Contains(stderr, want) {
		t.Errorf("exit status %d, want 1 and %q; stderr:\n%s", status, want, stderr)
	}
	if r.Search.Ended != results.SearchMin || r.Options.Rate.From != 50 {
		t.Errorf("the search ended %q, with a result of %v/s, want min, and 50", r.Search.Ended, r.Options.Rate)
	}
}
