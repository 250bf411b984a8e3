package compare

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/goldentest"
	"tcpbench/judge/metric"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// latencies is a distribution of 1000 around middle, the slowest ten of them
// ten times as slow.
func latencies(middle time.Duration) *metrics.Summary {
	h := metrics.NewHistogram()
	for i := range 1000 {
		d := middle + time.Duration(i-500)*middle/1000
		if i >= 990 {
			d = 10 * middle
		}
		h.Record(d)
	}
	return metrics.Summarize(h)
}

// oneRun is a run of a lab with a rate and a typical connect latency.
func oneRun(rate float64, connect time.Duration) *results.Run {
	cpu := 1e6 / rate / 2
	return &results.Run{
		Schema:    results.Schema,
		DurationS: 2,
		Options:   scenario.DefaultWorkload(),
		Targets:   []string{"tcp://10.0.0.2:7000"},
		Environment: results.Environment{
			Kernel: "Linux 6.18.5", Arch: "amd64", CPUs: 2, CPUModel: "Example CPU 3.0 GHz", MemoryBytes: 8 << 30,
			Sysctls: map[string]string{"net.ipv4.tcp_tw_reuse": "0"},
			Lab:     true, TargetKind: "embedded", Server: "echo", Engine: "epoll",
		},
		Totals:     results.Totals{Counts: metrics.Counts{Attempted: 1000, Succeeded: 1000}},
		Rates:      results.Rates{ConnectionsPerSecond: rate, RequestsPerSecond: rate},
		Latency:    results.Latency{Connect: latencies(connect), Response: latencies(2 * connect)},
		CPU:        &results.CPU{PerConnectionUS: &cpu},
		Exhaustion: &exhaustion.Finding{Outcome: exhaustion.Sustained},
	}
}

// ranOut is what a run finds that has 1000 ports.
func ranOut(r *results.Run) {
	r.Exhaustion = &exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true,
		AfterConnections: new(int64(1000)), AfterSeconds: new(0.5)}
}

// repeats are n runs that differ by up to 3 %.
func repeats(n int, rate float64, connect time.Duration) []*results.Run {
	return resultstest.Repeats(n, rate, connect, oneRun)
}

// constant are n runs whose figures are all the same.
func constant(n int) []*results.Run {
	var out []*results.Run
	for range n {
		out = append(out, oneRun(1, time.Millisecond))
	}
	return resultstest.Distinct(out)
}

func labelled(runs []*results.Run, key, value string) []*results.Run {
	return resultstest.Each(runs, func(r *results.Run) {
		cell := map[string]string{key: value}
		for k, v := range r.Cell {
			cell[k] = v
		}
		r.Cell = cell
		if err := r.Options.Set(key, value); err != nil {
			panic(err)
		}
	})
}

func mustCompare(t *testing.T, base, candidate []*results.Run, o Options) *Comparison {
	t.Helper()
	c, err := Compare(Side{Name: "before", Runs: base}, Side{Name: "after", Runs: candidate}, o)
	if err != nil {
		t.Fatalf("Compare() = %v, want no error", err)
	}
	return c
}

func TestVerdicts(t *testing.T) {
	faster := func(n int) []*results.Run { return repeats(n, 24_000, 80*time.Microsecond) }
	usual := func(n int) []*results.Run { return repeats(n, 20_000, 100*time.Microsecond) }
	tests := []struct {
		name            string
		base, candidate []*results.Run
		rate, p99       Verdict
	}{
		{"four and four that do not overlap", usual(4), faster(4), Improved, Improved},
		{"the other way round", faster(4), usual(4), Worse, Worse},
		{"the same again", usual(6), usual(6), Same, Same},
		{"three and three, although they do not overlap", usual(3), faster(3), Inconclusive, Inconclusive},
		{"one of a hundred a side is too few on that side", usual(1), faster(100), Inconclusive, Inconclusive},
		{"one and one, equal", usual(1), usual(1), Inconclusive, Inconclusive},
		{"nothing varies", constant(4), constant(4), Same, Same},
		{"not measured on one side", usual(4),
			resultstest.Each(usual(4), func(r *results.Run) { r.Latency.Connect = nil }), Same, Missing},
		{"an empty distribution is not measured", usual(4),
			resultstest.Each(usual(4), func(r *results.Run) { r.Latency.Connect = &metrics.Summary{} }), Same, Missing},
		{"NaN is not measured", usual(4), resultstest.Each(usual(4),
			func(r *results.Run) { r.Rates.ConnectionsPerSecond = math.NaN() }), Missing, Same},
		{"NaN in one of five leaves four", usual(5),
			append(faster(4), resultstest.Each(faster(1),
				func(r *results.Run) { r.Rates.ConnectionsPerSecond = math.NaN() })...), Improved, Improved},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cell := mustCompare(t, tt.base, tt.candidate, Options{}).Cells[0]
			for metric, want := range map[string]Verdict{"connections_per_second": tt.rate, "connect_p99": tt.p99} {
				if got := cell.Row(metric); got == nil || got.Verdict != want {
					t.Errorf("Compare().Row(%s) = %+v, want verdict %s", metric, got, want)
				}
			}
		})
	}
}

// Two cells of the same name, of a sysctl on either side, are two.
func TestCellsAreTheirLabelsNotTheirNames(t *testing.T) {
	cells := func(rate float64) []*results.Run {
		client := resultstest.Each(repeats(4, rate, time.Millisecond),
			func(r *results.Run) { r.Cell = map[string]string{"sysctl.net.core.somaxconn": "1"} })
		server := resultstest.Each(repeats(4, 2*rate, time.Millisecond),
			func(r *results.Run) { r.Cell = map[string]string{"server-sysctl.net.core.somaxconn": "1"} })
		return append(client, server...)
	}
	base, candidate := cells(1000), cells(1000)
	candidate = append(candidate[4:], candidate[:4]...) // in another order
	for _, cell := range mustCompare(t, base, candidate, Options{}).Cells {
		if r := cell.Row("connections_per_second"); *r.ChangePercent != 0 {
			t.Errorf("%v: change = %v %%, want that each cell is compared with itself", cell.Labels, *r.ChangePercent)
		}
	}
}

// Of runs of one setting one comparison in twenty is significant by chance, and
// no more; a change of twice the spread is hardly ever missed.
func TestSignificanceIsWhatItSays(t *testing.T) {
	const rounds, n = 2000, 10
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(center float64) []*results.Run {
		var out []*results.Run
		for range n {
			out = append(out, &results.Run{DurationS: 1,
				Rates: results.Rates{ConnectionsPerSecond: center + 100*rng.NormFloat64()}})
		}
		return out
	}
	rate, err := metric.Find("connections_per_second")
	if err != nil {
		t.Fatal(err)
	}
	share := func(center float64) float64 {
		found := 0
		for range rounds {
			base, candidate := &pool{Group{Runs: draw(10_000)}, &results.Run{}},
				&pool{Group{Runs: draw(center)}, &results.Run{}}
			if compared(rate, base, candidate).Significant() {
				found++
			}
		}
		return float64(found) / rounds
	}
	if got := share(10_000); got < 0.02 || got > 0.06 {
		t.Errorf("%.1f %% of comparisons of one setting are significant, want about 4 %%", got*100)
	}
	if got := share(10_200); got < 0.97 {
		t.Errorf("%.1f %% of changes by twice the spread are found, want nearly all", got*100)
	}
}

// One slow repeat moves the merged percentile up while every typical repeat
// became faster: neither is the answer.
func TestRepeatsThatContradictTheirSumAreInconclusive(t *testing.T) {
	candidate := append(repeats(9, 24_000, 80*time.Microsecond), oneRun(24_000, 50*time.Millisecond))
	row := mustCompare(t, repeats(10, 20_000, 100*time.Microsecond), candidate, Options{}).Cells[0].Row("connect_p99")
	if row.Verdict != Inconclusive || !strings.Contains(row.Note, "stand out") {
		t.Errorf("Row(connect_p99) = %+v, want it inconclusive", row)
	}
}

// The 99th percentile of half 100 us and half 300 us is that of the slower
// half: the mean of the two percentiles is one that no connection had.
func TestPercentilesAreMergedNeverAveraged(t *testing.T) {
	var base []*results.Run
	for i := range 6 {
		base = append(base, oneRun(1000, []time.Duration{100 * time.Microsecond, 300 * time.Microsecond}[i%2]))
	}
	resultstest.Distinct(base)
	got := mustCompare(t, base, base, Options{}).Cells[0].Row("connect_p90").Base
	all := metrics.NewHistogram()
	for _, r := range base {
		h, err := r.Latency.Connect.Histogram()
		if err != nil {
			t.Fatal(err)
		}
		all.Merge(h)
	}
	want := float64(all.Percentile(90)) / 1e3
	if got.Merged == nil || *got.Merged != want || got.Figure() != want {
		t.Errorf("figure of connect_p90 = %v (merged %v), want %v", got.Figure(), got.Merged, want)
	}
	if got.Median == want || len(got.Values) != 6 {
		t.Errorf("median of %v = %v, want that of one value a repeat", got.Values, got.Median)
	}
}

func TestEveryPhaseIsMerged(t *testing.T) {
	r := &results.Run{}
	v := reflect.ValueOf(&r.Latency).Elem()
	for i := range v.NumField() {
		v.Field(i).Set(reflect.ValueOf(latencies(time.Millisecond)))
	}
	all, err := merged([]*results.Run{r, r})
	if err != nil {
		t.Fatal(err)
	}
	for i := range v.NumField() {
		if got := reflect.ValueOf(all.Latency).Field(i).Interface().(*metrics.Summary); got == nil ||
			got.Count != 2000 {
			t.Errorf("merged %s = %+v, want 2000 latencies", v.Type().Field(i).Name, got)
		}
	}
}

func TestIntervalsNeedSixRepeats(t *testing.T) {
	for n, want := range map[int]bool{5: false, 6: true} {
		s := mustCompare(t, repeats(n, 20_000, time.Millisecond), repeats(n, 20_000, time.Millisecond),
			Options{}).Cells[0].Row("connections_per_second").Base
		if got := s.Lo != nil && s.Hi != nil; got != want {
			t.Errorf("interval of %d repeats = %v to %v, want finite: %v", n, s.Lo, s.Hi, want)
		}
		if got := strings.Contains(s.String(), "∞"); got == want {
			t.Errorf("String() of %d repeats = %q", n, s)
		}
	}
}

type differenceTest struct {
	name    string
	change  func(*results.Run)
	refused string // what differs, when that is refused
	changed string // what is listed
}

func TestWhatIsTestedMayDiffer(t *testing.T) {
	wantDifference(t, []differenceTest{
		{"nothing", func(*results.Run) {}, "", ""},
		{"a sysctl is what is tested", func(r *results.Run) {
			r.Environment.Sysctls = map[string]string{"net.ipv4.tcp_tw_reuse": "1"}
		}, "", "net.ipv4.tcp_tw_reuse 0 -> 1"},
		{"a sysctl of the server", func(r *results.Run) {
			r.Environment.ServerSysctls = map[string]string{"net.core.somaxconn": "4096"}
		}, "", "server net.core.somaxconn (none) -> 4096"},
		{"a sysctl of the proxy", func(r *results.Run) {
			r.Environment.ProxySysctls = map[string]string{"net.ipv4.ip_local_port_range": "40000 40999"}
		}, "", "proxy net.ipv4.ip_local_port_range (none) -> 40000 40999"},
		{"a configuration of the proxy", func(r *results.Run) {
			r.Environment.ProxyFiles = map[string]string{"nginx.conf": "events {}"}
		}, "", "proxy file nginx.conf (none) -> sha256:98531702"},
		{"another proxy", func(r *results.Run) { r.Environment.Proxy = "nginx" }, "proxy (none) -> nginx", ""},
		{"a sysctl that was set and is not among those recorded", func(r *results.Run) {
			r.Options.Sysctl = scenario.Sysctls{"net.ipv4.tcp_ecn": "1"}
		}, "", "net.ipv4.tcp_ecn (none) -> 1"},
		{"linger", func(r *results.Run) { r.Options.Linger = scenario.Linger{On: true} }, "", "linger off -> 0"},
		{"the tool", func(r *results.Run) { r.Tool.Version = "v2" }, "", "tcpbench (none) -> v2"},
		{"a seed says nothing", func(r *results.Run) { r.Options.Seed = 7 }, "", ""},
		{"memory that the kernel keeps", func(r *results.Run) { r.Environment.MemoryBytes -= 1 << 20 }, "", ""},
	})
}

func TestWhatWasMeasuredOnMayNotDiffer(t *testing.T) {
	wantDifference(t, []differenceTest{
		{"the kernel", func(r *results.Run) { r.Environment.Kernel = "Linux 7.0" },
			"kernel Linux 6.18.5 -> Linux 7.0", ""},
		{"the number of CPUs", func(r *results.Run) { r.Environment.CPUs = 4 }, "cpus 2 -> 4", ""},
		{"the CPU", func(r *results.Run) { r.Environment.CPUModel = "Other" },
			"cpu model Example CPU 3.0 GHz -> Other", ""},
		{"memory", func(r *results.Run) { r.Environment.MemoryBytes *= 2 }, "memory 8 GiB -> 16 GiB", ""},
		{"the architecture", func(r *results.Run) { r.Environment.Arch = "arm64" }, "arch amd64 -> arm64", ""},
		{"no lab", func(r *results.Run) { r.Environment.Lab = false }, "lab true -> false", ""},
		{"another kind of target", func(r *results.Run) { r.Environment.TargetKind = "command" },
			"target kind embedded -> command", ""},
		{"another server", func(r *results.Run) { r.Environment.Server = "http" }, "server echo -> http", ""},
		{"another engine", func(r *results.Run) { r.Environment.Engine = "io_uring" }, "engine epoll -> io_uring", ""},
		{"the mode", func(r *results.Run) { r.Options.Mode = scenario.ModeKeepalive }, "mode short -> keepalive", ""},
		{"the connections in flight", func(r *results.Run) { r.Options.Concurrency = 51 }, "concurrency 50 -> 51", ""},
		{"the threads", func(r *results.Run) { r.Options.Threads = 2 }, "threads 1 -> 2", ""},
		{"the size of a request", func(r *results.Run) { r.Options.RequestSize = 65 }, "request-size 64 -> 65", ""},
		{"the number of agents", func(r *results.Run) { r.Agents = make([]results.Agent, 3) }, "agents (none) -> 3",
			""},
		{"for how long", func(r *results.Run) { r.Options.Duration = time.Minute }, "duration 10s -> 1m0s", ""},
	})
}

func wantDifference(t *testing.T, tests []differenceTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base := Side{Name: "before", Runs: repeats(4, 20_000, time.Millisecond)}
			candidate := Side{Name: "after", Runs: resultstest.Each(repeats(4, 20_000, time.Millisecond), tt.change)}
			c, err := Compare(base, candidate, Options{})
			var refused *IncomparableError
			if got := errors.As(err, &refused); got != (tt.refused != "") ||
				err != nil && !strings.Contains(err.Error(), "\n  "+tt.refused+"\n") {
				t.Fatalf("Compare() = %v, want that it refuses %q", err, tt.refused)
			}
			if tt.refused != "" {
				c, err = Compare(base, candidate, Options{Force: true})
				if err != nil || len(c.Forced) != 1 || c.Forced[0].String() != tt.refused {
					t.Errorf("Compare(Force) = %+v, %v, want it with %q", c, err, tt.refused)
				}
				return
			}
			if got := texts(c.Changed); got != tt.changed {
				t.Errorf("Changed = %q, want %q", got, tt.changed)
			}
		})
	}
}

func texts(ds []Difference) string {
	var out []string
	for _, d := range ds {
		out = append(out, d.String()+inCells(d.Cells))
	}
	return strings.Join(out, "; ")
}

// The rate of a search is what it found, not what was asked of it.
func TestSearchesAreComparedByWhatTheyFound(t *testing.T) {
	searched := func(rate float64, slo string) []*results.Run {
		return resultstest.Each(repeats(4, rate, time.Millisecond), func(r *results.Run) {
			r.Options.Rate = scenario.Rate{From: rate, To: rate}
			r.Search = &results.Search{SLO: slo, HoldsRate: rate, Sure: true}
		})
	}
	row := mustCompare(t, searched(20_000, "errors<1%"), searched(30_000, "errors<1%"),
		Options{}).Cells[0].Row("holds_rate")
	if row == nil || row.Verdict != Improved || *row.ChangePercent != 50 {
		t.Errorf("Row(holds_rate) = %+v, want 50 %% better", row)
	}
	_, err := Compare(Side{Name: "before", Runs: searched(20_000, "errors<1%")},
		Side{Name: "after", Runs: searched(20_000, "errors<2%")}, Options{})
	if err == nil || !strings.Contains(err.Error(), "slo errors<1% -> errors<2%") {
		t.Errorf("Compare() of other limits = %v, want that it refuses", err)
	}
}

// What the labels of two single cells say is what is compared, even where it
// is part of the workload.
func TestTheLabelsOfSingleCellsAreExpectedToDiffer(t *testing.T) {
	base := labelled(repeats(4, 20_000, time.Millisecond), "concurrency", "50")
	candidate := labelled(repeats(4, 20_000, time.Millisecond), "concurrency", "100")
	c := mustCompare(t, base, candidate, Options{})
	if got, want := texts(c.Changed), "concurrency 50 -> 100"; got != want {
		t.Errorf("Changed = %q, want %q", got, want)
	}
	if got, want := c.Cells[0].Name, "concurrency=50 -> concurrency=100"; got != want {
		t.Errorf("Cells[0].Name = %q, want %q", got, want)
	}
}

func TestRepeatsThatDifferAreNone(t *testing.T) {
	base := repeats(4, 20_000, time.Millisecond)
	base[2].Environment.Sysctls = map[string]string{"net.ipv4.tcp_tw_reuse": "1"}
	_, err := Compare(Side{Name: "before", Runs: base},
		Side{Name: "after", Runs: repeats(4, 20_000, time.Millisecond)}, Options{})
	if err == nil || !strings.Contains(err.Error(),
		"the repeats of a cell are not comparable, because these differ:\n  net.ipv4.tcp_tw_reuse 0 -> 1 (in run)") {
		t.Errorf("Compare() = %v, want that it refuses repeats that differ", err)
	}
}

// sweepRuns are two cells, labelled by linger.
func sweepRuns(n int, rate float64) []*results.Run {
	return append(
		labelled(repeats(n, rate, 100*time.Microsecond), "linger", "off"),
		labelled(repeats(n, 2*rate, 50*time.Microsecond), "linger", "0")...)
}

func TestCellsAreMatchedByLabels(t *testing.T) {
	base := sweepRuns(4, 20_000)
	candidate := append(labelled(repeats(4, 24_000, 80*time.Microsecond), "linger", "5s"), sweepRuns(4, 24_000)...)
	c := mustCompare(t, base, candidate, Options{})
	if len(c.Cells) != 2 || c.Cells[0].Name != "linger=off" || c.Cells[1].Name != "linger=0" {
		t.Errorf("Cells = %+v, want linger=off and linger=0", c.Cells)
	}
	if got, want := c.Notes[0], "only the new side has linger=5s"; got != want {
		t.Errorf("Notes[0] = %q, want %q", got, want)
	}
	for _, g := range c.Geomeans {
		if g.Metric == "connections_per_second" && (math.Abs(g.ChangePercent-20) > 1e-9 || g.Cells != 2) {
			t.Errorf("geomean of the rate = %+v, want 20 %% over 2 cells", g)
		}
		if g.Metric == "errors" {
			t.Errorf("geomean of errors = %+v, want none of what can be 0", g)
		}
	}
}

func TestNoCommonCell(t *testing.T) {
	base := sweepRuns(1, 1000)
	candidate := append(labelled(repeats(1, 1000, time.Millisecond), "linger", "5s"),
		labelled(repeats(1, 1000, time.Millisecond), "linger", "6s")...)
	_, err := Compare(Side{Name: "before", Runs: base}, Side{Name: "after", Runs: candidate}, Options{})
	want := "before and after have no common cell: the one has linger=off; linger=0, the other linger=5s; linger=6s"
	if err == nil || err.Error() != want {
		t.Errorf("Compare() = %v, want %s", err, want)
	}
}

func TestRunsThatShowNothingAreLeftOut(t *testing.T) {
	candidate := append(repeats(4, 24_000, time.Millisecond),
		resultstest.Each(repeats(1, 1, time.Hour), func(r *results.Run) { r.Interrupted = true })...)
	c := mustCompare(t, repeats(4, 20_000, time.Millisecond), candidate, Options{})
	if want := "after: run, run 5 of 5 is left out: it was interrupted after 2 s"; c.Notes[0] != want {
		t.Errorf("Notes = %q, want %q", c.Notes, want)
	}
	if n := c.Cells[0].Row("connections_per_second").New.N(); n != 4 {
		t.Errorf("repeats of the new side = %d, want 4", n)
	}
	_, err := Compare(Side{Name: "before", Runs: candidate[:4]}, Side{Name: "after", Runs: candidate[4:]}, Options{})
	if err == nil || !strings.Contains(err.Error(), "after has no run to compare") {
		t.Errorf("Compare() with nothing that shows anything = %v, want an error", err)
	}
}

// Of a run whose generator was late the figures that have that in them are left
// out, and no others.
func TestFiguresOfALateGeneratorAreLeftOut(t *testing.T) {
	response := func(runs []*results.Run, own time.Duration) []*results.Run {
		return resultstest.Each(runs, func(r *results.Run) {
			r.Latency.Response = resultstest.Summary(1000, 2*time.Microsecond)
			r.Lateness = &results.Lateness{Planned: 1000, Started: 1000, Valid: true,
				Own: resultstest.Summary(1000, own/1000)}
		})
	}
	candidate := append(response(repeats(4, 24_000, time.Millisecond), time.Microsecond),
		response(repeats(2, 24_000, time.Millisecond), 900*time.Microsecond)...)
	c := mustCompare(t, response(repeats(4, 20_000, time.Millisecond), time.Microsecond), candidate, Options{})
	for name, n := range map[string]int{"response_p99": 4, "connect_p99": 6, "connections_per_second": 6} {
		if got := c.Cells[0].Row(name).New; got.N() != n {
			t.Errorf("%s has %d repeats of the new side, want %d", name, got.N(), n)
		}
	}
	const note = "run, new: some repeats are left out of response_p50 (4 of 6); "
	if notes := strings.Join(c.Notes, "\n"); !strings.Contains(notes, note) ||
		!strings.Contains(notes, ": the generator itself was late, which is ") ||
		strings.Contains(notes, "run, base:") {
		t.Errorf("notes = %q, want %q and why", c.Notes, note)
	}
}

func TestADamagedHistogramIsAnError(t *testing.T) {
	damaged := resultstest.Each(repeats(2, 1, time.Millisecond),
		func(r *results.Run) { r.Latency.Connect.HDR = "damaged" })
	_, err := Compare(Side{Name: "before", Runs: repeats(2, 1, time.Millisecond)},
		Side{Name: "after", Runs: damaged}, Options{})
	want := "compare run: new: connect latency: run 1 of 2: decode histogram"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("Compare() = %v, want %s", err, want)
	}
}

func TestOtherMetricsCanBeAskedFor(t *testing.T) {
	m, err := metric.Find("connect_p75")
	if err != nil {
		t.Fatal(err)
	}
	runs := repeats(4, 1000, time.Millisecond)
	if c := mustCompare(t, runs, runs, Options{Metrics: []metric.Metric{m}}); c.Cells[0].Row("connect_p75") == nil {
		t.Errorf("Row(connect_p75) is missing")
	}
}

func TestOutputIsAsItWas(t *testing.T) {
	reuse := func(r *results.Run) {
		ranOut(r)
		r.Environment.Sysctls = map[string]string{"net.ipv4.tcp_tw_reuse": "1"}
	}
	one := mustCompare(t, resultstest.Each(repeats(6, 20_000, 100*time.Microsecond), ranOut),
		resultstest.Each(repeats(6, 24_000, 80*time.Microsecond), reuse), Options{})
	few := mustCompare(t, repeats(2, 20_000, 100*time.Microsecond),
		resultstest.Each(repeats(1, 24_000, 80*time.Microsecond), func(r *results.Run) { r.Latency.Response = nil }),
		Options{})
	forced := mustCompare(t, sweepRuns(4, 20_000),
		resultstest.Each(sweepRuns(4, 19_000), func(r *results.Run) { r.Environment.CPUs = 4 }), Options{Force: true})
	tests := []struct {
		file  string
		c     *Comparison
		write func(*bytes.Buffer, *Comparison) error
	}{
		{"one.txt", one, func(b *bytes.Buffer, c *Comparison) error { return WriteText(b, c) }},
		{"few.txt", few, func(b *bytes.Buffer, c *Comparison) error { return WriteText(b, c) }},
		{"forced.txt", forced, func(b *bytes.Buffer, c *Comparison) error { return WriteText(b, c) }},
		{"one.md", one, func(b *bytes.Buffer, c *Comparison) error { return WriteMarkdown(b, c) }},
		{"one.csv", one, func(b *bytes.Buffer, c *Comparison) error { return WriteCSV(b, c) }},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			var b bytes.Buffer
			if err := tt.write(&b, tt.c); err != nil {
				t.Fatal(err)
			}
			goldentest.Equal(t, "testdata/"+tt.file, b.Bytes())
		})
	}
}

func TestSpreadIsAsItWas(t *testing.T) {
	var b bytes.Buffer
	if err := WriteSpread(&b, repeats(6, 20_000, 100*time.Microsecond)); err != nil {
		t.Fatal(err)
	}
	goldentest.Equal(t, "testdata/spread.txt", b.Bytes())
}

func TestMachinesCanReadIt(t *testing.T) {
	c := mustCompare(t, sweepRuns(2, 20_000), sweepRuns(6, 19_000), Options{})
	var asJSON, asCSV bytes.Buffer
	if err := errors.Join(WriteJSON(&asJSON, c), WriteCSV(&asCSV, c)); err != nil {
		t.Fatal(err)
	}
	var back Comparison
	if err := json.Unmarshal(asJSON.Bytes(), &back); err != nil {
		t.Fatalf("the JSON cannot be read: %v", err)
	}
	if back.Schema != Schema || len(back.Cells) != 2 || back.Cells[0].Rows[0].Verdict != Inconclusive {
		t.Errorf("read back: %+v, want the comparison", back)
	}
	lines, err := csv.NewReader(&asCSV).ReadAll()
	if err != nil || len(lines) != 1+len(c.Cells[0].Rows)+len(c.Cells[1].Rows) {
		t.Errorf("the CSV has %d lines, %v, want a header and one for every row", len(lines), err)
	}
}

// A rise from 0 in every repeat has no percentage, in JSON neither.
func TestARiseFromNothingCanBeWritten(t *testing.T) {
	failing := resultstest.Each(repeats(6, 20_000, time.Millisecond), func(r *results.Run) { r.Totals.Failed = 20 })
	c := mustCompare(t, repeats(6, 20_000, time.Millisecond), failing, Options{})
	var b bytes.Buffer
	if err := WriteJSON(&b, c); err != nil {
		t.Fatal(err)
	}
	r := c.Cells[0].Row("errors")
	if r.Verdict != Worse || r.ChangePercent != nil || r.Power.Bounds() != "a rise from 0" {
		t.Errorf("errors = %s %s, %s, want worse, by a rise from 0", r.Brief(), r.Verdict, r.Power.Bounds())
	}
}

// The real benchstat comes to the same figures.
func TestBenchstatReadsIt(t *testing.T) {
	base, candidate := sweepRuns(6, 20_000), sweepRuns(6, 24_000)
	path := filepath.Join(t.TempDir(), "results.txt")
	var b bytes.Buffer
	if err := WriteBenchfmt(&b, Side{Name: "before", Runs: base}, Side{Name: "after", Runs: candidate}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "tool", "benchstat", "-col", "side", "-format", "csv", "-filter",
		".unit:connections/s", path)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("benchstat: %v\n%s\n%s", err, stderr.String(), b.String())
	}
	for _, want := range []string{"Run/linger=off", "+20.00%", "p=0.002 n=6", "geomean"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("benchstat does not say %q:\n%s%s", want, out, stderr.String())
		}
	}
	row := mustCompare(t, base, candidate, Options{}).Cells[0].Row("connections_per_second")
	if got := row.Brief(); !strings.HasSuffix(got, "+20.00% p=0.002 n=6") {
		t.Errorf("row = %q, want what benchstat says", got)
	}
}

func TestBenchmarkNamesAreOneWord(t *testing.T) {
	r := &results.Run{Cell: map[string]string{"sysctl.net.ipv4.ip_local_port_range": "40000 40999",
		"source": "10.0.0.0/24"}}
	if got, want := benchName(r), "Run/source=10.0.0.0_24/ip_local_port_range=40000_40999"; got != want {
		t.Errorf("benchName() = %q, want %q", got, want)
	}
}

func TestWritersTellWhatCouldNotBeWritten(t *testing.T) {
	runs := repeats(4, 1000, time.Millisecond)
	c := mustCompare(t, runs, runs, Options{})
	for name, write := range map[string]func() error{
		"text":     func() error { return WriteText(full{}, c) },
		"markdown": func() error { return WriteMarkdown(full{}, c) },
		"json":     func() error { return WriteJSON(full{}, c) },
		"csv":      func() error { return WriteCSV(full{}, c) },
		"benchfmt": func() error {
			return WriteBenchfmt(full{}, Side{Name: "a", Runs: runs}, Side{Name: "b", Runs: runs})
		},
		"spread": func() error { return WriteSpread(full{}, runs) },
	} {
		if write() == nil {
			t.Errorf("%s on a full disk = nil, want an error", name)
		}
	}
}

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestARunIsNotComparedWithItself(t *testing.T) {
	four := func(hour int) []*results.Run {
		runs := repeats(4, 20_000+float64(hour), time.Millisecond)
		for i, r := range runs {
			r.StartedAt = time.Date(2026, 3, 14, hour, i, 5, 926_535_897, time.UTC)
		}
		return runs
	}
	base, other := four(9), four(11)
	if _, err := Compare(Side{Name: "before", Runs: base}, Side{Name: "after", Runs: other}, Options{}); err != nil {
		t.Errorf("Compare(runs of other hours) = %v, want no error", err)
	}
	other[2] = base[1]
	_, err := Compare(Side{Name: "before", Runs: base}, Side{Name: "after", Runs: other}, Options{Force: true})
	if want := "run 2 of the base is run 3 of the new side too"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Compare(one run on both sides) = %v, want an error with %q", err, want)
	}
}

func TestADegradedRunIsLeftOut(t *testing.T) {
	fleet := func() *results.Run { return resultstest.Real(t, "fleet") }
	whole, degraded := fleet(), fleet()
	degraded.Agents[1].Lost, degraded.Degraded = &results.AgentLost{Why: "no beat for 2.5 s"}, true
	if why := Unfit(whole); why != "" {
		t.Errorf("Unfit(a whole fleet) = %q, want it fit", why)
	}
	const want = "it is degraded: agent-2 of 3 agents did not go on to the end (no beat for 2.5 s)"
	if why := Unfit(degraded); why != want {
		t.Errorf("Unfit(a degraded fleet) = %q, want %q", why, want)
	}
	if _, err := Compare(Side{Name: "before", Runs: []*results.Run{whole}}, Side{Name: "after",
		Runs: []*results.Run{degraded}}, Options{}); err == nil || !strings.Contains(err.Error(), "after has no run") {
		t.Errorf("Compare() with a degraded run alone = %v, want an error", err)
	}
}
