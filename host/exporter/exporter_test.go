package exporter

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"go.yaml.in/yaml/v4"

	"tcpbench/law/capacity"
	"tcpbench/law/headroom"
)

// view is one of two pairs that use ports, with top of them reported.
func view(top int) headroom.View {
	law := capacity.Settings{Ports: 1000, Reuse: 2, ReuseDelay: time.Second, Timestamps: true, HZ: 250}
	busy := headroom.Use{Pair: headroom.Pair{Source: netip.MustParseAddr("10.0.0.1"),
		Destination: netip.MustParseAddrPort("10.0.0.2:80")}, Open: 5}
	for i := range 100 {
		busy.AddTimeWait(capacity.TimeWait - time.Duration(i)*50*time.Millisecond)
	}
	six := headroom.Use{Pair: headroom.Pair{Source: netip.MustParseAddr("fd00::1"),
		Destination: netip.MustParseAddrPort("[fd00::2]:80")}, Open: 3}
	return headroom.NewWatch(top).Observe(headroom.Reading{At: time.Unix(1700000000, 0), Law: law,
		Uses: []headroom.Use{six, busy}})
}

// lint fails where Prometheus would have other names, types or helps.
func lint(t *testing.T, of prometheus.Gatherer) {
	t.Helper()
	problems, err := testutil.GatherAndLint(of)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "tcpbench_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// gathered are all metrics that there are.
func gathered(t *testing.T, of prometheus.Gatherer) []*dto.MetricFamily {
	t.Helper()
	families, err := of.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func TestMetricsAreLint(t *testing.T) {
	e := New()
	e.Set(view(2))
	lint(t, e.Gatherer())
}

func TestMetricsAreTheView(t *testing.T) {
	e := New()
	e.Set(view(1))
	const want = `
# HELP tcpbench_pairs Pairs of source and destination that use local ports.
# TYPE tcpbench_pairs gauge
tcpbench_pairs 2
# HELP tcpbench_ports_capacity Local ports that connect(2) may pick from, for each source and destination.
# TYPE tcpbench_ports_capacity gauge
tcpbench_ports_capacity 1000
# HELP tcpbench_ports_capacity_safe Those that connect(2) finds for sure: one less where their range is odd.
# TYPE tcpbench_ports_capacity_safe gauge
tcpbench_ports_capacity_safe 1000
# HELP tcpbench_safe_connections_per_second Connections per second that last for ever. Absent without a limit.
# TYPE tcpbench_safe_connections_per_second gauge
tcpbench_safe_connections_per_second{destination="10.0.0.2:80",source="10.0.0.1"} 16.03597215059309
# HELP tcpbench_sustainable_connections_per_second Above it ports always run out. Absent without a limit.
# TYPE tcpbench_sustainable_connections_per_second gauge
tcpbench_sustainable_connections_per_second{destination="10.0.0.2:80",source="10.0.0.1"} 16.666666666666668
# HELP tcpbench_ports_in_use Local ports in use in any TCP state, TIME_WAIT included.
# TYPE tcpbench_ports_in_use gauge
tcpbench_ports_in_use{destination="10.0.0.2:80",source="10.0.0.1"} 105
tcpbench_ports_in_use{destination="other",source="other"} 3
# HELP tcpbench_time_waits Local ports that a TIME_WAIT holds.
# TYPE tcpbench_time_waits gauge
tcpbench_time_waits{destination="10.0.0.2:80",source="10.0.0.1"} 100
tcpbench_time_waits{destination="other",source="other"} 0
# HELP tcpbench_last_reading_timestamp_seconds When the sockets were last read, since the epoch.
# TYPE tcpbench_last_reading_timestamp_seconds gauge
tcpbench_last_reading_timestamp_seconds 1.7e+09
# HELP tcpbench_time_waits_per_second Connections that leave a TIME_WAIT, per second.
# TYPE tcpbench_time_waits_per_second gauge
tcpbench_time_waits_per_second{destination="10.0.0.2:80",source="10.0.0.1"} 20
# HELP tcpbench_ports_per_second Local ports that are taken and kept, per second, leaks included.
# TYPE tcpbench_ports_per_second gauge
tcpbench_ports_per_second{destination="10.0.0.2:80",source="10.0.0.1"} 20
# HELP tcpbench_readings_total Readings of the sockets of this network namespace.
# TYPE tcpbench_readings_total counter
tcpbench_readings_total 1
`
	err := testutil.GatherAndCompare(e.Gatherer(), strings.NewReader(want), "tcpbench_pairs", "tcpbench_ports_capacity",
		"tcpbench_ports_capacity_safe", "tcpbench_safe_connections_per_second",
		"tcpbench_sustainable_connections_per_second", "tcpbench_ports_in_use", "tcpbench_time_waits",
		"tcpbench_last_reading_timestamp_seconds",
		"tcpbench_time_waits_per_second", "tcpbench_ports_per_second", "tcpbench_readings_total")
	if err != nil {
		t.Error(err)
	}
}

// Both tell of their own process too, by the names that everybody's alerts have.
func TestTheProcessIsExportedByStandardNames(t *testing.T) {
	for of, g := range map[string]prometheus.Gatherer{"watch": New().Gatherer(), "a run": NewRun().Gatherer()} {
		value := map[string]float64{}
		for _, f := range gathered(t, g) {
			m := f.GetMetric()[0]
			value[f.GetName()] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
		for _, name := range []string{"go_goroutines", "go_memstats_heap_alloc_bytes", "process_open_fds",
			"process_resident_memory_bytes", "process_cpu_seconds_total"} {
			if v, ok := value[name]; !ok || v < 0 || v == 0 && name != "process_cpu_seconds_total" {
				t.Errorf("%s: %s is %v, %v, want what this process has", of, name, v, ok)
			}
		}
	}
}

// What is not in sight is absent: 0 would say now.
func TestAForecastThatThereIsNotIsAbsent(t *testing.T) {
	e := New()
	e.Set(view(2)) // one runs out, the other is steady
	n, err := testutil.GatherAndCount(e.Gatherer(), "tcpbench_ports_exhaustion_seconds")
	if n != 1 || err != nil {
		t.Errorf("%d forecasts of exhaustion, %v, want 1", n, err)
	}
	if n, err := testutil.GatherAndCount(New().Gatherer(), "tcpbench_ports_capacity"); n != 0 || err != nil {
		t.Errorf("%d capacities before the first reading, %v, want none", n, err)
	}
}

// However many destinations there are, series are bounded.
func TestCardinalityIsBounded(t *testing.T) {
	e := New()
	var uses []headroom.Use
	for i := range 20_000 {
		uses = append(uses, headroom.Use{Pair: headroom.Pair{Source: netip.MustParseAddr("10.0.0.1"),
			Destination: netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), uint16(i))}, Open: 1})
	}
	e.Set(headroom.NewWatch(10).Observe(headroom.Reading{Law: capacity.Settings{Ports: 1000}, Uses: uses}))
	if n, err := testutil.GatherAndCount(e.Gatherer(), "tcpbench_ports_in_use"); n != 11 || err != nil {
		t.Errorf("%d series of ports in use, %v, want 10 and the others", n, err)
	}
}

func TestHandlerServesMetrics(t *testing.T) {
	e := New()
	e.Set(view(2))
	for path, want := range map[string]string{
		"/metrics": `tcpbench_ports_in_use{destination="[fd00::2]:80",source="fd00::1"} 3`,
		"/":        "/metrics",
		"/x":       "404",
	} {
		w := httptest.NewRecorder()
		e.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		body, err := io.ReadAll(w.Result().Body)
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("GET %s = %q, %v, want %q in it", path, body, err, want)
		}
	}
}

// exported are the names of all metrics that there can be.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	e := New()
	e.Set(view(2))
	all := NewSpaces()
	all.Set(spaces())
	names := map[string]bool{}
	for _, f := range slices.Concat(gathered(t, e.Gatherer()), gathered(t, all.Gatherer())) {
		names[f.GetName()] = true
	}
	return names
}

// checkNames checks that an expression names what is exported, and something.
func checkNames(t *testing.T, where, expr string, names map[string]bool) {
	t.Helper()
	found := regexp.MustCompile(`\b(tcpbench|process|go)_[a-z_]+`).FindAllString(expr, -1)
	if len(found) == 0 {
		t.Errorf("%s: %q names no metric", where, expr)
	}
	for _, n := range found {
		if !names[n] {
			t.Errorf("%s: %q names %s, which is not exported", where, expr, n)
		}
	}
	if strings.Count(expr, "(") != strings.Count(expr, ")") || strings.Count(expr, "{") != strings.Count(expr, "}") {
		t.Errorf("%s: %q has brackets that do not match", where, expr)
	}
}

func TestAlertsNameWhatIsExported(t *testing.T) {
	b, err := os.ReadFile("../../examples/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name, Interval string
			Rules          []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Load(b, &file, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	names, rules := exported(t), 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			rules++
			checkNames(t, r.Alert, r.Expr, names)
			if r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("%s has no severity or no summary", r.Alert)
			}
			if _, err := time.ParseDuration(r.For); r.For != "" && err != nil {
				t.Errorf("%s: for: %v", r.Alert, err)
			}
		}
	}
	if rules < 4 {
		t.Errorf("%d rules, want 4", rules)
	}
}

// Both dashboards have panels of what there is.
func TestTheDashboardsNameWhatIsExported(t *testing.T) {
	ofRuns := map[string]bool{}
	for _, m := range runMetrics() {
		ofRuns[m.name] = true
		if m.histogram != nil {
			ofRuns[m.name+"_bucket"] = true
		}
	}
	for file, names := range map[string]map[string]bool{"dashboard.json": exported(t), "run.json": ofRuns} {
		checkDashboard(t, filepath.Join("..", "..", "examples", "prometheus", file), names)
	}
}

func checkDashboard(t *testing.T, path string, names map[string]bool) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Title      string
		Templating struct {
			List []struct{ Type, Query string }
		}
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for _, v := range file.Templating.List {
		if v.Type == "query" {
			checkNames(t, path+": variable", v.Query, names)
		}
	}
	for _, p := range file.Panels {
		if p.Title == "" || len(p.Targets) == 0 || ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s: panel %d %q: want a title, a target, an id of its own, and room for it", path, p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			checkNames(t, path+": "+p.Title, target.Expr, names)
		}
	}
	if len(file.Panels) < 8 {
		t.Errorf("%s: %d panels, want 8 at least", path, len(file.Panels))
	}
}
