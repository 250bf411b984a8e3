package target

import "time"

const (
	// spinLeast and spinMost bound for how long a thread looks for events before it
	// sleeps: to be woken costs some 50 us where its processor has gone to sleep too.
	spinLeast, spinMost = 20 * time.Microsecond, 50 * time.Microsecond

	// spinCredit is how many looks that found something count; one in vain uses up
	// spinMiss of them, so four in five have to find something. A client that was not run
	// for a moment uses up some.
	spinCredit, spinMiss = 64, 4

	// spinTimes is how many times longer than looks took that found something, on average
	// of the last spinMean or so, one may take.
	spinTimes, spinMean = 8, 8

	// spinRest is how many waits go by without a look once they are used up: of 1000
	// a second that find nothing, looks then take a thousandth of the time.
	spinRest = 64

	// leaveTimes is how many times longer than it was preempted a thread leaves its
	// processor to others, for leaveMost at most.
	leaveTimes, leaveMost = 16, 10 * time.Second
)

// spin decides for how long a thread looks for events before it sleeps, from what
// came of that before. Whoever wakes a sleeping thread pays for it: of a client that
// opens short connections, a sixth of the time goes there.
//
// Times are on a clock of the thread's own.
//
// Note: haltpoll's rule (Documentation/virt/kvm/halt-polling.rst) goes by how long
// sleeps take; an idle processor's own delay makes short ones look long.
type spin struct {
	on     bool
	credit int           // of looks that found something
	rest   int           // waits still to go by without one
	mean   time.Duration // of how long it took them
	leave  time.Duration // the processor is left to others until then
}

// window is for how long to look before the wait that begins now; 0 not at all.
func (s *spin) window(now time.Duration) time.Duration {
	switch {
	case !s.on || now < s.leave:
		return 0
	case s.credit > 0:
		return min(max(spinTimes*s.mean, spinLeast), spinMost)
	case s.rest > 0:
		s.rest--
		return 0
	default:
		return spinMost
	}
}

// found notes that a look found something after so long.
func (s *spin) found(after time.Duration) {
	s.credit = min(s.credit+1, spinCredit)
	s.mean += (after - s.mean) / spinMean
}

// missed notes that a look found nothing.
func (s *spin) missed() {
	if s.credit = max(s.credit-spinMiss, 0); s.credit == 0 {
		s.rest = spinRest
	}
}

// preempted notes that for so long others had the processor while the thread looked.
func (s *spin) preempted(now, gone time.Duration) {
	s.leave = now + min(leaveTimes*gone, leaveMost)
}
