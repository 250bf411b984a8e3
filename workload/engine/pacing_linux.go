package engine

import (
	"time"

	"tcpbench/scenario"
)

// beginPlanned begins what is due by the plan.
func (w *worker) beginPlanned(now time.Duration) {
	s := w.schedule
	for enough := now + beginBudget; now < enough && s.due(now) && !w.Control.ended(now) && !w.halted(); {
		if !w.available() {
			s.starve(now, w.Plan.Mode)
			return
		}
		planned, first := s.take()
		late, own, cause := s.lateness(planned, now)
		if first {
			w.rec.Lateness.Planned++
			w.rec.Lateness.Start(late, own, cause)
		}
		call, ok := w.startPlanned(planned, now, first)
		if !ok {
			return
		}
		now = w.now()
		s.started(now, call)
	}
}

// available reports whether there is a connection for a start.
func (w *worker) available() bool {
	if w.Plan.Mode == scenario.ModeKeepalive {
		return !w.ready.empty()
	}
	return len(w.idle) > 0
}

// startPlanned begins a connection, whose connect(2) took call, or where they
// are held a request; false when there are to be no more.
func (w *worker) startPlanned(planned, now time.Duration, first bool) (call time.Duration, ok bool) {
	if w.Plan.Mode == scenario.ModeKeepalive {
		if first && !w.takeRequest() {
			return 0, false
		}
		w.request(w.ready.head, planned, now)
		return 0, true
	}
	i := w.idle[len(w.idle)-1]
	w.idle = w.idle[:len(w.idle)-1]
	d, ok := w.open(i, planned)
	if !ok {
		w.release(i)
	}
	return d.call, ok
}
