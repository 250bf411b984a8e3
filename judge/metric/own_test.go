package metric

import (
	"math"
	"slices"
	"testing"
	"time"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// planned is a run of 1000 starts, whose response times reach to a longest one,
// and whose own lateness does to another.
func planned(response, own time.Duration, change func(*results.Run)) *results.Run {
	r := &results.Run{
		DurationS: 2,
		Options:   scenario.Workload{Threads: 1},
		Latency: results.Latency{Response: resultstest.Summary(1000, response/1000),
			Service: resultstest.Summary(1000, 50*time.Nanosecond),
			Connect: resultstest.Summary(1000, 20*time.Nanosecond)},
		Lateness: &results.Lateness{Planned: 1000, Started: 1000, Own: resultstest.Summary(1000, own/1000)},
		Stalls:   &results.Stalls{},
	}
	if change != nil {
		change(r)
	}
	return r
}

// closed is a closed loop of so many connections in 2 s, 10 of them in flight,
// and so in a stall.
func closed(n int, stalls metrics.Stalls) *results.Run {
	h := metrics.NewHistogram()
	for i := range n {
		took := time.Duration(10 * 2 * int(time.Second) / n)
		if i < 10 {
			took += stalls.Longest()
		}
		h.Record(took)
	}
	return &results.Run{
		DurationS: 2,
		Options:   scenario.Workload{Threads: 1},
		Latency:   results.Latency{Connect: metrics.Summarize(h)},
		Stalls:    results.NewStalls(stalls),
	}
}

func stallsOf(lengths ...time.Duration) metrics.Stalls {
	r := metrics.NewBareRecorder()
	for _, d := range lengths {
		r.Stalled(d, d, 0, d)
	}
	return r.Stalls
}

// Short stalls beside a long one say nothing of the times that the long one is in, nor
// is a stall in times that are shorter.
func TestEachStallIsInTimesOfItsOwn(t *testing.T) {
	const ms = time.Millisecond
	lengths := []time.Duration{400 * ms}
	for range 9 {
		lengths = append(lengths, 20*ms)
	}
	r := closed(10_000, stallsOf(lengths...)) // 2 ms each; 10 of them are in the long stall
	tests := []struct {
		metric    string
		us, share float64
	}{
		{"connect_p999", 0, 0}, // the long one is in no more than a thousandth, and the short in none
		{"connect_p99.95", 400e3, 0.995},
		{"connect_max", 400e3, 0.995},
		{"connect_mean", 400, 0.167}, // 10 times 400 ms of 10,000
		{"connect_p50", 0, 0},
	}
	for _, tt := range tests {
		own := MustFind(tt.metric).Own(r)
		if math.Abs(own.US-tt.us) > tt.us/100 || math.Abs(own.Share-tt.share) > 0.01 {
			t.Errorf("%s: %+v, want %v us, %v of it", tt.metric, own, tt.us, tt.share)
		}
	}
}

// A stall that outlasts the load is in a rate by what came before its end, and by what
// connections went on for after it.
func TestTheShareOfAStallIsOfTheTimeThatRatesAreOver(t *testing.T) {
	r := closed(10_000, stallsOf(time.Second))
	r.DrainS, r.Rates.OverS, r.Stalls.AfterUS = 0.6, 2.1, 6e5 // of 0.6 s a sixth had connections
	if got := MustFind("connections_per_second").Own(r).Share; math.Abs(got-0.5/2.1) > 1e-9 {
		t.Errorf("0.4 s of 2 s, and a sixth of 0.6 s more: %v of the rate, want %v", got, 0.5/2.1)
	}
	if got := r.StalledTime(); math.Abs(got-1/2.6) > 1e-9 {
		t.Errorf("1 s of 2.6 s in all: %v, want %v", got, 1/2.6)
	}
}

func TestTheGeneratorIsInThoseFiguresThatHaveItInThem(t *testing.T) {
	missed := func(n int64) func(*results.Run) {
		return func(r *results.Run) { r.Lateness.Started, r.Lateness.MissedByGenerator = 1000-n, n }
	}
	stop := func(d time.Duration) metrics.Stalls { return stallsOf(d) }
	tests := []struct {
		name    string
		run     *results.Run
		touched []string
		not     []string
	}{
		{"1.9 ms of 2 s is nothing", planned(2*time.Second, 1900*time.Microsecond, nil), nil,
			[]string{"response_p99", "response_max", "response_p75", "connections_per_second"}},
		{"1.9 ms of 2.1 ms is nearly all", planned(2100*time.Microsecond, 1900*time.Microsecond, nil),
			[]string{"response_p50", "response_p99", "response_p75", "response_mean"},
			[]string{"connect_p99", "service_p99", "connections_per_second", "errors"}},
		{"a timer's lateness is nothing, whatever the figure", planned(110*time.Microsecond, 90*time.Microsecond, nil),
			nil, []string{"response_p99"}},
		{"a start in 50 was not begun", planned(time.Second, time.Microsecond, missed(20)),
			[]string{"connections_per_second", "requests_per_second"}, []string{"response_p99", "connect_p99"}},
		{"a start in 200 was not", planned(time.Second, time.Microsecond, missed(5)), nil,
			[]string{"connections_per_second"}},
		{"of an earlier version", planned(time.Second, 0, func(r *results.Run) {
			r.Lateness.Own, r.Lateness.OwnP99US = nil, 5000
		}), []string{"response_p50", "connections_per_second"}, []string{"connect_p99", "service_p99"}},
		{"of an earlier version, and valid", planned(time.Second, 0, func(r *results.Run) {
			r.Lateness.Own, r.Lateness.Valid = nil, true
		}), nil, []string{"response_p50", "connections_per_second"}},
		{"stopped for half of a closed loop", closed(10_000, stop(time.Second)),
			[]string{"connections_per_second", "connect_max", "connect_mean"}, []string{"connect_p50", "connect_p99"}},
		{"stopped for half, and few connections", closed(300, stop(time.Second)),
			[]string{"connections_per_second", "connect_p99", "connect_p98"}, []string{"connect_p50", "connect_min"}},
		{"stopped for a moment", closed(10_000, stop(15*time.Millisecond)),
			[]string{"connect_max"}, []string{"connections_per_second", "connect_p99"}},
		{"never stopped", closed(10_000, metrics.Stalls{}), nil, []string{"connections_per_second", "connect_max"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range tt.touched {
				if own := MustFind(name).Own(tt.run); own.What == "" {
					t.Errorf("%s is the target's, want it touched", name)
				} else if own.Share < 0 || own.Share > 1 {
					t.Errorf("%s: a share of %v, want one from 0 to 1", name, own.Share)
				}
			}
			for _, name := range tt.not {
				if own := MustFind(name).Own(tt.run); own.What != "" {
					t.Errorf("%s: %+v, want it the target's", name, own)
				}
			}
			v := Validity(tt.run)
			if v.Valid != (len(tt.touched) == 0) {
				t.Errorf("Validity() = %+v, want valid only where nothing is touched", v)
			}
		})
	}
}

func TestValidityNamesReasonsWithTheirFigures(t *testing.T) {
	r := planned(2*time.Millisecond, time.Millisecond, func(r *results.Run) {
		r.Lateness.OwnP99US = 990
		r.Latency.Service = resultstest.Summary(1000, 50*time.Microsecond)
		r.Stalls = &results.Stalls{Count: 1, TotalUS: 40_000, LongestUS: 40_000}
	})
	v := Validity(r)
	if v.Valid || len(v.Reasons) != 2 {
		t.Fatalf("Validity() = %+v, want two reasons", v)
	}
	late, stalled := v.Reasons[0], v.Reasons[1]
	if late.What != results.GeneratorLate || late.ByUS != 990 || !slices.Contains(late.Metrics, "response_p99") ||
		late.Share < 0.49 || late.Share > 0.51 {
		t.Errorf("the first reason is %+v, want half of response_p99", late)
	}
	if stalled.What != results.GeneratorStalled || stalled.ByUS != 40_000 ||
		!slices.Contains(stalled.Metrics, "service_max") || slices.Contains(stalled.Metrics, "response_max") {
		t.Errorf("the second is %+v, want what was under way, by the real start", stalled)
	}
	r.Validity = v
	if r.Valid() || r.Doubt() == "" {
		t.Errorf("Valid() = %t, Doubt() = %q, want the figures named", r.Valid(), r.Doubt())
	}
}
