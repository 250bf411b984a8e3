package engine

import (
	"testing"
	"time"

	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/pace"
)

const ms = time.Millisecond

// planned makes a schedule with a start every millisecond for a second.
func planned() *schedule {
	return newSchedule(pace.Plan{From: 1000, To: 1000, Duration: time.Second}.Worker(0, 1))
}

func TestStartsAreTakenInOrderWhenTheyAreDue(t *testing.T) {
	s := planned()
	for i := range 5 {
		want := time.Duration(i) * ms
		if s.due(want-1) && i > 0 {
			t.Errorf("due(%v) = true, want false before the start at %v", want-1, want)
		}
		if !s.due(want) || s.nextDue(want) != want {
			t.Errorf("due(%v) = false or nextDue = %v, want it due", want, s.nextDue(want))
		}
		if got, first := s.take(); got != want || !first {
			t.Errorf("take() = %v, %v, want %v for the first time", got, first, want)
		}
	}
}

func TestARequestToBeSentAgainComesFirst(t *testing.T) {
	s := planned()
	s.take()
	s.repeat(0)
	if !s.due(0) || s.nextDue(0) != 0 {
		t.Error("a request to be sent again is not due")
	}
	if got, first := s.take(); got != 0 || first {
		t.Errorf("take() = %v, %v, want 0 again", got, first)
	}
	if got, first := s.take(); got != ms || !first {
		t.Errorf("take() = %v, %v, want the next start", got, first)
	}
}

func TestStartsThatWereNotTakenAreLeft(t *testing.T) {
	tests := []struct {
		name            string
		prepare         func(*schedule)
		waited, blocked int64 // of 90
	}{
		{"for no known reason", func(*schedule) {}, 0, 0},
		{"all connections were in use", func(s *schedule) { s.starve(10*ms, scenario.ModeShort) }, 90, 0},
		{"a connection was free again, too late for most",
			func(s *schedule) { s.starve(10*ms, scenario.ModeShort); s.free(90 * ms) }, 80, 0},
		{"each connect(2) took long",
			func(s *schedule) { s.started(50*ms, 40*ms); s.started(90*ms, 40*ms) }, 0, 80},
		{"two connects took long, then the generator did",
			func(s *schedule) { s.started(25*ms, 10*ms); s.started(35*ms, 10*ms); s.started(94*ms, 0) }, 0, 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := planned()
			for range 10 {
				s.take()
			}
			tt.prepare(s)
			var l metrics.Lateness
			s.leave(99*ms, &l)
			if l.Planned != 90 || l.Started != 0 || l.Waited != tt.waited || l.Blocked != tt.blocked {
				t.Errorf("leave(99ms) after 10 of 100 = %d, of which %d waited and %d were blocked, "+
					"want 90, %d, %d", l.Planned,
					l.Waited, l.Blocked, tt.waited, tt.blocked)
			}
			s.leave(time.Hour, &l)
			if l.Planned != 990 {
				t.Errorf("leave(1h) = %d, want the other 900 of a second", l.Planned-90)
			}
			if s.nextDue(0) != Forever {
				t.Error("a plan that is over has a next start")
			}
		})
	}
}

func TestIdleConnectionsThatAreAllHeldEndThePlan(t *testing.T) {
	s := planned()
	s.starve(0, scenario.ModeIdle)
	if s.due(time.Hour) {
		t.Error("due after all connections are held")
	}
}

func TestLatenessIsSplitByItsCause(t *testing.T) {
	tests := []struct {
		name      string
		before    func(*schedule)
		late, own time.Duration
		cause     metrics.Cause
	}{
		{"nothing else explains it", func(*schedule) {}, 10 * ms, 10 * ms, metrics.CauseGenerator},
		{"no connection was free until 8 ms", func(s *schedule) {
			s.starve(0, scenario.ModeShort)
			s.free(8 * ms)
		}, 10 * ms, 2 * ms, metrics.CauseConnections},
		{"a connection became free when none was waited for", func(s *schedule) { s.free(8 * ms) }, 10 * ms, 10 * ms,
			metrics.CauseGenerator},
		{"two connects took until 9 ms", func(s *schedule) {
			s.started(4*ms, 4*ms)
			s.started(9*ms, 5*ms)
		}, 10 * ms, 1 * ms, metrics.CauseConnect},
		{"one connect took long, as the scheduler can make it", func(s *schedule) { s.started(9*ms, 5*ms) }, 10 * ms,
			10 * ms, metrics.CauseGenerator},
		{"connects took long, but not in a row", func(s *schedule) {
			s.started(4*ms, 4*ms)
			s.started(5*ms, 0)
			s.started(9*ms, 4*ms)
		}, 10 * ms, 10 * ms, metrics.CauseGenerator},
		{"the last two of three slow connects were in a row", func(s *schedule) {
			s.started(3*ms, 3*ms)
			s.started(5*ms, 0)
			s.started(7*ms, 2*ms)
			s.started(9*ms, 2*ms)
		}, 10 * ms, 6 * ms, metrics.CauseGenerator},
		{"it is behind others that connects held up", func(s *schedule) {
			s.started(4*ms, 4*ms)
			s.started(9*ms, 5*ms)
			s.started(9*ms+slowConnect, 0)
		}, 10 * ms, 1 * ms, metrics.CauseConnect},
		{"it is behind others that the generator then took long for", func(s *schedule) {
			s.started(2*ms, 2*ms)
			s.started(4*ms, 2*ms)
			s.started(9*ms, 0)
		}, 10 * ms, 6 * ms, metrics.CauseGenerator},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := planned()
			tt.before(s)
			late, own, cause := s.lateness(0, 10*ms)
			if late != tt.late || own != tt.own || cause != tt.cause {
				t.Errorf("lateness(0, 10ms) = %v, own %v, cause %d, want %v, %v, %d", late, own, cause, tt.late,
					tt.own, tt.cause)
			}
		})
	}
	s := planned()
	s.started(2*ms, 2*ms)
	s.started(5*ms, 3*ms)
	if late, own, cause := s.lateness(6*ms, 7*ms); late != ms || own != ms || cause != metrics.CauseGenerator {
		t.Errorf("a start planned after the hold-up is late by %v, own %v, cause %d, want 1ms of the generator's",
			late, own, cause)
	}
}
