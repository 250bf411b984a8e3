package exporter

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"tcpbench/law/capacity"
	"tcpbench/law/headroom"
)

// load is connections to one destination, from 1000 ports.
type load struct {
	rate  func(second float64) float64 // that leave a TIME_WAIT, a second
	leaks float64                      // that are never closed, a second
}

func steadily(rate float64) func(float64) float64 { return func(float64) float64 { return rate } }

// uses are what is seen each second, until ports are out or so many seconds are over; its
// TIME_WAITs last 61 s, as the kernel's timers are late.
func (l load) uses(seconds int) []headroom.Use {
	const ports, hold = 1000, 61.
	var out []headroom.Use
	to := headroom.Pair{Source: netip.MustParseAddr("10.0.0.1"), Destination: netip.MustParseAddrPort("10.0.0.2:80")}
	var begun []float64
	due := 0.
	for ms := range seconds * 1000 {
		at := float64(ms) / 1000
		for due += l.rate(at) / 1000; due >= 1; due-- {
			begun = append(begun, at)
		}
		if ms%1000 != 0 {
			continue
		}
		u := headroom.Use{Pair: to, Open: int(l.leaks * at)}
		for _, b := range begun {
			if age := at - b; age < hold {
				u.AddTimeWait(time.Duration(max(60-age, 0) * float64(time.Second)))
			}
		}
		if u.InUse() >= ports {
			break
		}
		out = append(out, u)
	}
	return out
}

// series are what a Prometheus has scraped of them every 5 s: the samples of each metric, in
// promtool's words.
func series(t *testing.T, uses []headroom.Use) map[string][]string {
	t.Helper()
	e, watch := New(), headroom.NewWatch(1)
	law := capacity.Settings{Ports: 1000, Reuse: 2, ReuseDelay: time.Second, Timestamps: true, HZ: 250}
	out := map[string][]string{}
	for i, u := range uses {
		e.Set(watch.Observe(headroom.Reading{At: time.Unix(int64(i), 0), Law: law, Uses: []headroom.Use{u}}))
		if i%5 != 0 {
			continue
		}
		for _, f := range gathered(t, e.Gatherer()) {
			for _, m := range f.GetMetric() {
				name, value := f.GetName()+labels(m), m.GetGauge().GetValue()
				if !strings.HasPrefix(name, "tcpbench_") || f.GetType() != dto.MetricType_GAUGE {
					continue
				}
				out[name] = append(missing(out[name], i/5), fmt.Sprint(value))
			}
		}
	}
	for name := range out {
		out[name] = missing(out[name], (len(uses)+4)/5)
	}
	return out
}

// missing fills up to so many samples: a series that is not scraped is over.
func missing(samples []string, n int) []string {
	for len(samples) < n {
		samples = append(samples, "stale")
	}
	return samples
}

func labels(m *dto.Metric) string {
	all := []string{`instance="web-1"`, `job="tcpbench"`}
	for _, l := range m.GetLabel() {
		all = append(all, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	return "{" + strings.Join(all, ",") + "}"
}

// fire fails where an alert is not, or is, firing when it should be: one line of want
// for each alert and second.
func fire(t *testing.T, all map[string][]string, want map[string]map[int]int) {
	t.Helper()
	rules, err := filepath.Abs("../../examples/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "rule_files: [%s]\nevaluation_interval: 5s\ntests:\n- interval: 5s\n  input_series:\n", rules)
	for name, values := range all {
		fmt.Fprintf(&b, "  - series: '%s'\n    values: '%s'\n", name, strings.Join(values, " "))
	}
	b.WriteString("  promql_expr_test:\n")
	for alert, at := range want {
		for second, n := range at {
			fmt.Fprintf(&b, "  - expr: 'count(ALERTS{alertname=\"%s\",alertstate=\"firing\"}) or vector(0)'\n"+
				"    eval_time: %ds\n    exp_samples: [{labels: '{}', value: %d}]\n", alert, second, n)
		}
	}
	promtool(t, []byte(b.String()))
}

// promtool fails where a test of rules does.
func promtool(t *testing.T, test []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.yaml")
	if err := os.WriteFile(file, test, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("promtool", "test", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v (make deps installs it)\n%s", err, out)
	}
}

const (
	surely    = "LocalPortsRunOut"
	perhaps   = "LocalPortsMayRunOut"
	exhausted = "LocalPortsExhausted"
)

// Before the last port goes somebody is told, and nobody is of a load that lasts.
func TestAlertsFireBeforePortsAreOut(t *testing.T) {
	for _, tt := range []struct {
		name  string
		load  load
		alert string
		spare int // seconds before the end at which it is firing, at least; 0 where nothing fires
	}{
		{"99 % of the law", load{rate: steadily(16.5)}, perhaps, 40},
		{"twice the law", load{rate: steadily(33)}, surely, 10},
		{"a leak of 5/s", load{rate: steadily(0), leaks: 5}, surely, 100},
		{"a leak of 2/s beside 10/s that end", load{rate: steadily(10), leaks: 2}, surely, 60},
		{"a ramp from 20/s to 100/s", load{rate: func(s float64) float64 { return 20 + 80*s/60 }}, surely, 6},
		{"93 % of the law", load{rate: steadily(15.5)}, "", 0},
		{"a burst of 5 s", load{rate: func(s float64) float64 {
			return map[bool]float64{true: 100}[s < 5]
		}}, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			uses := tt.load.uses(300)
			end := len(uses)
			all := series(t, uses)
			if tt.alert == "" {
				if end != 300 {
					t.Fatalf("ports are out after %d s", end)
				}
				fire(t, all, map[string]map[int]int{surely: {10: 0, 30: 0, 60: 0, 200: 0},
					perhaps: {30: 0, 60: 0, 200: 0}, exhausted: {200: 0}})
				return
			}
			if end == 300 {
				t.Fatal("ports are never out")
			}
			fire(t, all, map[string]map[int]int{tt.alert: {end - tt.spare: 1, end - 1: 1, 0: 0},
				exhausted: {end - 5: 0}})
		})
	}
}

// What says when the sockets were read last says when nobody reads them.
func TestAnAlertSaysThatNobodyReads(t *testing.T) {
	all := series(t, load{rate: steadily(1)}.uses(100))
	for name, values := range all {
		for range 40 { // served, and not read
			values = append(values, values[len(values)-1])
		}
		all[name] = values
	}
	fire(t, all, map[string]map[int]int{"LocalPortsNotRead": {95: 0, 150: 0, 280: 1}})
}
