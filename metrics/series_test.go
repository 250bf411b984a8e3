package metrics

import (
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// sums adds up all buckets.
func (s *Series) sums() bucket {
	var b bucket
	for _, x := range s.buckets {
		b = b.plus(x)
	}
	return b
}

// fillSeries adds connections 0 to n-1; number i costs i+1 us and takes twice
// as long until it is established.
func fillSeries(s *Series, n int64) {
	for i := range n {
		s.Add(i, time.Duration(i+1)*time.Millisecond, time.Duration(i+1)*time.Microsecond,
			time.Duration(2*i+2)*time.Microsecond)
	}
}

func TestWideningKeepsCountsAndSums(t *testing.T) {
	for _, n := range []int64{1, 511, 512, 513, 1024, 1025, 100_000} {
		var s Series
		fillSeries(&s, n)
		total := time.Duration(n*(n+1)/2) * time.Microsecond
		want := bucket{count: n, call: total, latency: 2 * total, begin: time.Millisecond,
			end: time.Duration(n) * time.Millisecond}
		if got := s.sums(); got != want {
			t.Errorf("after %d connections the sums are %+v, want %+v", n, got, want)
		}
		points := s.Points()
		if len(points) > SeriesPoints || n >= SeriesPoints && len(points) < SeriesPoints/2 {
			t.Errorf("after %d connections there are %d points, want %d to %d", n, len(points),
				SeriesPoints/2, SeriesPoints)
		}
		if got := points[len(points)-1].AfterConnections; got != n {
			t.Errorf("after %d connections the last point is at %d, want %d", n, got, n)
		}
	}
}

func TestPointsOfAShortRun(t *testing.T) {
	var s Series
	s.Add(0, 10*time.Millisecond, 8*time.Microsecond, 20*time.Microsecond)
	s.Add(2, 30*time.Millisecond, 12*time.Microsecond, 30*time.Microsecond) // number 1 was not established
	want := []Point{
		{AfterConnections: 1, AtSeconds: 0.01, CallUS: 8, ConnectUS: 20, ConnectionsPerSecond: 100},
		{AfterConnections: 3, AtSeconds: 0.03, CallUS: 12, ConnectUS: 30, ConnectionsPerSecond: 50},
	}
	if diff := cmp.Diff(want, s.Points(), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("Points() (-want +got):\n%s", diff)
	}
}

func TestPointsOfNoConnection(t *testing.T) {
	var s, other Series
	s.Merge(&other)
	if got := s.Points(); got != nil {
		t.Errorf("Points() = %v, want none", got)
	}
}

// A rate is left out where two workers' clocks leave no time between points.
func TestNoRateWithoutTime(t *testing.T) {
	var s Series
	s.Add(0, 10*time.Millisecond, time.Microsecond, time.Microsecond)
	s.Add(1, 9*time.Millisecond, time.Microsecond, time.Microsecond)
	if got := s.Points()[1].ConnectionsPerSecond; got != 0 {
		t.Errorf("Points()[1].ConnectionsPerSecond = %v, want none", got)
	}
}

func TestPointsAreInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Series
		numbers := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 200).Draw(t, "numbers")
		for i, n := range numbers {
			s.Add(n, time.Duration(i)*time.Millisecond, time.Microsecond, 2*time.Microsecond)
		}
		points := s.Points()
		if len(points) == 0 || len(points) > SeriesPoints {
			t.Fatalf("Points() of %d connections has %d, want 1 to %d", len(numbers), len(points), SeriesPoints)
		}
		for i, p := range points {
			if i > 0 && p.AfterConnections <= points[i-1].AfterConnections {
				t.Fatalf("Points()[%d] is at %d, not beyond %d", i, p.AfterConnections, points[i-1].AfterConnections)
			}
			if p.ConnectionsPerSecond < 0 {
				t.Fatalf("Points()[%d] has the rate %v", i, p.ConnectionsPerSecond)
			}
		}
		if got, want := points[len(points)-1].AfterConnections, slices.Max(numbers)+1; got != want {
			t.Fatalf("the last point is at %d, want %d", got, want)
		}
		if got := s.sums().count; got != int64(len(numbers)) {
			t.Fatalf("the points have %d connections, want %d", got, len(numbers))
		}
	})
}

func TestSeriesOfTwoWorkersMergedIsThatOfOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var one, a, b Series
		n := rapid.Int64Range(0, 5000).Draw(t, "connections")
		share := rapid.IntRange(0, 10).Draw(t, "share of the first worker")
		for i := range n {
			at, call := time.Duration(i)*time.Millisecond, time.Duration(i%97)*time.Microsecond
			latency := time.Duration(i%89) * time.Millisecond
			one.Add(i, at, call, latency)
			worker := &b
			if int(i*7%10) < share {
				worker = &a
			}
			worker.Add(i, at, call, latency)
		}
		other := b
		a.Merge(&b)
		if b != other {
			t.Fatal("Merge(b) changed b")
		}
		if diff := cmp.Diff(one.Points(), a.Points()); diff != "" {
			t.Fatalf("Points() of two workers (-one +merged):\n%s", diff)
		}
	})
}

func TestSeriesDoesNotGrow(t *testing.T) {
	if got := unsafe.Sizeof(Series{}); got > 21<<10 {
		t.Errorf("sizeof Series = %d, want at most 21 KiB", got)
	}
	var s Series
	fillSeries(&s, 10_000)
	n := int64(10_000)
	if got := testing.AllocsPerRun(1000, func() { s.Add(n, time.Second, 1, 1); n++ }); got != 0 {
		t.Errorf("Add() makes %v allocations, want 0", got)
	}
}

func BenchmarkSeriesAdd(b *testing.B) {
	var s Series
	b.ReportAllocs()
	n := int64(0)
	for b.Loop() {
		s.Add(n, time.Duration(n), 8*time.Microsecond, 20*time.Microsecond)
		n++
	}
}

// knee is the cost of a connection number of a run on 28232 ports, in microseconds.
func knee(n int64) time.Duration {
	if n < 14_116 {
		return 8 * time.Microsecond
	}
	return 800 * time.Microsecond
}

// What a run did until ports ran out stays as fine as it was, however long it goes on.
func TestTheCostUntilPortsRanOutStaysFine(t *testing.T) {
	const ports, goesOn = 28_232, 600_000
	short, long := NewRecorder(), NewRecorder()
	at := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	for n := range int64(goesOn) {
		if n == ports {
			short.RanOut(n)
			long.RanOut(n)
		}
		if n < ports {
			short.Established(n, at(n), knee(n), 2*knee(n))
		}
		long.Established(n, at(n), knee(n), 2*knee(n))
	}
	want, all := short.ConnectCost()
	if all != len(want) {
		t.Errorf("of a run that ended when ports ran out %d of %d points are until then, want all", all, len(want))
	}
	points, until := long.ConnectCost()
	if diff := cmp.Diff(want, points[:until]); diff != "" {
		t.Errorf("the points until ports ran out (-want +got):\n%s", diff)
	}
	if len(points) > 2*SeriesPoints {
		t.Errorf("there are %d points, want at most %d", len(points), 2*SeriesPoints)
	}
	last := Point{}
	for _, p := range points {
		if p.AfterConnections <= last.AfterConnections || p.AtSeconds <= last.AtSeconds {
			t.Fatalf("%+v follows %+v", p, last)
		}
		last = p
	}
	if last.AfterConnections != goesOn {
		t.Errorf("the last point is after %d connections, want %d", last.AfterConnections, goesOn)
	}
	if p := points[until]; p.CallUS < 799 || p.CallUS > 801 {
		t.Errorf("the first point afterwards has connects of %v us, want 800: those of before are not in it", p.CallUS)
	} else if rate := p.ConnectionsPerSecond; rate < 999 || rate > 1001 {
		t.Errorf("the first point afterwards has a rate of %v/s, want 1000: those of before are not in it", rate)
	}
}

func TestAFailureThatOnlyLookedLikeExhaustionIsForgotten(t *testing.T) {
	r := NewRecorder()
	for n := range int64(10_000) {
		if n == 100 || n == 600 {
			r.RanOut(n)
		}
		r.Established(n, time.Duration(n)*time.Millisecond, 1000, 2000)
	}
	if points, until := r.ConnectCost(); points[until-1].AfterConnections != 600 {
		t.Errorf("ports ran out after %d connections, want those of the last time: 600",
			points[until-1].AfterConnections)
	}
}

// Of several workers one may be far ahead of another, and catch up in the same moment.
func TestARateThatNoHostHasIsAbsent(t *testing.T) {
	var s Series
	s.Add(0, time.Second, time.Microsecond, time.Microsecond)
	s.Add(1, time.Second+99*time.Nanosecond, time.Microsecond, time.Microsecond)
	s.Add(2, time.Second+10*time.Microsecond, time.Microsecond, time.Microsecond)
	p := s.Points()
	if !(p[0].ConnectionsPerSecond > 0 && p[1].ConnectionsPerSecond == 0 && p[2].ConnectionsPerSecond > 0) {
		t.Errorf("rates are %v, %v and %v, want none of two connections within 99 ns", p[0].ConnectionsPerSecond,
			p[1].ConnectionsPerSecond, p[2].ConnectionsPerSecond)
	}
}

// Where one worker is ahead of another, their connections are side by side in number, and
// not in time: there is no rate between them.
func TestThereIsNoRateBetweenWhatTookPlaceAtOneTime(t *testing.T) {
	var ahead, behind Series
	for n := range int64(100_000) {
		ahead.Add(2*n, time.Duration(n)*10*time.Microsecond, 1000, 1000)
		behind.Add(2*n+1, time.Duration(n)*30*time.Microsecond, 1000, 1000)
	}
	ahead.Merge(&behind)
	for _, p := range ahead.Points()[10:] {
		if p.ConnectionsPerSecond > 0 {
			t.Fatalf("%+v has a rate, want none where connections of its numbers took a second to three", p)
		}
	}
}
