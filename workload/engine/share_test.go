package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/pace"
)

// turnOf is what a worker does for one start: work of its own, a wait for a
// connection, in which it may be stopped for some time, and a connect(2).
type turnOf struct{ work, wait, stop, call time.Duration }

// alone is when a generator would have begun a start that does the same work
// and is never held up, and until when it would have been busy with it.
func (u turnOf) alone(planned, busy time.Duration) (begun, ended time.Duration) {
	begun = max(planned, busy) + u.work + u.stop
	if u.call < slowConnect {
		return begun, begun + u.call
	}
	return begun, begun
}

// take does one turn at the time now, and returns what came of it.
func (u turnOf) take(s *schedule, now time.Duration) (planned, own, ended time.Duration) {
	now = max(s.first(), now)
	if u.wait > 0 { // half of its own work comes first
		now += u.work / 2
		s.starve(now, scenario.ModeShort)
		from := now
		now += u.wait + u.stop
		s.free(now)
		if u.stop > 0 {
			s.stalled(from, u.stop)
		}
		now += u.work - u.work/2
	} else {
		now += u.work
	}
	planned, _ = s.take()
	late, own, _ := s.lateness(planned, now)
	s.started(now+u.call, u.call)
	return planned, min(own, late), now + u.call
}

// drawTurn draws any turn; none waits or is stopped in most.
func drawTurn(t *rapid.T) turnOf {
	draw := func(label string, most time.Duration) time.Duration {
		if rapid.IntRange(0, 3).Draw(t, label+" is") > 0 {
			return 0
		}
		return time.Duration(rapid.Int64Range(0, int64(most)).Draw(t, label))
	}
	u := turnOf{
		work: time.Duration(rapid.Int64Range(0, int64(1500*time.Microsecond)).Draw(t, "work")),
		wait: draw("wait", 30*ms),
		call: draw("call", 5*ms),
	}
	if u.wait > 0 {
		u.stop = draw("stop", 50*ms)
	}
	return u
}

// Whatever holds up a generator, its own share is never less than the lateness
// of one that does the same work and is never held up.
func TestTheGeneratorsOwnShareIsNeverLessThanItsWork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSchedule(pace.Plan{From: 1000, To: 1000, Duration: time.Hour}.Worker(0, 1))
		var now, busy, begun time.Duration
		for i := range rapid.IntRange(1, 300).Draw(t, "starts") {
			u := drawTurn(t)
			var planned, own time.Duration
			planned, own, now = u.take(s, now)
			if begun, busy = u.alone(planned, busy); own < begun-planned {
				t.Fatalf("start %d, planned at %v: own %v, want at least %v, which its work takes", i, planned, own,
					begun-planned)
			}
		}
	})
}

// Without single slow connects, which may be the scheduler's, the share is
// exactly that.
func TestTheGeneratorsOwnShareIsItsWork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSchedule(pace.Plan{From: 1000, To: 1000, Duration: time.Hour}.Worker(0, 1))
		s.slow = 1
		var now, busy, begun time.Duration
		for i := range rapid.IntRange(1, 300).Draw(t, "starts") {
			u := drawTurn(t)
			if u.call < slowConnect {
				u.call = 2 * slowConnect
			}
			var planned, own time.Duration
			planned, own, now = u.take(s, now)
			if begun, busy = u.alone(planned, busy); own != begun-planned {
				t.Fatalf("start %d, planned at %v: own %v, want %v", i, planned, own, begun-planned)
			}
		}
	})
}

// A generator that takes a tenth more than it has, after two slow connects.
func TestASlowGeneratorIsNotExcusedByWhatCameBefore(t *testing.T) {
	s := newSchedule(pace.Plan{From: 1000, To: 1000, Duration: time.Second}.Worker(0, 1))
	l := metrics.NewRecorder().Lateness
	var now time.Duration
	for i := 0; now < time.Second; i++ {
		u := turnOf{work: 1100 * time.Microsecond}
		if i < 2 {
			u.call = 3 * ms
		}
		now = max(s.first(), now) + u.work
		planned, _ := s.take()
		l.Planned++
		l.Start(s.lateness(planned, now))
		now += u.call
		s.started(now, u.call)
	}
	s.leave(time.Second, &l)
	missed, excused := l.Planned-l.Started, l.Waited+l.Blocked
	if missed < 90 || excused > 150 || l.Own.Percentile(99) < 80*ms {
		t.Errorf("missed %d, excused %d starts, own lateness %v at p99; want about 96 missed, excused only the first, "+
			"and 90ms", missed, excused, l.Own.Percentile(99))
	}
}
