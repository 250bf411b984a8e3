package search

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newSearch(t testing.TB, o Options) *Search {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answer makes the trials of a script such as "100H 200F": rates in the order
// in which they are asked for, that hold or fail.
func answer(t *testing.T, s *Search, script string) {
	t.Helper()
	for i, step := range strings.Fields(script) {
		rate, done := s.Next()
		if want := step[:len(step)-1]; fmt.Sprint(rate) != want || done {
			t.Fatalf("trial %d of %s: Next() = %v, done %t, want %s", i+1, script, rate, done, want)
		}
		s.Observe(rate, strings.HasSuffix(step, "H"))
	}
}

func TestSearch(t *testing.T) {
	wide := Options{Start: 100, Precision: 0.5}
	bounded := Options{Start: 100, Max: 300, Precision: 0.5}
	tests := []struct {
		name    string
		options Options
		script  string
		want    string
		sure    bool
	}{
		{
			"it doubles, narrows, then confirms both ends in turn", wide,
			"100H 200H 400F 280H 280H 400F 280H 400F",
			"280/s held in 3 of 3 trials; 400/s failed in 3 of 3: the limit is between", true,
		},
		{
			"narrowing may lower the end that fails", wide,
			"100H 200H 400F 280F 200H 280F 200H 280F",
			"200/s held in 3 of 3 trials; 280/s failed in 3 of 3: the limit is between", true,
		},
		{
			"a narrow bracket takes more trials", Options{Start: 100, Confirm: 1},
			"100H 200F 141H 168F 154F 147H",
			"147/s held in 1 of 1 trials; 154/s failed in 1 of 1: the limit is between", true,
		},
		{
			"a candidate that fails in confirmation moves the bracket down", wide,
			"100H 200H 400F 280H 280F 200H 200H 280F 280F",
			"200/s held in 3 of 3 trials; 280/s failed in 3 of 4: the limit is between", true,
		},
		{
			"a candidate that fails is not forgiven for holding again", wide,
			"100H 200H 400F 280H 280F 200H 200H 280H 280H 280H 280H",
			"not sure: 200/s held in 3 of 3 trials; 280/s failed in 1 of 6", false,
		},
		{
			"a first failure is forgiven when the rate then holds every time", wide,
			"100H 200F 140H 140H 200H 140H 200H 200H 400F 280F 280F 280F",
			"not sure: 200/s held in 3 of 4 trials; 280/s failed in 3 of 3", false,
		},
		{
			"a forgiven failure below the limit does not count", wide,
			"100F 100H 100H 100H 200H 400F 280H 280H 400F 280H 400F",
			"280/s held in 3 of 3 trials; 400/s failed in 3 of 3: the limit is between", true,
		},
		{
			"a rate that fails now and then is left at twice the confirmations", wide,
			"100H 200H 400F 280F 200H 280H 200H 280H 280F 280H 280H",
			"not sure: 200/s held in 3 of 3 trials; 280/s failed in 2 of 6", false,
		},
		{
			"the lowest rate is confirmed to fail", wide,
			"100F 100F 100F",
			"the lowest rate tried, 100/s, already fails: in 3 of 3 trials", true,
		},
		{
			"the lowest rate fails now and then", wide,
			"100H 200F 140F 100F 100H 100H 100H 100H",
			"not sure: the lowest rate tried, 100/s, already fails: in 1 of 6 trials", false,
		},
		{
			"the highest rate is confirmed to hold", bounded,
			"100H 200H 300H 300H 300H",
			"no failure up to 300/s, which held in 3 of 3 trials", true,
		},
		{
			"the highest rate fails in confirmation", bounded,
			"100H 200H 300H 300F 200H 200H 300F 300F",
			"200/s held in 3 of 3 trials; 300/s failed in 3 of 4: the limit is between", true,
		},
		{
			"only one rate is allowed, and holds", Options{Start: 100, Max: 100},
			"100H 100H 100H",
			"no failure up to 100/s, which held in 3 of 3 trials", true,
		},
		{
			"rates below one a second", Options{Start: 0.01, Max: 0.04, Confirm: 1},
			"0.01H 0.02H 0.04F 0.0283F 0.0238H 0.026F 0.0249F",
			"0.0238/s held in 1 of 1 trials; 0.0249/s failed in 1 of 1: the limit is between", true,
		},
		{
			"too few trials to find a failure", Options{Start: 100, MaxTrials: 4},
			"100H 200H 400H 800H",
			"not sure: no failure up to 800/s, which held in 1 of 1 trials; all 4 trials were used", false,
		},
		{
			"too few trials to confirm", Options{Start: 100, Precision: 0.5, MaxTrials: 4},
			"100H 200H 400F 280H",
			"not sure: 280/s held in 1 of 1 trials; 400/s failed in 1 of 1; all 4 trials were used", false,
		},
		{
			"just enough trials", Options{Start: 100, MaxTrials: 3},
			"100F 100F 100F",
			"the lowest rate tried, 100/s, already fails: in 3 of 3 trials", true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSearch(t, tt.options)
			answer(t, s, tt.script)
			if rate, done := s.Next(); !done || s.Phase() != Done {
				t.Errorf("Next() = %v, %s, want done", rate, s.Phase())
			}
			if r := s.Result(); r.String() != tt.want || r.Sure != tt.sure {
				t.Errorf("Result() = %q, sure %t\nwant %q, %t", r, r.Sure, tt.want, tt.sure)
			}
		})
	}
}

func TestPhase(t *testing.T) {
	tests := []struct {
		name, script string
		want         Phase
	}{
		{"at the beginning", "", Growing},
		{"while nothing fails", "100H 200H", Growing},
		{"once something failed", "100H 200F", Narrowing},
		{"once the bracket is narrow", "100H 200F 141H 168F 154F 147H", Confirming},
		{"when the lowest rate failed", "100F", Confirming},
		{"at the end", "100F 100F 100F", Done},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSearch(t, Options{Start: 100})
			answer(t, s, tt.script)
			if got := s.Phase(); got != tt.want {
				t.Errorf("Phase() after %q = %s, want %s", tt.script, got, tt.want)
			}
		})
	}
}

func TestResultOnTheWay(t *testing.T) {
	s := newSearch(t, Options{Start: 100})
	if got := s.Result(); got != (Result{}) || got.String() != "no trial was made" {
		t.Errorf("Result() of no trial = %+v, %q", got, got)
	}
	answer(t, s, "100H 200F")
	r := s.Result()
	if want := "not sure: 100/s held in 1 of 1 trials; 200/s failed in 1 of 1"; r.String() != want ||
		r.Sure || r.Ended ||
		r.Trials != 2 {
		t.Errorf("Result() = %+v, %q, want %q", r, r, want)
	}
	answer(t, s, "141F")
	if r.Fails.Rate != 200 {
		t.Errorf("an earlier Result changed to %+v with a trial after it", *r.Fails)
	}
}

func TestOptions(t *testing.T) {
	tests := []struct {
		name    string
		options Options
		want    string
	}{
		{"no start", Options{}, "start: 0/s is not above 0"},
		{"a start that is no number", Options{Start: math.NaN()}, "start: NaN/s is not above 0"},
		{"a start above the end", Options{Start: 200, Max: 100}, "max: 100/s is below the start, 200/s"},
		{"too precise", Options{Start: 1, Precision: 0.0001}, "precision: 0.0001 is outside 0.001 to 1"},
		{"not precise", Options{Start: 1, Precision: 1.5}, "precision: 1.5 is outside 0.001 to 1"},
		{"fewer confirmations than none", Options{Start: 1, Confirm: -1}, "confirm: -1 is outside 1 to 100"},
		{"too many trials", Options{Start: 1, MaxTrials: 10_001}, "trials: 10001 is outside 1 to 10000"},
		{"every problem at once", Options{Confirm: 101, MaxTrials: -1},
			"start: 0/s is not above 0\nconfirm: 101 is outside 1 to 100\ntrials: -1 is outside 1 to 10000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := New(tt.options); err == nil || err.Error() != "search a rate: "+tt.want {
				t.Errorf("New(%+v) = %v, want %q", tt.options, err, tt.want)
			}
		})
	}
	want := Options{Start: 100, Precision: 0.05, Confirm: 3, MaxTrials: 40}
	if got := newSearch(t, Options{Start: 100}).Options(); got != want {
		t.Errorf("Options() = %+v, want %+v", got, want)
	}
}

// A server with a limit that never answers wrongly is always found out.
func TestSearchOfAnHonestServer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Start:     math.Pow(10, rapid.Float64Range(-2, 4).Draw(t, "start")),
			Precision: math.Pow(10, rapid.Float64Range(-3, 0).Draw(t, "precision")),
			Confirm:   rapid.IntRange(1, 5).Draw(t, "confirm"),
			MaxTrials: 200,
		}
		limit := o.Start * math.Pow(2, rapid.Float64Range(0, 20).Draw(t, "octaves"))
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		for rate, done := s.Next(); !done; rate, done = s.Next() {
			s.Observe(rate, rate <= limit)
		}
		r := s.Result()
		if !r.Sure || r.Holds.Rate > limit || r.Fails.Rate <= limit || r.Fails.Rate > r.Holds.Rate*(1+o.Precision) {
			t.Fatalf("%+v at a limit of %v: %v", o, limit, r)
		}
		// Doubling, then halving the octave's logarithm; rounding may cost one.
		octaves := math.Ceil(math.Log2(limit/o.Start)) + 2
		halvings := math.Ceil(math.Log2(math.Ln2/math.Log1p(o.Precision))) + 1
		if most := int(octaves+halvings) + 2*(o.Confirm-1); r.Trials > most {
			t.Fatalf("%+v at a limit of %v: %d trials, want at most %d", o, limit, r.Trials, most)
		}
	})
}

// Whatever a server answers, the search ends, asks within its bounds, and
// goes on the same after it was told the same.
func TestSearchOfAnyServer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Start:     100,
			Max:       float64(rapid.SampledFrom([]int{0, 100, 150, 10_000}).Draw(t, "max")),
			Confirm:   rapid.IntRange(1, 4).Draw(t, "confirm"),
			MaxTrials: rapid.IntRange(1, 60).Draw(t, "trials"),
		}
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := New(o)
		for trial := 0; ; trial++ {
			rate, done := s.Next()
			if r, d := again.Next(); r != rate || d != done {
				t.Fatalf("Next() = %v, %t, and %v, %t of a search that was told the same", rate, done, r, d)
			}
			if done {
				break
			}
			if trial >= o.MaxTrials || rate < o.Start || o.Max > 0 && rate > o.Max {
				t.Fatalf("trial %d at %v/s is outside %+v", trial, rate, o)
			}
			holds := rapid.Bool().Draw(t, "holds")
			s.Observe(rate, holds)
			again.Observe(rate, holds)
		}
		r := s.Result()
		if r.Holds != nil && r.Fails != nil && r.Holds.Rate >= r.Fails.Rate {
			t.Fatalf("%v: what holds is not below what fails", r)
		}
		if r.Sure && (r.Ended || r.Holds != nil && (r.Holds.Failed > 0 || r.Holds.Held < o.Confirm) || r.Fails != nil &&
			r.Fails.Failed < o.Confirm) {
			t.Fatalf("%v is said to be sure", r)
		}
		if r.Sure == strings.HasPrefix(r.String(), "not sure") {
			t.Fatalf("%v, sure %t", r, r.Sure)
		}
	})
}
