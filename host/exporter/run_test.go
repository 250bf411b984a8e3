package exporter

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"tcpbench/internal/goldentest"
	"tcpbench/law/headroom"
	"tcpbench/metrics"
)

// hdr is a histogram of latencies, each with how many there are of it.
func hdr(latencies ...time.Duration) string {
	h := metrics.NewWindow().Connect
	for i := 0; i < len(latencies); i += 2 {
		for range latencies[i+1] {
			h.Record(latencies[i])
		}
	}
	return h.HDR()
}

// aRun is one of two intervals.
func aRun() *Run {
	r := NewRun()
	r.Begin("linger=off", 2, time.Unix(1000, 0))
	iv := metrics.Interval{TS: 1, LengthS: 1, Attempted: 105, Obtained: 101, Succeeded: 100, Failed: 5, InFlight: 7,
		ConnectionsPerSecond: 50, ConnectP50US: new(5e5), RequestsPerSecond: 100,
		Errors: map[string]int64{"connect: EADDRNOTAVAIL": 4, "recv: EOF": 1}, ServerErrors: 2,
		TimeWait: new(90), PortsInUse: new(97), PortsReusable: new(30), PortsCapacity: new(1000),
		CPUUserS: new(0.25), CPUSystemS: new(0.5),
		ConnectHDR: hdr(20*time.Microsecond, 90, 2*time.Millisecond, 10), RequestHDR: hdr(1, 1, time.Second, 2),
		ResponseHDR: hdr(40*time.Microsecond, 100)}
	r.Observe(iv, nil)
	iv.TS = 2
	r.Observe(iv, &headroom.Forecast{ExhaustedSeconds: new(12.5)})
	return r
}

func TestRunMetricsAreLint(t *testing.T) {
	lint(t, aRun().Gatherer())
}

// ofRun are the values of a run by their names and labels.
func ofRun(t *testing.T, r *Run) map[string]*dto.Metric {
	t.Helper()
	out := map[string]*dto.Metric{}
	for _, f := range gathered(t, r.Gatherer()) {
		if !strings.HasPrefix(f.GetName(), "tcpbench_") {
			continue
		}
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += fmt.Sprintf(" %s=%s", l.GetName(), l.GetValue())
			}
			out[name] = m
		}
	}
	return out
}

func TestRunMetricsAreTheRun(t *testing.T) {
	got := ofRun(t, aRun())
	want := map[string]float64{
		"tcpbench_run_intervals_total cell=linger=off repeat=2":                                 2,
		"tcpbench_run_connections_attempted_total cell=linger=off repeat=2":                     210,
		"tcpbench_run_connections_obtained_total cell=linger=off repeat=2":                      202,
		"tcpbench_run_connections_succeeded_total cell=linger=off repeat=2":                     200,
		"tcpbench_run_connections_failed_total cell=linger=off repeat=2":                        10,
		"tcpbench_run_failures_total call=connect cell=linger=off errno=EADDRNOTAVAIL repeat=2": 8,
		"tcpbench_run_failures_total call=recv cell=linger=off errno=EOF repeat=2":              2,
		"tcpbench_run_connections_per_second cell=linger=off repeat=2":                          50,
		"tcpbench_run_requests_per_second cell=linger=off repeat=2":                             100,
		"tcpbench_run_connect_p50_seconds cell=linger=off repeat=2":                             0.5,
		"tcpbench_run_ports_reusable cell=linger=off repeat=2":                                  30,
		"tcpbench_run_requests_total cell=linger=off repeat=2":                                  200,
		"tcpbench_run_server_errors_total cell=linger=off repeat=2":                             4,
		"tcpbench_run_cpu_seconds_total cell=linger=off mode=user repeat=2":                     0.5,
		"tcpbench_run_cpu_seconds_total cell=linger=off mode=system repeat=2":                   1,
		"tcpbench_run_connections_in_flight cell=linger=off repeat=2":                           7,
		"tcpbench_run_ports_in_use cell=linger=off repeat=2":                                    97,
		"tcpbench_run_ports_held cell=linger=off repeat=2":                                      67,
		"tcpbench_run_ports_capacity cell=linger=off repeat=2":                                  1000,
		"tcpbench_run_time_waits cell=linger=off repeat=2":                                      90,
		"tcpbench_run_ports_exhaustion_seconds cell=linger=off repeat=2":                        12.5,
		"tcpbench_run_elapsed_seconds cell=linger=off repeat=2":                                 2,
	}
	for name, v := range want {
		m := got[name]
		if m == nil {
			t.Errorf("%s is absent, want %v", name, v)
			continue
		}
		if n := m.GetGauge().GetValue() + m.GetCounter().GetValue(); n != v {
			t.Errorf("%s = %v, want %v", name, n, v)
		}
	}
	if n := len(got); n != len(want)+3 {
		t.Errorf("there are %d, want these %d and three histograms", n, len(want))
	}
}

// What was not measured is absent, and so is a run that has not begun.
func TestWhatWasNotMeasuredOfARunIsAbsent(t *testing.T) {
	r := NewRun()
	if got := ofRun(t, r); len(got) > 0 {
		t.Errorf("before a run there are %d metrics, want none", len(got))
	}
	r.Begin("", 0, time.Unix(0, 0))
	if got := ofRun(t, r); len(got) > 0 {
		t.Errorf("before the first interval there are %d metrics, want none", len(got))
	}
	r.Observe(metrics.Interval{TS: 1, LengthS: 1}, &headroom.Forecast{})
	got := ofRun(t, r)
	for _, name := range []string{"ports_in_use", "ports_held", "ports_capacity", "time_waits", "cpu_seconds_total",
		"ports_exhaustion_seconds", "connect_seconds", "response_seconds", "failures_total"} {
		for have := range got {
			if strings.HasPrefix(have, "tcpbench_run_"+name) {
				t.Errorf("%s is there, and was not measured", have)
			}
		}
	}
	if m := got["tcpbench_run_connections_failed_total cell= repeat="]; m == nil {
		t.Errorf("failures are absent, want 0: there were none")
	}
}

// A sweep's next cell begins from nothing, and the one before is no longer told.
func TestTheNextCellBeginsFromNothing(t *testing.T) {
	r := aRun()
	r.Begin("linger=0", 1, time.Unix(2000, 0))
	r.Observe(metrics.Interval{TS: 1, LengthS: 1, Attempted: 3}, nil)
	got := ofRun(t, r)
	for name := range got {
		if strings.Contains(name, "linger=off") {
			t.Errorf("%s is of the cell before", name)
		}
	}
	if m := got["tcpbench_run_connections_attempted_total cell=linger=0 repeat=1"]; m.GetCounter().GetValue() != 3 {
		t.Errorf("attempted is %v, want 3", m)
	}
}

func TestHistogramsAreNativeAndClassic(t *testing.T) {
	m := ofRun(t, aRun())["tcpbench_run_connect_seconds cell=linger=off repeat=2"].GetHistogram()
	if m.GetSampleCount() != 200 || m.GetSampleSum() < 0.0435 || m.GetSampleSum() > 0.0437 || m.GetSchema() != 3 ||
		len(m.GetPositiveSpan()) != 2 {
		t.Errorf("the native histogram is %v, want 200 in two places, 0.0436 s in all", m)
	}
	for _, b := range m.GetBucket() {
		want := uint64(0)
		switch bound := b.GetUpperBound(); {
		case bound >= 0.0025:
			want = 200
		case bound >= 0.00003:
			want = 180
		}
		if b.GetCumulativeCount() != want {
			t.Errorf("up to %v s there are %d, want %d", b.GetUpperBound(), b.GetCumulativeCount(), want)
		}
	}
}

// However small or large, each latency is in a bucket that has it.
func TestBucketsHaveTheirLatencies(t *testing.T) {
	for _, d := range []time.Duration{0, 1, 999, time.Microsecond, 1 << 30, time.Second, metrics.MaxLatency} {
		b := newBuckets()
		b.add(hdr(d, 1))
		if b.count != 1 {
			t.Errorf("%v is %d times in the buckets, want once", d, b.count)
		}
		for i := range b.native {
			const rounding = 0.01 // of the histogram
			hi, lo, s := bound(i), bound(i-1), max(d, 1).Seconds()
			if s > hi*(1+rounding) || s <= lo*(1-rounding) {
				t.Errorf("%v is in the bucket from %v to %v s", d, lo, hi)
			}
		}
	}
}

func TestTheDocumentOfRunMetrics(t *testing.T) {
	var b bytes.Buffer
	if err := WriteRunMetrics(&b); err != nil {
		t.Fatal(err)
	}
	goldentest.Equal(t, filepath.Join("..", "..", "docs", "run-metrics.md"), b.Bytes())
}
