package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// read is what HdrHistogram's own reader found in a log.
type read struct {
	Intervals   []interval `json:"intervals"`
	Percentiles string     `json:"percentiles"`
}

type interval struct {
	Tag     string  `json:"tag"`
	StartMS float64 `json:"start_ms"`
	EndMS   float64 `json:"end_ms"`
	Count   int64   `json:"count"`
	P50     int64   `json:"p50"`
	P99     int64   `json:"p99"`
	Max     int64   `json:"max"`
}

// readLog has a log read by hdr-histogram-js, which `make deps` fetches.
func readLog(t *testing.T, log []byte, tag string) read {
	t.Helper()
	modules, err := filepath.Abs("../../bin/hdrjs/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(modules); err != nil {
		t.Fatalf("hdr-histogram-js is not there; `make deps` fetches it: %v", err)
	}
	file := filepath.Join(t.TempDir(), "run.hlog")
	if err := os.WriteFile(file, log, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "testdata/hdrjs/read.cjs", file, tag)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("hdr-histogram-js refuses the log: %v", err)
	}
	var r read
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// run is a run with three intervals, the last of which connected nothing, and as many
// values in the whole as in its parts.
func run(t *testing.T) *results.Run {
	t.Helper()
	r := resultstest.Minimal()
	r.StartedAt = time.UnixMilli(1_780_000_000_250).UTC()
	r.DurationS = 3
	all := metrics.NewRecorder()
	for i := range 3 {
		iv := results.Interval{TS: float64(i + 1), LengthS: 1, Attempted: 100, Succeeded: 99, Failed: 1, InFlight: 5}
		for n := range 100 * (2 - i) {
			d := time.Duration(n+1) * 10 * time.Microsecond
			all.Established(0, 0, 0, d)
		}
		iv.ConnectHDR = all.Cut(0, nil).Connect.HDR()
		r.Intervals = append(r.Intervals, iv)
	}
	r.Latency = results.Summarize(all.Latencies)
	r.Latency.Close = r.Latency.Connect // of which the result has no intervals
	return r
}

func hlogOf(t *testing.T, runs ...Named) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHLog(&b, runs); err != nil {
		t.Fatalf("WriteHLog() = %v, want no error", err)
	}
	return b.Bytes()
}

func TestHdrHistogramsOwnReaderReadsTheLog(t *testing.T) {
	r := run(t)
	got := readLog(t, hlogOf(t, Of("run.json", []*results.Run{r})...), "connect")
	if len(got.Intervals) != 3 {
		t.Fatalf("it read %d histograms, %+v, want two of connect and one of close", len(got.Intervals), got.Intervals)
	}
	for i, want := range []struct {
		tag        string
		start, end float64
		count      int64
		p50        float64 // us
	}{{"connect", 0, 1000, 200, 1000}, {"connect", 1000, 2000, 100, 500}, {"close", 0, 3000, 300, 750}} {
		iv := got.Intervals[i]
		start := float64(r.StartedAt.UnixMilli())
		if iv.Tag != want.tag || iv.StartMS != start+want.start || iv.EndMS != start+want.end ||
			iv.Count != want.count {
			t.Errorf("histogram %d is %+v, want %+v after the start", i, iv, want)
		}
		if us := float64(iv.P50) / 1e3; math.Abs(us-want.p50) > 0.01*want.p50 {
			t.Errorf("median of %d is %v us, want %v to 1 %%", i, us, want.p50)
		}
	}
}

// A result whose intervals have no histograms, as of earlier versions, is one interval.
func TestAResultWithoutIntervalHistogramsIsOneInterval(t *testing.T) {
	for _, name := range resultstest.Names() {
		t.Run(name, func(t *testing.T) {
			r := resultstest.Real(t, name)
			for i := range r.Intervals {
				r.Intervals[i] = r.Intervals[i].WithoutHDR()
			}
			log := hlogOf(t, Of(name, []*results.Run{r})...)
			if !strings.Contains(string(log), "one histogram for the run: it has none of its intervals") {
				t.Errorf("the log does not say that it has no intervals:\n%.300s", log)
			}
			got := readLog(t, log, r.MainPhase())
			if len(got.Intervals) != len(r.Latency.Phases()) {
				t.Fatalf("it read %d histograms, want %d phases", len(got.Intervals), len(r.Latency.Phases()))
			}
			s := r.Latency.Phase(r.MainPhase())
			i := slices.IndexFunc(got.Intervals, func(iv interval) bool {
				return iv.Tag == r.MainPhase()
			})
			if iv := got.Intervals[i]; iv.Count != s.Count || math.Abs(float64(iv.Max)/1e3-s.MaxUS) > 1e-3*s.MaxUS {
				t.Errorf("%s is read as %+v, want %d values up to %v us", iv.Tag, iv, s.Count, s.MaxUS)
			}
		})
	}
}

func TestPercentileTextIsWhatHdrHistogramWrites(t *testing.T) {
	for _, name := range resultstest.Names() {
		t.Run(name, func(t *testing.T) {
			r := resultstest.Real(t, name)
			for i := range r.Intervals {
				r.Intervals[i] = r.Intervals[i].WithoutHDR()
			}
			runs := Of(name, []*results.Run{r})
			want := readLog(t, hlogOf(t, runs...), r.MainPhase()).Percentiles
			var got bytes.Buffer
			if err := WriteHGRM(&got, runs, ""); err != nil {
				t.Fatal(err)
			}
			if got.String() != want {
				t.Errorf("WriteHGRM() =\n%s\nwant what hdr-histogram-js writes:\n%s", got.String(), want)
			}
		})
	}
}

func TestRepeatsAreAddedUpInPercentileText(t *testing.T) {
	r := run(t)
	var b bytes.Buffer
	if err := WriteHGRM(&b, Of("both", []*results.Run{r, r}), "connect"); err != nil {
		t.Fatal(err)
	}
	if want := "Total count    =          600]"; !strings.Contains(b.String(), want) {
		t.Errorf("WriteHGRM() of two runs of 300 =\n%s\nwant %q", b.String(), want)
	}
	if err := WriteHGRM(&b, Of("run", []*results.Run{r}), "tls"); !errors.Is(err, ErrNoLatency) {
		t.Errorf("WriteHGRM(tls) = %v, want ErrNoLatency", err)
	}
}

func TestSeveralRunsAreToldApartInALog(t *testing.T) {
	hostile := run(t)
	hostile.Cell = map[string]string{"a,b c\n#": "\x1b[31m\nTag=x,0,1,2,AAAA"}
	log := hlogOf(t, append(Of("before,\nafter", []*results.Run{hostile}), Of("b.json", []*results.Run{run(t)})...)...)
	got := readLog(t, log, "2.connect")
	var tags []string
	for _, iv := range got.Intervals {
		tags = append(tags, iv.Tag)
	}
	want := []string{"1.connect", "1.connect", "1.close", "2.connect", "2.connect", "2.close"}
	if !slices.Equal(tags, want) {
		t.Errorf("tags are %q, want %q", tags, want)
	}
	if bytes.ContainsRune(log, 0x1b) {
		t.Error("a control character of a label is in the log")
	}
}

func TestWithoutLatenciesThereIsNoLog(t *testing.T) {
	r := resultstest.Minimal()
	r.Latency = results.Latency{}
	if err := WriteHLog(&bytes.Buffer{}, Of("x", []*results.Run{r})); !errors.Is(err, ErrNoLatency) {
		t.Errorf("WriteHLog() without latencies = %v, want ErrNoLatency", err)
	}
	damaged := run(t)
	damaged.Intervals[1].ConnectHDR = "HISTF"
	if err := WriteHLog(&bytes.Buffer{}, Of("x", []*results.Run{damaged})); err == nil ||
		!strings.Contains(err.Error(), "x: connect: decode histogram") {
		t.Errorf("WriteHLog() of a damaged histogram = %v, want an error that names it", err)
	}
}

func TestCSVHasALineAnInterval(t *testing.T) {
	r := run(t)
	r.Intervals[1].TimeWait = new(7)
	r.Intervals[1].Errors = map[string]int64{"recv: EOF": 1, "connect: EADDRNOTAVAIL": 4}
	r.Cell, r.Repeat = map[string]string{"=cmd|' /C calc'!A0": `a "quoted", value`}, 2
	var b bytes.Buffer
	if err := WriteCSV(&b, Of("=HYPERLINK(1)", []*results.Run{r})); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 || len(rows[0]) != len(CSVColumns()) {
		t.Fatalf("it has %d lines of %d fields, want 4 of %d", len(rows), len(rows[0]), len(CSVColumns()))
	}
	at := func(row int, name string) string { return rows[row][slices.Index(rows[0], name)] }
	for _, tt := range []struct {
		row        int
		name, want string
	}{
		{1, "result", "'=HYPERLINK(1)"}, {1, "cell", `'=cmd|' /C calc'!A0=a "quoted", value`},
		{1, "repeat", "2"}, {1, "run", "1"},
		{2, "t_s", "2"}, {2, "succeeded", "99"}, {2, "time_wait", "7"}, {1, "time_wait", ""}, {1, "merged", ""},
		{1, "connect_p50_us", ""}, {1, "errors", ""}, {2, "errors", "connect: EADDRNOTAVAIL 4; recv: EOF 1"},
	} {
		if got := at(tt.row, tt.name); got != tt.want {
			t.Errorf("%s of line %d = %q, want %q", tt.name, tt.row, got, tt.want)
		}
	}
}

func openMetricsOf(t *testing.T, runs ...Named) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteOpenMetrics(&b, runs); err != nil {
		t.Fatalf("WriteOpenMetrics() = %v, want no error", err)
	}
	return b.String()
}

func TestOpenMetricsHasEveryIntervalAtItsTime(t *testing.T) {
	r := run(t)
	r.Intervals[0].ConnectP99US = new(1500.0)
	r.Intervals[1].Errors = map[string]int64{"recv: EOF": 2}
	r.Totals.Errors = map[string]int64{"connect: \"E\\X\"\nY": 3, "recv: EOF": 2}
	got := openMetricsOf(t, Of(`a"b\c`, []*results.Run{r})...)
	label := `result="a\"b\\c",run="1"`
	for _, want := range []string{
		"# TYPE tcpbench_run_connections_attempted counter\n",
		"tcpbench_run_connections_attempted_total{" + label + "} 100.0 1.78000000125e+09\n",
		"tcpbench_run_connections_attempted_total{" + label + "} 300.0 1.78000000325e+09\n",
		"tcpbench_run_connections_in_flight{" + label + "} 5.0 1.78000000125e+09\n",
		"tcpbench_run_connect_p99_seconds{" + label + "} 0.0015 1.78000000125e+09\n",
		`tcpbench_run_connect_seconds_bucket{` + label + `,le="0.0001"} 20 1.78000000325e+09` + "\n",
		`tcpbench_run_connect_seconds_count{` + label + `} 300 1.78000000325e+09` + "\n",
		`tcpbench_run_failures_total{` + label + `,call="connect",errno="\"E\\X\"\nY"} 3.0 1.78000000325e+09` + "\n",
		`tcpbench_run_failures_total{` + label + `,call="recv",errno="EOF"} 2.0 1.78000000225e+09` + "\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("OpenMetrics lacks %q in:\n%s", want, got)
		}
	}
	if !strings.HasSuffix(got, "# EOF\n") {
		t.Error("OpenMetrics does not end with # EOF")
	}
	if strings.Contains(got, "time_wait") {
		t.Error("OpenMetrics has a family of what was not measured")
	}
}

// The grammar of OpenMetrics 1.0, as far as these files need it: a family's lines are
// together, a counter ends with _total, and a series goes forward in time.
func TestOpenMetricsKeepsToTheGrammar(t *testing.T) {
	var runs []Named
	for _, name := range resultstest.Names() {
		runs = append(runs, Of(name, []*results.Run{resultstest.Real(t, name)})...)
	}
	line := regexp.MustCompile(`^([a-z_:][a-z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\}) (\S+) (\S+)$`)
	families, kind, name := map[string]bool{}, "", ""
	last := map[string]float64{}
	lines := strings.Split(strings.TrimSuffix(openMetricsOf(t, append(runs, Of("made", []*results.Run{run(t)})...)...),
		"# EOF\n"), "\n")
	for _, l := range lines[:len(lines)-1] {
		if words := strings.Fields(l); words[0] == "#" {
			if words[1] == "TYPE" {
				name, kind = words[2], words[3]
				if families[name] {
					t.Errorf("%s stands twice", name)
				}
				families[name] = true
			}
			continue
		}
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Fatalf("not a sample: %q", l)
		}
		suffix, ours := strings.CutPrefix(m[1], name)
		want := map[string][]string{"counter": {"_total"}, "gauge": {""}, "histogram": {"_bucket", "_sum", "_count"}}
		if !ours || !slices.Contains(want[kind], suffix) {
			t.Errorf("%s stands in the %s %s", m[1], kind, name)
		}
		at, err := strconv.ParseFloat(m[4], 64)
		if _, bad := strconv.ParseFloat(m[3], 64); err != nil || bad != nil || at < last[m[1]+m[2]] {
			t.Errorf("%q: want a number, and a time after %v", l, last[m[1]+m[2]])
		}
		last[m[1]+m[2]] = at
	}
	if len(families) < 15 {
		t.Errorf("there are %d families, want those of intervals and of runs", len(families))
	}
}

// A million intervals, one, none, times that go back, and no start: nothing breaks, and
// each interval is a line.
func TestResultsOfAnyLengthAreExported(t *testing.T) {
	long := run(t)
	for i := range 1_000_000 {
		long.Intervals = append(long.Intervals, results.Interval{TS: float64(i % 600_000), Attempted: 1})
	}
	one, none := run(t), run(t)
	one.Intervals, none.Intervals = one.Intervals[:1], nil
	none.StartedAt, none.Latency = time.Time{}, results.Latency{}
	interrupted := run(t)
	interrupted.Interrupted = true
	for _, r := range []*results.Run{one, none, interrupted, long} {
		var b bytes.Buffer
		if err := WriteCSV(&b, Of("x", []*results.Run{r})); err != nil {
			t.Fatal(err)
		}
		if got := bytes.Count(b.Bytes(), []byte("\n")); got != 1+len(r.Intervals) {
			t.Errorf("%d intervals are %d lines below the names", len(r.Intervals), got-1)
		}
	}
	_ = openMetricsOf(t, append(Of("one", []*results.Run{one}), Of("none", []*results.Run{none})...)...)
	if err := WriteHLog(io.Discard, Of("none", []*results.Run{none})); !errors.Is(err, ErrNoLatency) {
		t.Errorf("WriteHLog() of nothing = %v, want ErrNoLatency", err)
	}
	if err := WriteHLog(io.Discard, Of("long", []*results.Run{long})); err != nil {
		t.Errorf("WriteHLog() of a million intervals = %v, want no error", err)
	}
}
