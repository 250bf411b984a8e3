package metrics

import (
	"maps"
	"math"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawCounts makes up what happened in a stretch of time.
func drawCounts(t *rapid.T) Counts {
	n := func(name string) int64 { return rapid.Int64Range(0, 1000).Draw(t, name) }
	return Counts{n("attempted"), n("obtained"), n("succeeded"), n("failed"), n("requests"), n("sent"), n("received")}
}

func TestCutsAddUpToTheTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := NewRecorder()
		var sum Counts
		failed := map[string]int64{}
		var spare *Window
		all := NewWindow()
		for range rapid.IntRange(1, 10).Draw(t, "intervals") {
			r.Counts.Add(drawCounts(t))
			for range rapid.IntRange(0, 5).Draw(t, "connects") {
				r.Established(0, 0, time.Microsecond, drawLatency(t))
			}
			for range rapid.IntRange(0, 5).Draw(t, "answers") {
				r.Answered(drawLatency(t))
				r.Responded(0, drawLatency(t))
			}
			for range rapid.IntRange(0, 3).Draw(t, "failures") {
				r.Fail(rapid.SampledFrom([]Call{CallConnect, CallRecv}).Draw(t, "call"),
					rapid.SampledFrom([]syscall.Errno{syscall.EADDRNOTAVAIL, ErrTimeout}).Draw(t, "errno"))
			}
			p := r.Cut(3, spare)
			for name, n := range p.Errors {
				failed[name] += n
			}
			if p.InFlight != 3 {
				t.Fatalf("Cut(3).InFlight = %d, want 3", p.InFlight)
			}
			sum.Add(p.Counts)
			all.Merge(p.Window)
			p.Window.Reset()
			spare = p.Window // as the sampler hands it back
		}
		if want := r.Outcomes.Errors(); !maps.Equal(failed, want) {
			t.Fatalf("the cuts' failures add up to %v, want %v", failed, want)
		}
		if sum != r.Counts {
			t.Fatalf("the cuts add up to %+v, want %+v", sum, r.Counts)
		}
		for name, h := range map[string][2]*Histogram{"Connect": {all.Connect, r.Connect},
			"Request": {all.Request, r.Request}, "Response": {all.Response, r.Response}} {
			if !nearly(h[0], h[1]) {
				t.Fatalf("the cuts' %s is %+v, want %+v", name, Summarize(h[0]), Summarize(h[1]))
			}
		}
		if p := r.Cut(0, nil); p.Counts != (Counts{}) || p.Connect.Count()+p.Request.Count()+p.Response.Count() != 0 {
			t.Fatalf("Cut() after a cut = %+v, want nothing", p)
		}
	})
}

// nearly reports whether a has as many values as b, right to 1 %.
func nearly(a, b *Histogram) bool {
	for _, p := range []float64{0, 50, 99, 100} {
		got, want := float64(a.Percentile(p)), float64(b.Percentile(p))
		if math.Abs(got-want) > 0.01*want {
			return false
		}
	}
	return a.Count() == b.Count()
}

func TestABareRecorderCountsAnswers(t *testing.T) {
	r := NewBareRecorder()
	r.Answered(time.Millisecond)
	r.Responded(0, time.Millisecond)
	if p := r.Cut(0, nil); p.Requests != 1 || p.Request.Count() != 0 || p.Response.Count() != 0 {
		t.Errorf("Cut() = %d requests, %d and %d latencies, want 1, 0, 0", p.Requests, p.Request.Count(),
			p.Response.Count())
	}
}

func TestRecordersOfTwoWorkersMergedAreThoseOfOne(t *testing.T) {
	one, a, b := NewRecorder(), NewRecorder(), NewRecorder()
	for i := range int64(2000) {
		for _, r := range []*Recorder{one, []*Recorder{a, b}[i%2]} {
			r.Attempted++
			r.Established(i, time.Duration(i)*time.Millisecond, 8*time.Microsecond, time.Duration(i+1)*time.Microsecond)
			r.FirstByte.Record(time.Duration(i+1) * 2 * time.Microsecond)
			r.Request.Record(time.Duration(i+1) * 3 * time.Microsecond)
			r.Close.Record(time.Duration(i+1) * 4 * time.Microsecond)
			if i%10 == 0 {
				r.Fail(CallConnect, syscall.EADDRNOTAVAIL)
			}
		}
	}
	a.ObtainedAtExhaustion, b.ObtainedAtExhaustion, one.ObtainedAtExhaustion = 600, 400, 1000
	a.Merge(b)
	if a.Counts != one.Counts || a.ObtainedAtExhaustion != one.ObtainedAtExhaustion {
		t.Errorf("Merge() = %+v, %d at exhaustion, want %+v, %d", a.Counts, a.ObtainedAtExhaustion, one.Counts,
			one.ObtainedAtExhaustion)
	}
	for name, h := range map[string][2]*Histogram{
		"Connect": {a.Connect, one.Connect}, "FirstByte": {a.FirstByte, one.FirstByte},
		"Request": {a.Request, one.Request}, "Close": {a.Close, one.Close},
	} {
		if got, want := Summarize(h[0]), Summarize(h[1]); !cmp.Equal(got, want) {
			t.Errorf("Merge().%s = %+v, want %+v", name, got, want)
		}
	}
	if diff := cmp.Diff(one.Outcomes.Errors(), a.Outcomes.Errors()); diff != "" {
		t.Errorf("Merge().Outcomes (-one +merged):\n%s", diff)
	}
	if diff := cmp.Diff(one.Series.Points(), a.Series.Points()); diff != "" {
		t.Errorf("Merge().Series (-one +merged):\n%s", diff)
	}
}

func TestCountsSubIsTheInverseOfAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawCounts(t), drawCounts(t)
		sum := a
		sum.Add(b)
		if got := sum.Sub(b); got != a {
			t.Fatalf("(%+v + %+v).Sub() = %+v, want the first", a, b, got)
		}
	})
}

func TestPortsHeld(t *testing.T) {
	tests := []struct {
		name string
		in   Interval
		want int
	}{
		{"not measured", Interval{}, 0},
		{"without reuse all that are in use", Interval{PortsInUse: new(700)}, 700},
		{"with reuse less those that can be taken over", Interval{PortsInUse: new(700), PortsReusable: new(300)}, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.PortsHeld(); got != tt.want {
				t.Errorf("PortsHeld() = %d, want %d", got, tt.want)
			}
		})
	}
}

func BenchmarkRecorderEstablished(b *testing.B) {
	r := NewRecorder()
	b.ReportAllocs()
	n := int64(0)
	for b.Loop() {
		r.Established(n, time.Duration(n), 8*time.Microsecond, time.Duration(n%1_000_000)*time.Microsecond)
		n++
	}
}

func BenchmarkRecorderAnswered(b *testing.B) {
	r := NewRecorder()
	b.ReportAllocs()
	n := int64(0)
	for b.Loop() {
		r.Answered(time.Duration(n%1_000_000) * time.Microsecond)
		n++
	}
}

// A worker cuts and another merges what it cut.
func BenchmarkWindow(b *testing.B) {
	r, sum, spare := NewRecorder(), NewWindow(), NewWindow()
	b.ReportAllocs()
	for b.Loop() {
		for n := range 10_000 {
			d := time.Duration(10_000 + n*37)
			r.window.Connect.Record(d)
			r.window.Request.Record(d)
			r.window.Response.Record(d)
		}
		p := r.Cut(0, spare)
		sum.Merge(p.Window)
		p.Window.Reset()
		spare = p.Window
	}
}
