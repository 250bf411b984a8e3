package metrics

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
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
		var spare *Histogram
		connects := NewHistogram()
		for range rapid.IntRange(1, 10).Draw(t, "intervals") {
			r.Counts.Add(drawCounts(t))
			for range rapid.IntRange(0, 5).Draw(t, "connects") {
				r.Established(0, 0, time.Microsecond, drawLatency(t))
			}
			p := r.Cut(3, spare)
			if p.InFlight != 3 {
				t.Fatalf("Cut(3).InFlight = %d, want 3", p.InFlight)
			}
			sum.Add(p.Counts)
			connects.Merge(p.Connect)
			p.Connect.Reset()
			spare = p.Connect // as the sampler hands it back
		}
		if sum != r.Counts {
			t.Fatalf("the cuts add up to %+v, want %+v", sum, r.Counts)
		}
		if got, want := Summarize(connects), Summarize(r.Connect); !cmp.Equal(got, want) {
			t.Fatalf("the cuts' connects are %+v, want %+v", got, want)
		}
		if p := r.Cut(0, nil); p.Counts != (Counts{}) || p.Connect.Count() != 0 {
			t.Fatalf("Cut() after a cut = %+v, want nothing", p)
		}
	})
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
				r.Fail(CallConnect, unix.EADDRNOTAVAIL)
			}
		}
	}
	a.ObtainedAtExhaustion, b.ObtainedAtExhaustion, one.ObtainedAtExhaustion = 600, 400, 1000
	a.Merge(b)
	if a.Counts != one.Counts || a.ObtainedAtExhaustion != one.ObtainedAtExhaustion {
		t.Errorf("Merge() = %+v, %d at exhaustion, want %+v, %d", a.Counts, a.ObtainedAtExhaustion, one.Counts, one.ObtainedAtExhaustion)
	}
	for name, h := range map[string][2]*Histogram{
		"Connect": {a.Connect, one.Connect}, "FirstByte": {a.FirstByte, one.FirstByte}, "Request": {a.Request, one.Request}, "Close": {a.Close, one.Close},
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
