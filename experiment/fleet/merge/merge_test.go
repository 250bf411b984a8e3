package merge_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/experiment/fleet/merge"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

func part(name string, r *results.Run) merge.Part {
	return merge.Part{Agent: results.Agent{Name: name, StartErrorUS: new(0.0),
		Share: results.AgentShare{Concurrency: 50, Targets: []string{"tcp://192.0.2.1:7000"}}}, Run: r}
}

// started is a part that began so many seconds late.
func started(late float64, p merge.Part) merge.Part {
	p.Agent.StartErrorUS = new(late * 1e6)
	return p
}

// lost is a part that was lost at a time.
func lost(at float64, p merge.Part) merge.Part {
	p.Agent.Lost = &results.AgentLost{AtS: &at, Why: "no beat for 2.5 s"}
	return p
}

func whole() scenario.Workload {
	w := scenario.DefaultWorkload()
	w.Concurrency = 150
	return w
}

func mustMerge(t testing.TB, parts ...merge.Part) *results.Run {
	t.Helper()
	r, err := merge.Runs(whole(), []string{"tcp://192.0.2.1:7000"}, nil, parts)
	if err != nil {
		t.Fatalf("Runs() = %v, want no error", err)
	}
	return r
}

// run is one of so many seconds, with n connections in each.
func run(seconds int, n int64) *results.Run {
	r := resultstest.Sustained()
	r.Cell, r.Agents = nil, nil
	r.DurationS, r.DrainS, r.Rates = float64(seconds), 0, results.Rates{OverS: float64(seconds)}
	r.Totals = results.Totals{Counts: metrics.Counts{Attempted: n * int64(seconds), Obtained: n * int64(seconds),
		Succeeded: n * int64(seconds), Requests: n * int64(seconds)}}
	r.Rates.ConnectionsPerSecond, r.Rates.RequestsPerSecond = float64(n), float64(n)
	r.Intervals = nil
	for i := range seconds {
		r.Intervals = append(r.Intervals, results.Interval{TS: float64(i + 1), LengthS: 1, Attempted: n, Obtained: n,
			Succeeded: n, ConnectionsPerSecond: float64(n), RequestsPerSecond: float64(n), InFlight: 10,
			PortsInUse: new(100), PortsCapacity: new(1000)})
	}
	return r
}

func TestPercentilesAreThoseOfOneHistogramThatGotEveryValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, inInterval := metrics.NewHistogram(), map[int]*metrics.Window{}
		var parts []merge.Part
		for i := range rapid.IntRange(1, 5).Draw(t, "agents") {
			h := metrics.NewHistogram()
			r := run(rapid.IntRange(1, 3).Draw(t, "seconds"), 10)
			for j := range r.Intervals {
				if inInterval[j] == nil {
					inInterval[j] = metrics.NewWindow()
				}
				w := metrics.NewWindow()
				for _, ns := range rapid.SliceOfN(rapid.Int64Range(1, 1e10), 0, 30).Draw(t, "ns") {
					h.Record(time.Duration(ns))
					all.Record(time.Duration(ns))
					w.Request.Record(time.Duration(ns))
				}
				inInterval[j].Merge(w)
				r.Intervals[j].RequestHDR = w.Request.HDR()
				if w.Request.Count() > 0 {
					r.Intervals[j].RequestP50US = new(float64(w.Request.Percentile(50)) / 1e3)
				}
			}
			r.Latency = results.Latency{Request: metrics.Summarize(h)}
			parts = append(parts, part(fmt.Sprint("agent-", i), r))
		}
		got, err := merge.Runs(whole(), nil, nil, parts)
		if err != nil {
			t.Fatal(err)
		}
		want := metrics.Summarize(all)
		if (got.Latency.Request == nil) != (want == nil) || want != nil && *got.Latency.Request != *want {
			t.Fatalf("Request = %+v, want that of all values, %+v", got.Latency.Request, want)
		}
		for j, iv := range got.Intervals {
			w := inInterval[j].Request
			if iv.RequestHDR != w.HDR() {
				t.Fatalf("interval %d: RequestHDR = %q, want %q", j, iv.RequestHDR, w.HDR())
			}
			for p, us := range map[float64]*float64{50: iv.RequestP50US, 99: iv.RequestP99US} {
				if w.Count() == 0 && us != nil || w.Count() > 0 && *us != float64(w.Percentile(p))/1e3 {
					t.Fatalf("interval %d: p%v = %v, want that of all of its values", j, p, us)
				}
			}
		}
	})
}

func TestIntervalsLieOnOneAxis(t *testing.T) {
	counts := func(r *results.Run) (out []int64) {
		for _, iv := range r.Intervals {
			out = append(out, iv.Succeeded)
		}
		return out
	}
	ends := func(r *results.Run) (out []float64) {
		for _, iv := range r.Intervals {
			out = append(out, iv.TS)
		}
		return out
	}
	partial := run(2, 10)
	partial.DurationS = 2.4
	partial.Intervals = append(partial.Intervals, results.Interval{TS: 2.4, LengthS: 0.4, Succeeded: 4})
	beyond := run(2, 10)
	beyond.Intervals[1].TS, beyond.Intervals[1].LengthS = 2.001, 1.001
	early := run(2, 10)
	early.Intervals = append(early.Intervals, results.Interval{TS: 2.001, LengthS: 0.001, Succeeded: 3})
	joined := func(n int) *results.Run {
		r := run(8, 10)
		var ivs []results.Interval
		for i, iv := range r.Intervals {
			if i == 0 || i%n == 1 || n == 1 {
				ivs = append(ivs, iv)
			} else {
				ivs[len(ivs)-1] = ivs[len(ivs)-1].Join(iv)
			}
		}
		r.Intervals = ivs
		return r
	}
	tests := []struct {
		name   string
		parts  []merge.Part
		counts []int64
		ends   []float64
		late   []string // of the second interval
	}{
		{"alike", []merge.Part{part("a", run(3, 10)), part("b", run(3, 5))}, []int64{15, 15, 15}, []float64{1, 2, 3},
			nil},
		{"one ends earlier", []merge.Part{part("a", run(3, 10)), part("b", run(1, 5))}, []int64{15, 10, 10},
			[]float64{1, 2, 3}, nil},
		{"one ends within an interval", []merge.Part{part("a", run(3, 10)), part("b", partial)}, []int64{20, 20, 14},
			[]float64{1, 2, 3}, nil},
		{"all end within one", []merge.Part{part("a", partial), part("b", partial)}, []int64{20, 20, 8},
			[]float64{1, 2, 2.4}, nil},
		{"one ends a little beyond an interval", []merge.Part{part("a", run(3, 10)), part("b", beyond)},
			[]int64{20, 20, 10}, []float64{1, 2, 3}, nil},
		{"one began a moment early, and ends a moment after the last", []merge.Part{part("a", run(2, 10)),
			started(-0.003, part("b", early))}, []int64{20, 23}, []float64{1, 2}, nil},
		{"one began a tenth of an interval late", []merge.Part{part("a", run(3, 10)), started(0.09, part("b", run(3,
			5)))},
			[]int64{15, 15, 15}, []float64{1, 2, 3}, nil},
		{"one began a third of an interval late", []merge.Part{part("a", run(3, 10)), started(0.3, part("b", run(3,
			5)))},
			[]int64{15, 15, 15}, []float64{1, 2, 3}, []string{"b"}},
		{"one began an interval late", []merge.Part{part("a", run(3, 10)), started(1, part("b", run(3, 5)))},
			[]int64{10, 15, 15, 5}, []float64{1, 2, 3, 4}, nil},
		{"both did, by what is not the same", []merge.Part{started(0.8, part("a", run(2, 10))),
			started(2.2, part("b", run(2, 5)))}, []int64{10, 15, 5}, []float64{2, 3, 4}, []string{"a", "b"}},
		{"merged alike", []merge.Part{part("a", joined(2)), part("b", joined(2))}, []int64{20, 40, 40, 40, 20},
			[]float64{1, 3, 5, 7, 8}, nil},
		{"merged otherwise", []merge.Part{part("a", joined(2)), part("b", joined(3))}, []int64{20, 120, 20},
			[]float64{1, 7, 8}, nil},
		{"merged by one alone", []merge.Part{part("a", joined(1)), part("b", joined(3))}, []int64{20, 60, 60, 20},
			[]float64{1, 4, 7, 8}, nil},
		{"merged, and one ends within", []merge.Part{part("a", joined(3)), part("b", run(3, 5))}, []int64{15, 40, 30,
			10},
			[]float64{1, 4, 7, 8}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, order := range []string{"in order", "the other way round"} {
				got := mustMerge(t, tt.parts...)
				if !slices.Equal(counts(got), tt.counts) || !slices.EqualFunc(ends(got), tt.ends, near) {
					t.Errorf("%s: intervals end at %v with %v, want %v with %v", order, ends(got), counts(got), tt.ends,
						tt.counts)
				}
				if strings.Contains(tt.name, "moment") && got.Intervals[1].Merged != 0 {
					t.Errorf("%s: Merged = %d, want none: both are of one interval", order, got.Intervals[1].Merged)
				}
				var length float64
				for i, iv := range got.Intervals {
					if length += iv.LengthS; i == 0 {
						length += iv.TS - iv.LengthS
					}
					if !near(length, iv.TS) || !near(iv.ConnectionsPerSecond*iv.LengthS, float64(iv.Succeeded)) {
						t.Errorf("%s: interval %d is %+v: its length, or its rate, is not its own", order, i, iv)
					}
				}
				if late := got.Intervals[1].Late; !slices.Equal(late, tt.late) {
					t.Errorf("%s: Late = %v, want %v", order, late, tt.late)
				}
				slices.Reverse(tt.parts)
			}
		})
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// Whatever edges the agents' intervals have, and however late they began, what they count
// is counted once.
func TestIntervalsOfAnyAgentsHaveAllThatTheyCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parts []merge.Part
		var succeeded int64
		var requests float64
		for i := range rapid.IntRange(1, 6).Draw(t, "agents") {
			r := run(rapid.IntRange(1, 30).Draw(t, "seconds"), rapid.Int64Range(0, 100).Draw(t, "n"))
			for _, iv := range r.Intervals {
				succeeded += iv.Succeeded
				requests += iv.RequestsPerSecond * iv.LengthS
			}
			for len(r.Intervals) > 2 && rapid.IntRange(0, 3).Draw(t, "join") > 0 {
				j := rapid.IntRange(1, len(r.Intervals)-2).Draw(t, "at")
				r.Intervals = slices.Replace(r.Intervals, j, j+2, r.Intervals[j].Join(r.Intervals[j+1]))
			}
			if rapid.Bool().Draw(t, "partial") {
				end := r.DurationS + 0.25
				r.Intervals = append(r.Intervals, results.Interval{TS: end, LengthS: 0.25})
				r.DurationS = end
			}
			late := rapid.Float64Range(-0.4, 5).Draw(t, "late")
			parts = append(parts, started(late, part(fmt.Sprint("a", i), r)))
		}
		got, err := merge.Runs(whole(), nil, nil, parts)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		var asked, last float64
		for _, iv := range got.Intervals {
			sum += iv.Succeeded
			asked += iv.RequestsPerSecond * iv.LengthS
			if iv.TS <= last {
				t.Fatalf("an interval ends at %v, and the one before at %v", iv.TS, last)
			}
			last = iv.TS
		}
		if sum != succeeded || math.Abs(asked-requests) > 1e-6 {
			t.Fatalf("intervals have %d connections and %v requests, want %d and %v", sum, asked, succeeded, requests)
		}
	})
}

func TestRatesAreOfAllOverTheTimeOfTheFleet(t *testing.T) {
	tests := []struct {
		name     string
		parts    []merge.Part
		rate     float64
		duration float64
		apart    bool
	}{
		{"at one time", []merge.Part{part("a", run(10, 100)), part("b", run(10, 50))}, 150, 10, false},
		{"one after the other, as of two runs at their own times", []merge.Part{part("a", run(10, 100)),
			started(10, part("b", run(10, 100)))}, 100, 20, true},
		{"one ended early", []merge.Part{part("a", run(10, 100)), part("b", run(1, 100))}, 110, 10, true},
		{"both a moment late", []merge.Part{started(0.5, part("a", run(10, 100))), started(0.5, part("b", run(10,
			100)))},
			200, 10, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mustMerge(t, tt.parts...)
			if !near(got.Rates.ConnectionsPerSecond, tt.rate) || !near(got.DurationS, tt.duration) {
				t.Errorf("%v/s in %v s, want %v/s in %v s", got.Rates.ConnectionsPerSecond, got.DurationS, tt.rate,
					tt.duration)
			}
			if told := warned(got, "agents-ended-apart") != ""; told != tt.apart {
				t.Errorf("warned that they ended apart: %t, want %t", told, tt.apart)
			}
		})
	}
}

// warned is the text of the warning of a code; "" where there is none.
func warned(r *results.Run, code string) string {
	for _, w := range r.Warnings {
		if w.Code == code {
			return w.Text
		}
	}
	return ""
}

func TestWhatAgentsDoNotShareIsNeverTheFirstOnes(t *testing.T) {
	one, other := run(1, 10), run(1, 10)
	other.Environment.Kernel = "6.12.1"
	other.Environment.Sysctls = map[string]string{"net.ipv4.tcp_timestamps": "1", "net.ipv4.tcp_tw_reuse": "1"}
	other.Environment.Limits = map[string]uint64{"nofile": 1024}
	other.Options.Sockets = scenario.SocketsFresh
	for _, parts := range [][]merge.Part{{part("a", one), part("b", other)}, {part("b", other), part("a", one)}} {
		got := mustMerge(t, parts...)
		e := got.Environment
		if e.Kernel != "6.12.1, 6.18.5" || e.CPUs != 4 || e.MemoryBytes != 16<<30 {
			t.Errorf("kernel %q, %d processors, %d bytes, want both kernels, and the sums", e.Kernel, e.CPUs,
				e.MemoryBytes)
		}
		if len(e.Sysctls) != 1 || e.Sysctls["net.ipv4.tcp_timestamps"] != "1" || len(e.Limits) != 0 {
			t.Errorf("sysctls %v, limits %v, want what both have", e.Sysctls, e.Limits)
		}
		for _, want := range []string{"kernel (", "6.12.1 on b", "6.18.5 on a", "sysctl net.ipv4.tcp_tw_reuse (",
			"limit of nofile (", "option sockets (", "sysctl net.ipv4.ip_local_port_range (32768 60999 on a, none " +
				"on 1 agent)"} {
			if text := warned(got, "agents-differ"); !strings.Contains(text, want) {
				t.Errorf("agents-differ = %q, want %q", text, want)
			}
		}
		for _, not := range []string{"arch", "tcp_timestamps", "processors", "memory"} {
			if text := warned(got, "agents-differ"); strings.Contains(text, not) {
				t.Errorf("agents-differ = %q, want nothing of %s, which they share", text, not)
			}
		}
	}
	if text := warned(mustMerge(t, part("a", run(1, 1)), part("b", run(1, 1))), "agents-differ"); text != "" {
		t.Errorf("agents-differ = %q of agents that are alike", text)
	}
}

func TestOptionsAreTheWholesAsEnginesTookThem(t *testing.T) {
	r := run(1, 10)
	r.Options.Engine, r.Options.Concurrency, r.Options.Seed = scenario.EngineEpoll, 50, 7
	got := mustMerge(t, part("a", r), part("b", r)).Options
	if got.Engine != scenario.EngineEpoll || got.Concurrency != 150 || got.Seed != 1 {
		t.Errorf("engine %s, concurrency %d, seed %d, want epoll, and the whole's", got.Engine, got.Concurrency,
			got.Seed)
	}
}

func TestALostAgentIsNeverLeftOut(t *testing.T) {
	journal := run(3, 10)
	journal.CutOff, journal.Interrupted = &results.CutOff{}, true
	journal.Intervals[0].Errors = map[string]int64{"connect: ETIMEDOUT": 2}
	nothing := lost(0, part("c", nil))
	nothing.Agent.Lost.AtS = nil
	got := mustMerge(t, part("a", run(10, 10)), lost(3.2, part("b", journal)), nothing)
	if !got.Degraded || got.Interrupted || len(got.Agents) != 3 || got.Totals.Succeeded != 130 {
		t.Errorf("degraded %t, interrupted %t, %d agents, %d connections, want all three, and what both did",
			got.Degraded,
			got.Interrupted, len(got.Agents), got.Totals.Succeeded)
	}
	if a := got.Agents[1]; a.Totals == nil || a.Exhaustion != nil || a.Prediction != nil || a.CPU != nil {
		t.Errorf("agent b = %+v, want what a journal has", a)
	}
	if got.Totals.Errors["connect: ETIMEDOUT"] != 2 {
		t.Errorf("errors %v, want those of its intervals", got.Totals.Errors)
	}
	if text := got.Verdict.Headline; !strings.HasPrefix(text,
		"Degraded: 2 of 3 agents did not go on to the end: b and c (b at 3.2 s: no beat for 2.5 s).") {
		t.Errorf("headline = %q", text)
	}
	if warned(got, "agents-lost") == "" || warned(got, "agents-cut-off") == "" {
		t.Errorf("warnings %v, want both said", got.Warnings)
	}
	if whole := mustMerge(t, part("a", run(1, 1))); whole.Degraded || warned(whole, "agents-lost") != "" {
		t.Error("a fleet that lost none is degraded")
	}
}

func TestWhatCannotBeMergedIsRefused(t *testing.T) {
	damaged := run(1, 10)
	damaged.Latency = results.Latency{Connect: &metrics.Summary{Count: 1, HDR: "none"}}
	interval := run(1, 10)
	interval.Intervals[0].ConnectHDR = "none"
	tests := []struct {
		name  string
		parts []merge.Part
		want  string
	}{
		{"no agent", nil, "there is none"},
		{"only lost ones", []merge.Part{lost(1, part("a", nil))}, "a was lost: no beat for 2.5 s"},
		{"one that is there twice", []merge.Part{part("a", run(1, 1)), part("a", run(1, 1))}, "agent a is there twice"},
		{"one without a result", []merge.Part{part("a", nil)}, "agent a has no result, and is not said to be lost"},
		{"a damaged histogram", []merge.Part{part("a", damaged)}, "agent a: decode histogram"},
		{"one of an interval", []merge.Part{part("a", interval)}, "agent a: interval at 1 s: connect latency"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := merge.Runs(whole(), nil, nil, tt.parts); err == nil || !strings.Contains(err.Error(),
				tt.want) {
				t.Errorf("Runs() = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestAMergedResultIsAResult(t *testing.T) {
	var parts []merge.Part
	for _, name := range resultstest.Names() {
		r := resultstest.Real(t, name)
		if r.Options.Interval == time.Second && r.Program == nil {
			parts = append(parts, part(name, r))
		}
	}
	parts = append(parts, lost(1, part("gone", nil)))
	var b bytes.Buffer
	if err := results.Encode(&b, mustMerge(t, parts...)); err != nil {
		t.Fatal(err)
	}
	resultstest.Validate(t, b.Bytes())
	got, err := results.Decode(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var want int64
	for _, p := range parts {
		if p.Run != nil {
			want += p.Run.Totals.Succeeded
		}
	}
	if got.Totals.Succeeded != want || len(got.Agents) != len(parts) || !got.Degraded {
		t.Errorf("%d connections of %d agents, want %d of %d", got.Totals.Succeeded, len(got.Agents), want, len(parts))
	}
}

// Agents of one host share its ports: the law, the counters and the processors are its once.
func TestWhatAgentsOfOneHostShareIsCountedOnce(t *testing.T) {
	own := func(name string) merge.Part {
		r := run(2, 10)
		r.Kernel.Client = map[string]int64{"TcpActiveOpens": 40}
		r.PortsAtStart = new(7)
		r.Prediction = capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: 1, Timestamps: true})
		r.Environment.CPUs, r.Environment.MemoryBytes = 4, 1<<30
		return part(name, r)
	}
	shared := own("b")
	shared.Agent.SharesPortsWith = "a"
	one, both, apart := mustMerge(t, own("a")), mustMerge(t, own("a"), shared), mustMerge(t, own("a"), own("b"))
	law := one.Prediction.ConnectionsUntilExhaustion
	if got := both.Prediction; got.ConnectionsUntilExhaustion != law || got.SafeCPS != one.Prediction.SafeCPS ||
		apart.Prediction.ConnectionsUntilExhaustion != 2*law || law == 0 {
		t.Errorf("the law of two agents on one host is %+v, want that of one, %+v, and of two hosts twice as much", got,
			one.Prediction)
	}
	if e := both.Environment; both.Kernel.Client["TcpActiveOpens"] != 40 || *both.PortsAtStart != 7 || e.CPUs != 4 ||
		e.MemoryBytes != 1<<30 || apart.Kernel.Client["TcpActiveOpens"] != 80 || apart.Environment.CPUs != 8 {
		t.Errorf("kernel %v, ports at the start %d, %+v; want those of the host, once", both.Kernel.Client,
			*both.PortsAtStart, e)
	}
	journal := own("a")
	journal.Run.CutOff, journal.Agent.CPUs = &results.CutOff{}, 4
	if got := mustMerge(t, lost(1, journal)).Environment.CPUs; got != 4 {
		t.Errorf("%d CPUs where the host has a journal alone, want the 4 that are known of it", got)
	}
	if iv := both.Intervals[0]; iv.PortsInUse != nil || iv.PortsCapacity != nil || iv.Succeeded != 20 ||
		*apart.Intervals[0].PortsInUse != 200 {
		t.Errorf("an interval has %+v, want the connections of both, and ports that are not known", iv)
	}
	if both.Totals.Succeeded != 40 || both.Agent("b").PortsInUseMax == nil {
		t.Errorf("%d connections, agent b %+v; want all, and its own ports", both.Totals.Succeeded, both.Agent("b"))
	}
	if said := warned(both, "agents-share-ports"); !strings.Contains(said, "b shared the ports") ||
		warned(apart, "agents-share-ports") != "" {
		t.Errorf("warned %q, want that b shares them, and nothing of two hosts", said)
	}
}

// A NAT has its ports for each destination that agents have, not for each target that is named.
func TestTheNATThatAgentsShareBindsWhereOpenConnectionsFillIt(t *testing.T) {
	own := func(name string, destinations, inFlight int) merge.Part {
		r := run(2, 10)
		r.Prediction = capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: destinations,
			Timestamps: true})
		r.Intervals[1].InFlight = inFlight
		return part(name, r)
	}
	outAfter := func(name string, after int64, at float64) merge.Part {
		p := own(name, 1, 10)
		p.Run.Exhaustion = &exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true, Call: "connect",
			Errno: "EADDRNOTAVAIL", AfterConnections: &after, AfterSeconds: &at, Host: exhaustion.ClientHost}
		return p
	}
	openLoop := func(w *scenario.Workload) { w.Rate = scenario.Rate{From: 20, To: 20} }
	tests := []struct {
		name   string
		change func(w *scenario.Workload)
		parts  []merge.Part
		want   int64 // connections until exhaustion
		says   string
	}{
		{"two paths of one server", nil, []merge.Part{own("a", 1, 50), own("b", 1, 50)}, 100, "for 100 connections at"},
		{"two servers", nil, []merge.Part{own("a", 2, 50), own("b", 2, 50)}, 200, "for 200 connections at"},
		{"one agent that has seen one server", nil, []merge.Part{own("a", 1, 50), own("b", 2, 50)}, 200,
			"for 200 connections at"},
		{"fewer in flight than it has ports", func(w *scenario.Workload) { w.Concurrency = 99 },
			[]merge.Part{own("a", 1, 50), own("b", 1, 50)}, 2000, "no more than 99 in flight"},
		{"an open loop that has not as many in flight", openLoop,
			[]merge.Part{own("a", 1, 49), own("b", 1, 50)}, 2000, "no interval ended with more than 99 in flight"},
		{"an open loop that has", openLoop,
			[]merge.Part{own("a", 1, 50), own("b", 1, 50)}, 100, "is the limit"},
		{"hosts that ran out, one long after the other", nil,
			[]merge.Part{outAfter("a", 1000, 20), outAfter("b", 1000, 100)}, 2000,
			"on all 2 agents, each after connections of its own: 2000 together, the last agent at 100 s; " +
				"exactly as predicted"},
		{"hosts that ran out at once", nil, []merge.Part{outAfter("a", 1000, 20), outAfter("b", 1000, 21)}, 2000,
			"after 2000 connections, when the last of them had none"},
		{"hosts that ran out at once and went on",
			func(w *scenario.Workload) { w.OnExhausted = scenario.OnExhaustedContinue },
			[]merge.Part{outAfter("a", 1000, 20), outAfter("b", 1000, 21)}, 2000, "each after connections of its own"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := whole()
			w.Concurrency = 200
			w.Until = scenario.UntilExhausted
			if tt.change != nil {
				tt.change(&w)
			}
			for _, p := range tt.parts {
				p.Run.Options.OnExhausted = w.OnExhausted
			}
			targets := []string{"http://192.0.2.1:7000/a", "http://192.0.2.1:7000/b"}
			r, err := merge.Runs(w, targets, &capacity.NAT{Ports: 100, Addresses: 1, Clients: 2}, tt.parts)
			if err != nil {
				t.Fatal(err)
			}
			said := r.Verdict.Headline + " " + strings.Join(r.Verdict.Sentences(), " ")
			if r.Prediction.ConnectionsUntilExhaustion != tt.want || !strings.Contains(said, tt.says) {
				t.Errorf("the law is %+v, and the verdict\n%s\nwant that of %d, and %q", r.Prediction, said, tt.want,
					tt.says)
			}
		})
	}
}

func TestAWarningIsInTheWordsOfOneAgent(t *testing.T) {
	saying := func(name, text string) merge.Part {
		r := run(1, 1)
		r.Warnings = []results.Warning{{Code: "x", Text: text}}
		return part(name, r)
	}
	same := warned(mustMerge(t, saying("a", "5 ports"), saying("b", "5 ports")), "x")
	other := warned(mustMerge(t, saying("a", "5 ports"), saying("b", "6 ports")), "x")
	if same != "on a and 1 more: 5 ports" || other != "on a, and with figures of their own on 1 more: 5 ports" {
		t.Errorf("warned %q and %q, want the first to be of both, and the second not", same, other)
	}
}

// Who is lost has started nothing of what it was to, and what the others started is not held
// against the rate of all.
func TestTheRateThatWasOfferedIsOfThoseThatHaveAResult(t *testing.T) {
	five := scenario.Rate{From: 5, To: 5}
	offering := func(name string, r *results.Run) merge.Part {
		p := part(name, r)
		p.Agent.Share.Rate = five
		if r != nil {
			r.Lateness = &results.Lateness{Planned: 10, Started: 10, Valid: true}
		}
		return p
	}
	for name, tt := range map[string]struct {
		other merge.Part
		want  string
	}{
		"both":        {offering("b", run(2, 5)), "(10/s offered)"},
		"one is lost": {lost(1, offering("b", nil)), "(5/s offered)"},
	} {
		w := whole()
		w.Rate = scenario.Rate{From: 10, To: 10}
		r, err := merge.Runs(w, []string{"tcp://192.0.2.1:7000"}, nil, []merge.Part{offering("a", run(2, 5)), tt.other})
		if err != nil || !strings.Contains(r.Verdict.Headline, tt.want) {
			t.Errorf("%s: %v, %s; want %q in it", name, err, r.Verdict.Headline, tt.want)
		}
	}
}
