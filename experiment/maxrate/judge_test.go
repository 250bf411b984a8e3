package maxrate

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpbench/judge/slo"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

func TestJudge(t *testing.T) {
	valid := func(l results.Lateness) *results.Lateness { l.Valid = true; return &l }
	own := func(longest time.Duration) *results.Lateness {
		return &results.Lateness{Planned: 1000, Started: 1000, Own: resultstest.Summary(1000, longest/1000)}
	}
	waits := func(longest time.Duration, n int64) *results.Lateness {
		l := own(longest)
		l.WaitedForConnection = n
		return l
	}
	tests := []struct {
		name     string
		lateness *results.Lateness
		failed   int64
		ran      bool // out of ports
		limits   string
		want     answer
		why      []string
	}{
		{"all is well", valid(results.Lateness{Planned: 1000, Started: 1000}), 0, false, "errors<0.1%", holds, nil},
		{"one in a hundred starts did not take place", valid(results.Lateness{Planned: 1000, Started: 990}), 0, false,
			"errors<0.1%", holds, nil},
		{"every limit that is broken is named", valid(results.Lateness{Planned: 1000, Started: 1000}), 10, false,
			"errors<0.1%,failed==0", broken,
			[]string{"errors<0.1% is broken: 1%", "failed==0 is broken: 10"}},
		{"all connections were in use", valid(results.Lateness{Planned: 1000, Started: 900, WaitedForConnection: 800}),
			0,
			false, "errors<0.1%", broken,
			[]string{"100 of 1000 starts did not take place: all 50 connections were in use (-c 50)"}},
		{"all connections were in use to the end", valid(results.Lateness{Planned: 1000, Started: 50,
			WaitedForConnection: 950}), 0, false, "errors<0.1%", broken,
			[]string{"950 of 1000 starts did not take place: all 50 connections were in use (-c 50)"}},
		{"the generator stalled at the end", &results.Lateness{Planned: 1000, Started: 900, MissedByGenerator: 100,
			Own: resultstest.Summary(1000, time.Microsecond)}, 0, false, "errors<0.1%", late, nil},
		{"its lateness is in no limit", own(5 * time.Millisecond), 0, false, "errors<0.1%", holds, nil},
		{"so few failures can come of its bursts", own(5 * time.Millisecond), 400, false, "errors<0.1%", late, nil},
		{"its bursts find all connections in use", waits(5*time.Millisecond, 400), 0, false, "errors<0.1%", holds, nil},
		{"and it misses starts itself", func() *results.Lateness {
			l := waits(5*time.Millisecond, 400)
			l.Started, l.MissedByGenerator = 900, 100
			return l
		}(), 0, false, "errors<0.1%", late, nil},
		{"more wait than it began late", waits(1500*time.Microsecond, 400), 0, false, "errors<0.1%", broken,
			[]string{"400 of 1000 starts found all 50 connections in use (-c 50)"}},
		{"so many cannot", own(1500 * time.Microsecond), 400, false, "errors<0.1%", broken,
			[]string{"errors<0.1% is broken: 40%"}},
		{"nothing answers", own(time.Second), 1000, false, "errors<0.1%", broken,
			[]string{"errors<0.1% is broken: 100%"}},
		{"all starts took place, and waited",
			valid(results.Lateness{Planned: 1000, Started: 1000, WaitedForConnection: 101}),
			0, false, "errors<0.1%", broken,
			[]string{"101 of 1000 starts found all 50 connections in use (-c 50)"}},
		{"all starts took place, and answers came later and later",
			valid(results.Lateness{Planned: 1000, Started: 1000, Behind: 1.5}), 0, false, "errors<0.1%", broken,
			[]string{"answers fell behind: 40 answers for each 100 starts, and each second 1.5 s longer"}},
		{"a stall, in which some waited", valid(results.Lateness{Planned: 1000, Started: 1000,
			WaitedForConnection: 100}), 0, false,
			"errors<0.1%", holds, nil},
		{"connect(2) was slow", valid(results.Lateness{Planned: 1000, Started: 900, BlockedByConnect: 800}), 0, false,
			"errors<0.1%", broken,
			[]string{"100 of 1000 starts did not take place: each connect(2) took long"}},
		{"nothing answers a generator that misses starts", &results.Lateness{Planned: 1000, Started: 380,
			MissedByGenerator: 620, Own: resultstest.Summary(1000, time.Millisecond)}, 1000, false, "errors<0.1%",
			broken, []string{"errors<0.1% is broken: 100%"}},
		{"ports ran out", valid(results.Lateness{Planned: 1000, Started: 900, BlockedByConnect: 800}), 0, true,
			"errors<0.1%",
			broken,
			[]string{"100 of 1000 starts did not take place: ports had run out"}},
		{"no burst makes ports run out", own(5 * time.Millisecond), 400, true, "errors<0.1%", broken,
			[]string{"errors<0.1% is broken: 40%"}},
		{"nor does a generator that misses starts meanwhile", &results.Lateness{Planned: 1000, Started: 980,
			MissedByGenerator: 20, Own: resultstest.Summary(1000, 5*time.Microsecond)}, 400, true, "errors<0.1%",
			broken, []string{"errors<0.1% is broken: 40%", "20 of 1000 starts did not take place: ports had run out"}},
		{"a late generator outweighs what is broken", &results.Lateness{Planned: 1000, Started: 1000}, 10, false,
			"errors<0.1%", late, nil},
		{"a late generator outweighs what is missing", &results.Lateness{Planned: 1000, Started: 1000}, 0, false,
			"connect_p99<1s", late, nil},
		{"a percentile that was not measured", valid(results.Lateness{Planned: 1000, Started: 1000}), 0, false,
			"connect_p99<1s", missing,
			[]string{"connect_p99<1s cannot be judged: the run has no connect latency"}},
		{"broken outweighs missing", valid(results.Lateness{Planned: 1000, Started: 1000}), 10, false,
			"connect_p99<1s,errors<0.1%", broken,
			[]string{"errors<0.1% is broken: 1%"}},
		{"nothing was started", nil, 0, false, "errors<0.1%", missing, []string{"no planned start was recorded"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			limits, err := slo.Parse(tt.limits)
			if err != nil {
				t.Fatal(err)
			}
			r := &results.Run{
				DurationS:  10,
				Options:    scenario.DefaultWorkload(),
				Totals:     results.Totals{Counts: metrics.Counts{Attempted: 1000, Failed: tt.failed}},
				Lateness:   tt.lateness,
				Exhaustion: &exhaustion.Finding{Exhausted: tt.ran},
			}
			r.Options.Rate.From = 10_000
			got := judge(r, 10_000, limits, lateness{})
			why := got.Broken
			if tt.want == missing {
				why = got.Missing
			}
			if answered(got) != tt.want || got.Holds != (tt.want == holds) {
				t.Errorf("judge() = %+v, want answer %d", got, tt.want)
			}
			if diff := cmp.Diff(tt.why, why); diff != "" {
				t.Errorf("judge() says (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValuesAreThoseThatWereMeasured(t *testing.T) {
	limits, err := slo.Parse("errors<0.1%,connect_p99<1s")
	if err != nil {
		t.Fatal(err)
	}
	r := &results.Run{
		Totals:   results.Totals{Counts: metrics.Counts{Attempted: 1000, Failed: 5}},
		Lateness: &results.Lateness{Planned: 1000, Started: 1000, Valid: true},
	}
	want := map[string]float64{"errors": 0.5}
	if diff := cmp.Diff(want, judge(r, 100, limits, lateness{}).Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// Failures may be those of bursts, where the generator was late for as many starts.
// They are the target's where a rate like it held with as many, and where no two
// starts came at once.
func TestFailuresOfBursts(t *testing.T) {
	limits, err := slo.Parse("errors<0.1%")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		rate  float64
		borne lateness
		want  answer
	}{
		{"nothing is known of bursts", 10_000, lateness{}, late},
		{"a few were borne before", 10_000, lateness{0.1, 9000}, late},
		{"as many were, and none so long", 10_000, lateness{0.7, 3000}, late},
		{"as many were, and as long", 10_000, lateness{0.7, 9000}, broken},
		{"two of them come at once, at a lower rate too", 322, lateness{}, late},
		{"one comes much nearer to the next", 150, lateness{}, late},
		{"none does", 90, lateness{}, broken},
	}
	for _, tt := range tests {
		r := &results.Run{
			DurationS: 10, Options: scenario.DefaultWorkload(),
			Totals: results.Totals{Counts: metrics.Counts{Attempted: 1000, Failed: 37}},
			Lateness: &results.Lateness{Planned: 1000, Started: 1000,
				Own: resultstest.Summary(1000, 5*time.Microsecond)},
		}
		r.Options.Rate.From = tt.rate
		if got := judge(r, tt.rate, limits, tt.borne); answered(got) != tt.want {
			t.Errorf("%s: judge() = %+v, want answer %d", tt.name, got, tt.want)
		}
	}
}

// Ports that are held for a second run out in a burst of the generator's own, where as
// they were planned there are enough of them; those that are held for a minute do not.
func TestPortsThatABurstTook(t *testing.T) {
	limits, err := slo.Parse("errors<0.1%")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name       string
		rate, hold float64
		longest    time.Duration
		want       answer
	}{
		{"just below what there is, and a burst", 570, 1, 60 * time.Millisecond, late},
		{"a burst too short for it", 570, 1, 20 * time.Millisecond, broken},
		{"a rate that there are too few for", 610, 1, 60 * time.Millisecond, broken},
		{"ports that are held for a minute", 25, 60, 60 * time.Millisecond, broken},
	}
	for _, tt := range tests {
		r := &results.Run{
			DurationS: 3, Options: scenario.DefaultWorkload(),
			Totals: results.Totals{Counts: metrics.Counts{Attempted: 1000, Failed: 37}},
			Lateness: &results.Lateness{Planned: 1000, Started: 1000,
				Own: resultstest.Summary(1000, tt.longest/1000)},
			Exhaustion: &exhaustion.Finding{Exhausted: true},
			Prediction: capacity.Prediction{HoldSeconds: tt.hold, HoldSecondsMax: tt.hold,
				ConnectionsUntilExhaustion: 600, ConnectionsAtLeast: 600, SustainableCPS: 600 / tt.hold},
		}
		r.Options.Rate.From = tt.rate
		if got := judge(r, tt.rate, limits, lateness{1, 1e9}); answered(got) != tt.want {
			t.Errorf("%s: judge() = %+v, want answer %d", tt.name, got, tt.want)
		}
	}
}

// What kept starts from taking place is told by what the trial measured.
func TestWhatKeptARateFromBeingOffered(t *testing.T) {
	inUse := func(n int) []metrics.Interval {
		return []metrics.Interval{{PortsInUse: &n, PortsCapacity: new(28232)}}
	}
	const us = time.Microsecond
	server := &exhaustion.Bound{What: exhaustion.ByServer, Evidence: "its thread ran 99 % of the time"}
	tests := []struct {
		name           string
		intervals      []metrics.Interval
		connect        time.Duration // on average
		walk           scenario.PortSelect
		limit          *exhaustion.Bound
		why, limitedBy string
	}{
		{"a slow server", inUse(9000), 500 * us, "", server, "all 50 connections were in use (-c 50)",
			"the server's processor: its thread ran 99 % of the time"},
		{"the search for a port", inUse(14580), 100 * us, "", server, "14580 of 28232 ports were in use, " +
			"and past half of them each connect(2) searches long for a free one", ""},
		{"a search that takes no time to speak of", inUse(14580), 20 * us, "", server,
			"all 50 connections were in use (-c 50)", "the server's processor: its thread ran 99 % of the time"},
		{"ports that are not searched for", inUse(14580), 500 * us, scenario.PortSelectWalk, server,
			"all 50 connections were in use (-c 50)", "the server's processor: its thread ran 99 % of the time"},
		{"the plan itself", inUse(9000), 20 * us, "", &exhaustion.Bound{What: exhaustion.ByRate},
			"all 50 connections were in use (-c 50)", ""},
	}
	for _, tt := range tests {
		r := &results.Run{DurationS: 2, Options: scenario.DefaultWorkload(), Intervals: tt.intervals, Limit: tt.limit,
			Lateness: &results.Lateness{Planned: 14580, Started: 14130, WaitedForConnection: 3000, Valid: true},
			Latency:  results.Latency{Connect: &metrics.Summary{Count: 14130, MeanUS: float64(tt.connect) / 1e3}}}
		if tt.walk != "" {
			r.Options.PortSelect = tt.walk
		}
		want := []string{"450 of 14580 starts did not take place: " + tt.why}
		if got := notOffered(r); !slices.Equal(got, want) || limited(r) != tt.limitedBy {
			t.Errorf("%s: %q, limited by %q, want %q, %q", tt.name, got, limited(r), want, tt.limitedBy)
		}
	}
}

// A server of 200/s takes 218/s for two seconds, on 50 connections.
func TestWhatWasNotDoneIsTold(t *testing.T) {
	r := &results.Run{Options: scenario.DefaultWorkload(), Lateness: &results.Lateness{Planned: 436, Started: 436},
		Intervals: []metrics.Interval{{TS: 1, Attempted: 218, InFlight: 22}, {TS: 2, Attempted: 218, InFlight: 40},
			{TS: 2.2}}}
	r.Options.Duration, r.Options.Rate = 2*time.Second, scenario.Rate{From: 218, To: 218}
	const want = ". When the offer of 218/s ended, 40 of its 436 starts were still under way: " +
		"a longer trial (-z) may find less"
	if got := unfinished(r); got != want {
		t.Errorf("unfinished() = %q, want %q", got, want)
	}
	r.Intervals[1].InFlight = 8
	if got := unfinished(r); got != "" {
		t.Errorf("unfinished() = %q with 8 of 436 under way, want nothing", got)
	}
}
