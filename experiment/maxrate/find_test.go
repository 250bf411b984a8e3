package maxrate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/search"
	"tcpbench/internal/fault"
	"tcpbench/judge/slo"
	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// server is a simulated target and the generator before it.
type server struct {
	capacity  float64      // answers per second; above, the others fail
	generator float64      // starts per second that the generator keeps to; 0 for any
	breaks    bool         // above its capacity, none is answered
	hiccups   map[int]bool // trials, from 1, in which the generator is late for another reason
	samples   int          // connect latencies in a trial
	law       capacity.Prediction
	onTrial   func(n int) error // what else happens in a trial

	rates []float64 // of the trials so far
}

// measure is a [cell.Measurer]. A run's Repeat is the number of the trial.
func (s *server) measure(ctx context.Context, spec cell.Spec, _ func(metrics.Interval)) (*results.Run, error) {
	rate := spec.Workload.Rate.From
	s.rates = append(s.rates, rate)
	n := len(s.rates)
	if s.onTrial != nil {
		if err := s.onTrial(n); err != nil {
			return nil, err
		}
	}
	starts := int64(rate * spec.Workload.TimeLimit().Seconds())
	answered := min(starts, int64(s.capacity*spec.Workload.TimeLimit().Seconds()))
	if s.breaks && answered < starts {
		answered = 0
	}
	h := metrics.NewHistogram()
	for range s.samples {
		h.Record(time.Millisecond)
	}
	return &results.Run{
		Repeat:      n,
		Interrupted: ctx.Err() != nil,
		DurationS:   spec.Workload.TimeLimit().Seconds(),
		Options:     spec.Workload,
		Totals: results.Totals{Counts: metrics.Counts{Attempted: starts, Succeeded: answered,
			Failed: starts - answered}, Errors: map[string]int64{"connect: REFUSED": starts - answered}},
		Latency: results.Latency{Connect: metrics.Summarize(h)},
		Lateness: &results.Lateness{Planned: starts, Started: starts,
			Valid: !s.hiccups[n] && (s.generator == 0 || rate <= s.generator)},
		Prediction: s.law,
	}, nil
}

// quiet are tools that tell nobody.
func (s *server) quiet() Tools {
	return Tools{
		Measure: s.measure,
		Begin:   func(scenario.Workload, search.Phase) {},
		End:     func(results.Trial) {},
		Say:     func(string) {},
	}
}

func options(t *testing.T, limits string) Options {
	t.Helper()
	ls, err := slo.Parse(limits)
	if err != nil {
		t.Fatal(err)
	}
	w := scenario.DefaultWorkload()
	return Options{Cell: cell.Spec{Workload: w}, Limits: ls, Search: search.Options{Start: 100, Max: 1e6}}
}

// find searches s and returns the run, which has a search.
func find(t *testing.T, s *server, o Options) *results.Run {
	t.Helper()
	r, err := Find(context.Background(), o, s.quiet())
	if err != nil {
		t.Fatalf("Find() = %v, want a run", err)
	}
	if r.Search == nil || len(r.Search.Trials) != len(s.rates) {
		t.Fatalf("Find() has the search %+v, want one with %d trials", r.Search, len(s.rates))
	}
	return r
}

func TestFindEndsAtTheLimit(t *testing.T) {
	tests := []struct {
		name     string
		server   server
		limits   string
		end      results.SearchEnd
		lo, hi   float64 // the rate that holds is between; 0 for none
		sentence []string
	}{
		{"a server with a capacity", server{capacity: 12_345}, "errors<0.1%", results.SearchFound, 11_700, 12_358,
			[]string{"held in 3 of 3 trials", "failed in 3 of 3", "the limit is between. At ",
				"errors<0.1% is broken: "}},
		{"one that no rate is too much for", server{capacity: 1e9}, "errors<0.1%", results.SearchMax, 1e6, 1e6,
			[]string{"no failure up to 1000000/s, which held in 3 of 3 trials"}},
		{"one that the lowest rate is too much for", server{capacity: 50}, "errors<0.1%", results.SearchMin, 0, 0,
			[]string{"the lowest rate tried, 100/s, already fails", "At 100/s, errors<0.1% is broken: 50%"}},
		{"a generator that is slower than the server", server{capacity: 1e9, generator: 12_345}, "errors<0.1%",
			results.SearchGenerator, 11_700, 12_345,
			[]string{"the generator is the limit: ",
				"the generator itself was late in 5 of 5, so the target may hold more"}},
		{"a server that is slower than the generator", server{capacity: 3000, generator: 6000}, "errors<0.1%",
			results.SearchFound, 2850, 3003, nil},
		{"a generator that is slower than the lowest rate", server{capacity: 1e9, generator: 50}, "errors<0.1%",
			results.SearchGenerator, 0, 0,
			[]string{"the generator is the limit: it was late at the lowest rate, 100/s, in 5 of 5, " +
				"which says nothing " +
				"about the target"}},
		{"a generator that is late now and then", server{capacity: 12_345,
			hiccups: map[int]bool{1: true, 2: true, 5: true, 9: true,
				14: true}}, "errors<0.1%", results.SearchFound, 11_700,
			12_358,
			[]string{"held in 3 of 3 trials", "failed in 3 of 3"}},
		{"too few connections for a percentile", server{capacity: 1e9, samples: 40}, "connect_p99<5ms",
			results.SearchInconclusive, 0, 0,
			[]string{"inconclusive: at 100/s connect_p99<5ms cannot be judged: " +
				"it takes 100 measurements and there were 40",
				"use -z 28s or longer"}},
		{"a figure that a longer run would not have", server{capacity: 1e9}, "lost_bytes==0",
			results.SearchInconclusive, 0,
			0,
			[]string{"inconclusive: at 100/s lost_bytes==0 cannot be judged: " +
				"only the embedded server in a lab reports " +
				"what arrived"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := find(t, &tt.server, options(t, tt.limits))
			s := r.Search
			if s.Ended != tt.end || s.HoldsRate < tt.lo || s.HoldsRate > tt.hi {
				t.Errorf("Find() ended %q with %v/s, want %q with %v to %v: %s", s.Ended, s.HoldsRate,
					tt.end, tt.lo, tt.hi,
					s.Sentence)
			}
			for _, want := range tt.sentence {
				if !strings.Contains(s.Sentence, want) {
					t.Errorf("sentence = %q, want %q in it", s.Sentence, want)
				}
			}
			if late := s.GeneratorRate > 0; late != (tt.end == results.SearchGenerator) || late && s.FailsRate > 0 {
				t.Errorf("generator_rate = %v, fails_rate = %v of a search that ended %q", s.GeneratorRate,
					s.FailsRate, s.Ended)
			}
			if sure := s.Ended != results.SearchInconclusive; s.Sure != sure {
				t.Errorf("sure = %v, want %v: %s", s.Sure, sure, s.Sentence)
			}
		})
	}
}

// Advice to run for longer is for what time would give.
func TestOnlyTooFewMeasurementsAskForATime(t *testing.T) {
	r := find(t, &server{capacity: 1e9}, options(t, "lost_bytes==0"))
	if strings.Contains(r.Search.Sentence, "-z") {
		t.Errorf("sentence = %q, want no advice to run for longer", r.Search.Sentence)
	}
}

func TestTheResultIsTheLastTrialThatHeldAtTheRate(t *testing.T) {
	r := find(t, &server{capacity: 12_345}, options(t, "errors<0.1%"))
	last := 0
	for i, trial := range r.Search.Trials {
		if trial.Rate == r.Search.HoldsRate && trial.Holds {
			last = i + 1
		}
	}
	if r.Repeat != last || r.Options.Rate.From != r.Search.HoldsRate {
		t.Errorf("the result is trial %d, at %v; want trial %d, at %v/s", r.Repeat, r.Options.Rate, last,
			r.Search.HoldsRate)
	}
}

func TestTheResultIsOfTheLowestRateWhenNoneHolds(t *testing.T) {
	r := find(t, &server{capacity: 50}, options(t, "errors<0.1%"))
	if r.Options.Rate.From != 100 || r.Search.HoldsRate != 0 || r.Search.FailsRate != 100 {
		t.Errorf("result at %v, holds_rate %v, fails_rate %v; want 100, none, 100", r.Options.Rate, r.Search.HoldsRate,
			r.Search.FailsRate)
	}
}

// Two trials in which the generator is late are not counted against a rate.
// On a machine that makes many trials late, three in turn are nothing; nor are they where
// the generator did the same rate before.
func TestLateTrialsOfABusyMachineEndNoSearch(t *testing.T) {
	tests := []struct {
		name    string
		hiccups []int
		max     float64
	}{
		{"two of three were late at the rate before", []int{1, 2, 4, 5, 6, 7}, 200},
		{"the rate held before they were", []int{2, 3, 4}, 100},
	}
	for _, tt := range tests {
		s := &server{capacity: 1e9, hiccups: map[int]bool{}}
		for _, n := range tt.hiccups {
			s.hiccups[n] = true
		}
		o := options(t, "errors<0.1%")
		o.Search.Max = tt.max
		if found := find(t, s, o).Search; found.Ended != results.SearchMax || found.HoldsRate != tt.max || !found.Sure {
			t.Errorf("%s: %+v, want that %v/s holds, for sure", tt.name, found, tt.max)
		}
	}
}

// findOnHost searches a target that outlives its trials, in virtual time.
func findOnHost(t *testing.T, s *server, o Options) (r *results.Run) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tools := s.quiet()
		tools.Held = func(context.Context, cell.Spec) (int, capacity.Prediction, error) { return 0, s.law, nil }
		var err error
		if r, err = Find(context.Background(), o, tools); err != nil {
			t.Fatal(err)
		}
	})
	return r
}

// A target that ends in the middle is no rate that fails; one that answers nothing above
// what it can do is.
func TestATargetThatEndsInTheMiddle(t *testing.T) {
	ends := &server{capacity: 5000}
	ends.onTrial = func(n int) error {
		if n > 4 {
			ends.capacity = 0
		}
		return nil
	}
	o := options(t, "errors<0.1%")
	o.Cell.Targets = []string{"127.0.0.1:80"}
	r := findOnHost(t, ends, o)
	const want = "the target has ended: at 100/s, which held before, no connection succeeds any more (connect: REFUSED)"
	if s := r.Search; s.Ended != results.SearchFailed || s.HoldsRate != 800 || s.FailsRate != 0 || len(s.Trials) != 6 ||
		!strings.HasPrefix(s.Sentence, want) {
		t.Errorf("ended %q after %d trials, holds_rate %v, fails_rate %v: %q; want %q, of 100 to 800/s that held",
			s.Ended, len(s.Trials), s.HoldsRate, s.FailsRate, s.Sentence, want)
	}

	breaks := &server{capacity: 5000, breaks: true}
	if s := findOnHost(t, breaks, o).Search; s.Ended != results.SearchFound || s.HoldsRate < 4700 {
		t.Errorf("a target that answers nothing above 5000/s: %+v, want that it is found", s)
	}
}

// A trial in which the generator was late says nothing of the target, however many they
// are; one that broke a limit does.
func TestALimitThatBrokeIsTheTargets(t *testing.T) {
	lates := results.Trial{Rate: 143, GeneratorLate: true}
	broke := results.Trial{Rate: 143, Broken: []string{"errors<0.1% is broken: 2%"}}
	f := &finder{trials: []results.Trial{lates, broke, lates, lates, {Rate: 137, Holds: true}}}
	if f.generatorAt(143) {
		t.Error("generatorAt(143), where it was late three times and the target failed once, want the target")
	}
	f.trials = []results.Trial{lates, lates, {Rate: 143, Holds: true}, lates}
	if !f.generatorAt(143) {
		t.Error("!generatorAt(143), where it was late three times and nothing failed, want the generator")
	}
}

func TestALateGeneratorIsTriedAgain(t *testing.T) {
	s := &server{capacity: 1e9, hiccups: map[int]bool{1: true, 2: true}}
	o := options(t, "errors<0.1%")
	o.Search.Max = 200
	r := find(t, s, o)
	if r.Search.Ended != results.SearchMax || len(s.rates) < 3 || s.rates[2] != 100 {
		t.Errorf("ended %q with trials at %v, want max, and three at 100", r.Search.Ended, s.rates)
	}
	if first := r.Search.Trials[0]; !first.GeneratorLate || first.Holds || len(first.Broken) > 0 {
		t.Errorf("trial 1 = %+v, want that the generator was late and nothing else", first)
	}
}

func TestAnInterruptedSearchKeepsWhatThereWas(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{capacity: 12_345, onTrial: func(n int) error {
		if n == 4 {
			cancel()
		}
		return nil
	}}
	r, err := Find(ctx, options(t, "errors<0.1%"), s.quiet())
	if err != nil {
		t.Fatal(err)
	}
	want := "interrupted; until then: For 10 s: not sure: no failure up to 400/s, which held in 1 of 1 trials"
	if got := r.Search; got.Ended != results.SearchInterrupted || got.HoldsRate != 400 || len(got.Trials) != 3 ||
		got.Sentence != want {
		t.Errorf("search = %+v, want interrupted, 400/s, 3 trials, %q", got, want)
	}
	if r.Repeat != 3 {
		t.Errorf("the result is trial %d, want 3, the last that was judged", r.Repeat)
	}
}

func TestASearchInterruptedInItsFirstTrialHasThat(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{capacity: 12_345, onTrial: func(int) error { cancel(); return nil }}
	r, err := Find(ctx, options(t, "errors<0.1%"), s.quiet())
	if err != nil || !r.Interrupted || r.Search.Sentence != "interrupted" || len(r.Search.Trials) != 0 {
		t.Errorf("Find() = %+v, %v; want the interrupted trial", r, err)
	}
	s = &server{onTrial: func(int) error { return errors.New("no time to make a lab") }}
	if _, err := Find(ctx, options(t, "errors<0.1%"), s.quiet()); fault.Status(err) != fault.StatusInterrupted {
		t.Errorf("Find() = %v without any run, want exit status %d", err, fault.StatusInterrupted)
	}
}

func TestATrialThatCannotBeMade(t *testing.T) {
	died := errors.New("the lab's server died")
	failing := func(at int) *server {
		return &server{capacity: 12_345, onTrial: func(n int) error {
			if n == at {
				return fault.Host(died)
			}
			return nil
		}}
	}
	if _, err := Find(context.Background(), options(t, "errors<0.1%"), failing(1).quiet()); !errors.Is(err, died) ||
		fault.Status(err) != fault.StatusHost {
		t.Errorf("Find() = %v when the first trial cannot be made, want that and its exit status", err)
	}
	r, err := Find(context.Background(), options(t, "errors<0.1%"), failing(3).quiet())
	want := "trial at 400/s: the lab's server died; until then: For 10 s: not sure: no failure up to 200/s, which " +
		"held in 1 of 1 trials"
	if err != nil || r.Search.Ended != results.SearchFailed || r.Search.Sentence != want {
		t.Errorf("Find() = %+v, %v; want it failed, and %q", r.Search, err, want)
	}
}

// A rate that lasts for a trial but not for ever must not pass without a warning.
func TestASentenceSaysWhenPortsRunOut(t *testing.T) {
	law := capacity.Predict(capacity.Settings{Ports: 28232, Sources: 1, Destinations: 1, Reuse: 2, Timestamps: true})
	o := options(t, "errors<0.1%")
	o.Search.Max = 2000
	r := find(t, &server{capacity: 1e9, law: law}, o)
	want := "It holds for 10 s, but ports run out after 14.1 s at this rate (28232 ports / 60 s = " +
		"470/s; 433/s hold for ever)"
	if !strings.HasSuffix(r.Search.Sentence, want) {
		t.Errorf("sentence = %q, want %q in it", r.Search.Sentence, want)
	}
	first := "433/s holds for good. For 10 s: no failure up to 2000/s"
	if !strings.HasPrefix(r.Search.Sentence, first) || r.Search.HoldsRate != 2000 || r.Search.LastsRate < 433 ||
		r.Search.LastsRate > 470 {
		t.Errorf("search = %+v, want %q first", r.Search, first)
	}
	o.Search.Max = 400
	r = find(t, &server{capacity: 1e9, law: law}, o)
	if strings.Contains(r.Search.Sentence, "ports") || r.Search.LastsRate != 0 {
		t.Errorf("sentence = %q of a rate that lasts, want nothing of ports", r.Search.Sentence)
	}
}

func TestOptionsThatCannotGoWithASearch(t *testing.T) {
	tests := []struct {
		name string
		set  func(*Options)
		want string
	}{
		{"a rate", func(o *Options) { o.Cell.Workload.Rate = scenario.Rate{From: 5, To: 5} },
			"rate: a search sets the rate of every trial itself"},
		{"a ramp", func(o *Options) { o.Cell.Workload.Rate = scenario.Rate{From: 5, To: 9} },
			"rate: a search sets the rate of every trial itself"},
		{"until ports run out", func(o *Options) { o.Cell.Workload.Until = scenario.UntilExhausted },
			"until: a trial that goes on until ports run out"},
		{"until ports are free", func(o *Options) { o.Cell.Workload.OnExhausted = scenario.OnExhaustedRecover },
			"on-exhausted: recover ends a trial early"},
		{"a count", func(o *Options) { o.Cell.Workload.Count = 10 },
			"count: a trial at a high rate would be over at once"},
		{"idle connections", func(o *Options) { o.Cell.Workload.Mode = scenario.ModeIdle },
			"mode: idle connections are opened once"},
		{"a link that is cut", func(o *Options) { o.Cell.Workload.CutLink = time.Second },
			"cut-link: no rate holds without a link"},
		{"a lowest rate above the highest", func(o *Options) { o.Search.Max = 5 },
			"max: 5/s is below the start, 100/s"},
		{"what no run can have", func(o *Options) { o.Cell.Workload.Threads = 99 },
			"threads: 99 threads cannot share 50 connections"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(t, "errors<0.1%")
			tt.set(&o)
			s := &server{capacity: 1e9}
			_, err := Find(context.Background(), o, s.quiet())
			if fault.Status(err) != fault.StatusUsage || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Find() = %v, want a usage error with %q", err, tt.want)
			}
			if len(s.rates) > 0 {
				t.Errorf("trials were made at %v", s.rates)
			}
		})
	}
}

// Where a rate held that is clearly above one that fails, neither is the limit, and in
// a lab of its own each trial begins anew.
func TestARateThatHeldAboveOneThatFailsIsADoubt(t *testing.T) {
	s := &server{capacity: 5000}
	s.onTrial = func(n int) error {
		if n > 6 { // something else has the machine
			s.capacity = 1000
		}
		return nil
	}
	r := find(t, s, options(t, "errors<0.1%"))
	const want = ". But 3200/s held too: from trial to trial, other rates hold"
	if s := r.Search; s.Sure || !strings.HasSuffix(s.Sentence, want) || !strings.Contains(s.Sentence, "not sure: ") {
		t.Errorf("sentence = %q, sure: %t, want it not sure, and %q", r.Search.Sentence, r.Search.Sure, want)
	}
}
