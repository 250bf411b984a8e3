package history

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpbench/internal/goldentest"
	"tcpbench/judge/metric"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// run is one of so many connections in as many days, with a latency of so many
// microseconds.
func run(day int, us float64) *results.Run {
	h := metrics.NewHistogram()
	for range 200 {
		h.Record(time.Duration(us * float64(time.Microsecond)))
	}
	w := scenario.DefaultWorkload()
	return &results.Run{
		Schema:    results.Schema,
		StartedAt: time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC).AddDate(0, 0, day),
		DurationS: 10,
		Cell:      map[string]string{"linger": "off"},
		Options:   w,
		Targets:   []string{"tcp://198.19.0.1:7000"},
		Environment: results.Environment{Kernel: "Linux 6.18.5", Arch: "amd64", CPUs: 2, CPUModel: "Example CPU",
			Lab: true, TargetKind: "embedded", Server: "echo", Engine: "epoll",
			MemoryBytes: 1000, Sysctls: map[string]string{"net.ipv4.tcp_tw_reuse": "2"}},
		Rates:   results.Rates{ConnectionsPerSecond: 1000},
		Latency: results.Latency{Connect: metrics.Summarize(h)},
	}
}

func named(t testing.TB, names ...string) []metric.Metric {
	t.Helper()
	var out []metric.Metric
	for _, n := range names {
		m, err := metric.Find(n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

// entries are those of runs, which are named by their number from 0.
func entries(ms []metric.Metric, runs ...*results.Run) []Entry {
	var out []Entry
	for i, r := range runs {
		out = append(out, NewEntry(fmt.Sprintf("runs/%02d.json", i), r, ms))
	}
	return out
}

// drifting are twelve runs, the later the slower, with a new kernel from the
// seventh on, an interrupted one and one without a latency.
func drifting() []*results.Run {
	var runs []*results.Run
	for day := range 14 {
		r := run(13-day, 50+2*float64(13-day)) // the files are in no order
		if day < 7 {
			r.Environment.Kernel = "Linux 6.19.1"
		}
		runs = append(runs, r)
	}
	runs[3].Interrupted = true
	runs[5].Latency.Connect = nil
	return runs
}

func TestTextIsAsItWas(t *testing.T) {
	ms := named(t, "connect_p99", "connections_per_second")
	other := run(2, 44)
	other.Cell = map[string]string{"linger": "0"}
	h := New(append(entries(ms, drifting()...), NewEntry("runs/other.json", other, ms)), ms, nil)
	var b strings.Builder
	if err := WriteText(&b, h); err != nil {
		t.Fatal(err)
	}
	goldentest.Equal(t, "testdata/drift.txt", []byte(b.String()))
}

func TestWhatCanBeComparedIsInOneGroup(t *testing.T) {
	change := func(f func(*results.Run)) *results.Run {
		r := run(1, 50)
		f(r)
		return r
	}
	tests := []struct {
		name  string
		other *results.Run
		want  []string
	}{
		{"the same again", run(1, 50), []string{"linger=off"}},
		{"another kernel", change(func(r *results.Run) { r.Environment.Kernel = "Linux 7.0" }), []string{"linger=off"}},
		{"another seed", change(func(r *results.Run) { r.Options.Seed = 2 }), []string{"linger=off"}},
		{"another repeat", change(func(r *results.Run) { r.Repeat = 2 }), []string{"linger=off"}},
		{"another cell", change(func(r *results.Run) { r.Cell = map[string]string{"linger": "0"} }),
			[]string{"linger=0", "linger=off"}},
		{"other connections in flight", change(func(r *results.Run) { r.Options.Concurrency = 7 }),
			[]string{"concurrency=50", "concurrency=7"}},
		{"another sysctl", change(func(r *results.Run) {
			r.Environment.Sysctls = map[string]string{"net.ipv4.tcp_tw_reuse": "1"}
			r.Options.Sysctl = scenario.Sysctls{"net.ipv4.tcp_tw_reuse": "1"}
		}), []string{"tcp_tw_reuse=1", "tcp_tw_reuse=2"}},
		{"another machine", change(func(r *results.Run) { r.Environment.CPUs = 8 }), []string{"cpus=2", "cpus=8"}},
		{"another proxy", change(func(r *results.Run) { r.Environment.Proxy = "haproxy -db" }),
			[]string{"all runs", "proxy=haproxy--db"}},
		{"what the kernel kept of memory", change(func(r *results.Run) { r.Environment.MemoryBytes = 998 }),
			[]string{"linger=off"}},
		{"other memory", change(func(r *results.Run) { r.Environment.MemoryBytes = 900 }),
			[]string{"all runs", "all runs #2"}},
		{"how often it was sampled", change(func(r *results.Run) { r.Options.Interval = time.Minute }),
			[]string{"linger=off"}},
		{"another target", change(func(r *results.Run) {
			r.Environment.Lab, r.Targets = false, []string{"tcp://10.0.0.1:80"}
		}), []string{"lab=false,targets=tcp://10.0.0.1:80", "lab=true"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ms := named(t, "connect_p50")
			var got []string
			for _, g := range New(entries(ms, run(0, 50), tt.other), ms, nil).Metrics[0].Groups {
				got = append(got, g.Name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunsThatDoNotCountAreShown(t *testing.T) {
	ms := named(t, "connect_p99")
	g := New(entries(ms, drifting()...), ms, nil).Metrics[0].Groups[0]
	if len(g.Runs) != 14 || g.Drift.Runs != 12 || g.Drift.Trend != Up {
		t.Fatalf("the group has %d runs and drifts %v, want 14 of which 12 drift up", len(g.Runs), g.Drift)
	}
	for i, r := range g.Runs {
		if i > 0 && r.StartedAt.Before(g.Runs[i-1].StartedAt) {
			t.Errorf("run %d began before the one before", i+1)
		}
		if r.KernelChanged != (i == 7) {
			t.Errorf("run %d has a new kernel: %t", i+1, r.KernelChanged)
		}
	}
	if r := g.Runs[10]; r.Note != "interrupted" || r.Value == nil {
		t.Errorf("the interrupted run is %+v", r)
	}
	if r := g.Runs[8]; r.Note != "the run has no connect latency" || r.Value != nil {
		t.Errorf("the run without a latency is %+v", r)
	}
}

func TestSelect(t *testing.T) {
	ms := named(t, "connect_p99")
	a, b := run(0, 50), run(1, 50)
	b.Cell = map[string]string{"linger": "0", "sysctl.net.ipv4.ip_local_port_range": "40000 40999"}
	all := entries(ms, a, b)
	tests := []struct {
		name, filter string
		want         []string
		err          string
	}{
		{"a label", "linger=0", []string{"runs/01.json"}, ""},
		{"a sysctl in short, as tables have it", "ip_local_port_range=40000-40999", []string{"runs/01.json"}, ""},
		{"the same in full", "sysctl.net.ipv4.ip_local_port_range=40000 40999", []string{"runs/01.json"}, ""},
		{"an option", "concurrency=50", []string{"runs/00.json", "runs/01.json"}, ""},
		{"a value that none has", "linger=5s", nil, "no result has linger=5s; linger is 0, off"},
		{"a misspelt key", "linegr=0", nil, `unknown key "linegr"; did you mean "linger"?`},
		{"a key that is nothing like one", "colour=red", nil, `unknown key "colour"; the keys are arch, arrival, `},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := ParseFilter(tt.filter)
			if err != nil {
				t.Fatal(err)
			}
			kept, err := Select(all, []Filter{f})
			var got []string
			for _, e := range kept {
				got = append(got, e.Path)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != (tt.err == "") ||
				err != nil && !strings.HasPrefix(err.Error(), tt.err) {
				t.Errorf("Select(%s) = %v, want %q; (-want +got):\n%s", f, err, tt.err, diff)
			}
		})
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"a=b", "=", "a=", "=b", " a = b=c ", "\x00=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseFilter(s)
		if err != nil {
			return
		}
		again, err := ParseFilter(got.String())
		if err != nil || again != got {
			t.Errorf("ParseFilter(%q) = %+v, and of its text %+v, %v", s, got, again, err)
		}
	})
}

func TestReadSkipsWhatIsNoResult(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := results.Write(write("b/c/result.json", ""), resultstest.Real(t, "planned")); err != nil {
		t.Fatal(err)
	}
	write("b/sweep.json", "{}")
	write("notes.txt", "{}")
	write("a/cut.json", `{"schema": "tcpbench.result/v1", "tool"`)
	write("a/other.json", `{"name": "left-pad"}`)
	if err := os.Symlink(filepath.Join(dir, "b"), filepath.Join(dir, "latest")); err != nil {
		t.Fatal(err)
	}
	got, skipped, err := Read([]string{dir, filepath.Join(dir, "latest"), filepath.Join(dir, "b/c/result.json")},
		named(t, "request_p99"))
	if err != nil || len(got) != 1 || got[0].Path != filepath.Join(dir, "b/c/result.json") ||
		got[0].Values["request_p99"] <= 0 {
		t.Errorf("Read() = %+v, %v, want the one result, once", got, err)
	}
	if len(skipped) != 2 || !strings.Contains(skipped[0].Error, "cut short") ||
		!strings.Contains(skipped[1].Error, "unknown schema") {
		t.Errorf("Read() skips %+v, want the two files that are no results", skipped)
	}
	if _, _, err := Read([]string{filepath.Join(dir, "nowhere")}, nil); err == nil {
		t.Errorf("Read(nowhere) = nil, want an error")
	}
	linked, _, err := Read([]string{filepath.Join(dir, "latest")}, nil)
	if err != nil || len(linked) != 1 || linked[0].Path != filepath.Join(dir, "latest/c/result.json") {
		t.Errorf("Read(a link) = %+v, %v, want what is behind it, by its name", linked, err)
	}
}

func TestCSVHasALineARun(t *testing.T) {
	ms := named(t, "connect_p99", "errors")
	var b strings.Builder
	if err := WriteCSV(&b, New(entries(ms, drifting()...), ms, nil)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil || len(rows) != 1+2*14 {
		t.Fatalf("CSV has %d rows, %v, want 29", len(rows), err)
	}
	want := []string{"connect_p99", "us", "linger=off", "amd64, 2 CPUs, Example CPU, in a lab, embedded, echo, epoll",
		"9", "2026-05-12T09:30:00Z", "Linux 6.19.1", "", "the run has no connect latency", "runs/05.json"}
	if diff := cmp.Diff(want, rows[9]); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
}

// What was not measured is absent, never 0.
func TestJSONHasNoValueWhereThereIsNone(t *testing.T) {
	ms := named(t, "connect_p99")
	r := run(0, 50)
	r.Latency.Connect = nil
	b, err := json.Marshal(New(entries(ms, r), ms, nil))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"schema":"tcpbench.history/v1","results":1,"tested":0,"found":0,` +
		`"metrics":[{"name":"connect_p99","unit":"us",` +
		`"groups":[{"name":"linger=off","cell":{"linger":"off"},` +
		`"machine":"amd64, 2 CPUs, Example CPU, in a lab, embedded, echo, epoll",` +
		`"runs":[{"path":"runs/00.json","started_at":"2026-05-04T09:30:00Z","kernel":"Linux 6.18.5",` +
		`"note":"the run has no connect latency"}],` +
		`"change":{"kind":"too few runs"},"drift":{"trend":"too few runs","runs":0}}]}],"skipped":[]}`
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

func TestADegradedRunDoesNotCount(t *testing.T) {
	ms := named(t, "connect_p99")
	runs := drifting()
	last := runs[0]
	for _, r := range runs {
		if r.StartedAt.After(last.StartedAt) {
			last = r
		}
	}
	last.Degraded = true
	g := New(entries(ms, runs...), ms, nil).Metrics[0].Groups[0]
	if n := len(g.Runs); g.Drift.Runs != 11 || g.Runs[n-1].Note != "degraded" {
		t.Errorf("the drift is of %d runs, and the degraded one is %+v, want it left out", g.Drift.Runs, g.Runs[n-1])
	}
}
