package engine

import (
	"context"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"
	"time"

	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// heyTask makes a task of so many requests, 8 at a time.
func heyTask(mode scenario.Mode, limit int64, dst netip.AddrPort) Task {
	p := &Plan{
		Destinations: []netip.AddrPort{dst},
		Mode:         mode,
		Closing:      scenario.Closing{ServerFirst: true},
		Linger:       scenario.Linger{On: true},
		HTTP:         &HTTP{Scheme: "http", Ask: Ask{Path: "/"}, Method: "GET"},
		Timeout:      2 * time.Second,
	}
	c := NewControl(p, time.Now())
	c.End, c.Limit = time.Minute, limit
	return Task{
		Plan: p, Control: c, Concurrency: 8, Recorder: metrics.NewRecorder(), Interval: time.Hour,
		Cut: func(metrics.Part, time.Duration, bool) *metrics.Window { return nil },
	}
}

func TestHeysOwnFiguresAreOurs(t *testing.T) {
	for _, mode := range []scenario.Mode{scenario.ModeShort, scenario.ModeKeepalive} {
		t.Run(string(mode), func(t *testing.T) {
			s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: 100,
				CloseFirst: mode == scenario.ModeShort})
			task := heyTask(mode, 2000, s.Addrs[0])
			r, err := newHey(task)
			if err != nil {
				t.Fatal(err)
			}
			report, err := r.drive()
			if err != nil || report == nil {
				t.Fatalf("drive() = %v, %v, want a report", report, err)
			}
			if err := r.finish(report); err != nil {
				t.Fatal(err)
			}
			rec, seen := task.Recorder, s.Stop()
			if report.NumRes != 2000 || rec.Requests != 2000 || seen.Requests != 2000 ||
				rec.Statuses[200] != int64(report.StatusCodeDist[200]) {
				t.Errorf("requests: hey %d, ours %d, the server %d, want 2000", report.NumRes, rec.Requests,
					seen.Requests)
			}
			unused := rec.Client.Unused // a request may take another's connection while its own is made
			if rec.Attempted != seen.Accepted || rec.Succeeded+unused != rec.Attempted ||
				rec.Obtained != rec.Attempted || rec.Connect.Count() != rec.Attempted {
				t.Errorf("connections: %d attempted, %d succeeded, %d unused, the server %d, want the same",
					rec.Attempted, rec.Succeeded, unused, seen.Accepted)
			}
			if mode == scenario.ModeShort && unused != 0 {
				t.Errorf("%d connections of a request each were never used", unused)
			}
			sameLatencies(t, "service", rec.Service, report.Lats)
			request := make([]float64, len(report.Lats))
			for i := range request {
				request[i] = report.ReqLats[i] + report.DelayLats[i] + report.ResLats[i]
			}
			sameLatencies(t, "request", rec.Request, request)
			summary := metrics.Summarize(rec.Service)
			near(t, "hey's average", summary.MeanUS/1e6, report.Average)
			near(t, "hey's fastest", summary.MinUS/1e6, report.Fastest)
			near(t, "hey's slowest", summary.MaxUS/1e6, report.Slowest)
		})
	}
}

// sameLatencies compares a histogram with the values that it should hold.
func sameLatencies(t *testing.T, name string, h *metrics.Histogram, values []float64) {
	t.Helper()
	if h.Count() != int64(len(values)) {
		t.Errorf("%s latencies = %d, want %d", name, h.Count(), len(values))
	}
	sum, sorted := 0.0, slices.Sorted(slices.Values(values))
	for _, v := range values {
		sum += v
	}
	near(t, name+" sum", metrics.Summarize(h).MeanUS/1e6*float64(h.Count()), sum)
	for _, p := range []float64{50, 90, 99, 100} {
		at := int(math.Ceil(p/100*float64(len(sorted)))) - 1
		near(t, name+" percentile", h.Percentile(p).Seconds(), sorted[at])
	}
}

// near compares to the three digits that a histogram keeps.
func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.001*want {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

func TestHeyCountsWhatFails(t *testing.T) {
	closed := func(t *testing.T) netip.AddrPort {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return netip.MustParseAddrPort(l.Addr().String())
	}
	slams := func(t *testing.T) netip.AddrPort {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() { // ends with the listener
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_ = c.Close()
			}
		}()
		return netip.MustParseAddrPort(l.Addr().String())
	}
	tests := []struct {
		name   string
		target func(*testing.T) netip.AddrPort
		want   string
	}{
		{"a target that refuses, although hey reports nothing then", closed, "connect: ECONNREFUSED"},
		{"a target that closes at once, of which hey has a text only", slams, "recv: OTHER"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			task := heyTask(scenario.ModeShort, 24, tt.target(t))
			if err := Hey(task); err != nil {
				t.Fatal(err)
			}
			rec := task.Recorder
			if errs := rec.Outcomes.Errors(); len(errs) != 1 || errs[tt.want] != 24 || rec.Attempted != 24 ||
				rec.Succeeded != 0 {
				t.Errorf("errors = %v of %d attempted, want %s: 24", errs, rec.Attempted, tt.want)
			}
			if rec.Client.FailedRequests != 24 || rec.Requests != 0 {
				t.Errorf("failed requests = %d, answered %d, want 24 and none", rec.Client.FailedRequests, rec.Requests)
			}
		})
	}
}

func TestHeyEndsWithTheRun(t *testing.T) {
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: 100})
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	tests := []struct {
		name  string
		dst   netip.AddrPort
		begin func(*Control)
		want  func(*metrics.Recorder) bool
	}{
		{"its duration is over", s.Addrs[0], func(c *Control) { c.End = 200 * time.Millisecond },
			func(r *metrics.Recorder) bool { return r.Requests > 0 && r.Failed == 0 }},
		{"it is stopped", s.Addrs[0], func(c *Control) { c.Stop() },
			func(r *metrics.Recorder) bool { return r.Failed == 0 }},
		{"it is canceled", netip.MustParseAddrPort(silent.Addr().String()), func(c *Control) { c.Cancel() },
			func(r *metrics.Recorder) bool { return r.Requests == 0 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			task := heyTask(scenario.ModeKeepalive, 0, tt.dst)
			task.Plan.Timeout = time.Minute
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			tt.begin(task.Control)
			if err := Hey(task); err != nil {
				t.Fatal(err)
			}
			if ctx.Err() != nil || !tt.want(task.Recorder) {
				t.Errorf("Hey ended with %+v, errors %v, after 20 s: %v", task.Recorder.Counts,
					task.Recorder.Outcomes.Errors(),
					ctx.Err())
			}
		})
	}
}

func FuzzParseHey(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("\n"))
	f.Add([]byte(`{"NumRes":1,"Lats":[0.5],"ReqLats":[0.1],"DelayLats":[0.1],"ResLats":[0.3],"StatusCodes":[200]}`))
	f.Add([]byte(`{"Lats":[0.5]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		report, err := parseHey(in)
		if err != nil || report == nil {
			return
		}
		if n := len(report.Lats); len(report.ReqLats) != n || len(report.StatusCodes) != n {
			t.Errorf("parseHey(%q) has %d latencies and %d statuses, want as many", in, n, len(report.StatusCodes))
		}
	})
}

// A request may fail and leave its connection to the next one, as where redirects go on
// for ever.
func TestHeyCountsNoMoreFailedConnectionsThanThereWere(t *testing.T) {
	s := httptest.NewServer(http.RedirectHandler("/", http.StatusFound))
	defer s.Close()
	task := heyTask(scenario.ModeKeepalive, 32, netip.MustParseAddrPort(s.Listener.Addr().String()))
	if err := Hey(task); err != nil {
		t.Fatal(err)
	}
	rec := task.Recorder
	if rec.Failed > rec.Attempted || rec.Succeeded < 0 || rec.Client.FailedRequests != 32 {
		t.Errorf("of %d connections %d failed and %d succeeded, %d requests failed, want all 32 requests and no more "+
			"connections than there were", rec.Attempted, rec.Failed, rec.Succeeded, rec.Client.FailedRequests)
	}
}
