package metrics

import "time"

const (
	// StallLimit is from how long a pause counts as a stall. A scheduler's slice
	// is 3 ms, and a search for a port some milliseconds.
	StallLimit = 20 * time.Millisecond

	// cpuAge is how old the reading may become that CPU time is counted from: what
	// was used before a stall, by as much as that, passes for its own.
	cpuAge = time.Millisecond

	// recentRounds is of about how many rounds the usual sleep is.
	recentRounds = 16

	// KeptStalls is how many of the longest stalls are kept one by one.
	KeptStalls = 32
)

// Stalls are the times for which a generator was not run.
type Stalls struct {
	Count int64
	Total time.Duration
	// After is the part of Total after load was offered, when connections ended.
	After time.Duration
	// Lengths are the longest, the longest first; all others are 0.
	Lengths [KeptStalls]time.Duration
}

// Longest is the longest of them, 0 where there is none.
func (s *Stalls) Longest() time.Duration { return s.Lengths[0] }

func (s *Stalls) add(d, after time.Duration) {
	s.Count++
	s.Total += d
	s.After += after
	s.keep(d)
}

// keep puts a length in its place; the shortest is dropped.
func (s *Stalls) keep(d time.Duration) {
	for i, l := range s.Lengths {
		if d > l {
			s.Lengths[i], d = d, l
		}
	}
}

func (s *Stalls) merge(o Stalls) {
	s.Count += o.Count
	s.Total += o.Total
	s.After += o.After
	for _, d := range o.Lengths {
		s.keep(d)
	}
}

// StallWatch finds the stalls of what works in rounds: the time of a round that
// is neither sleep nor CPU time. A round that took no longer than it was allowed to
// sleep never has one, so that waiting for a server is never called a stall. In one
// that took longer, half of a usual sleep passes for sleep: a stall may begin at any
// time of it.
type StallWatch struct {
	cpu   func() time.Duration // CPU time used so far
	last  time.Duration        // when the last round ended
	seen  time.Duration        // when cpu was read, before that
	used  time.Duration        // what it was then
	usual time.Duration        // how long rounds without a stall were not busy, of late
}

// NewStallWatch returns a watch of rounds that begin at the time now; cpu reads
// the CPU time that the worker has used so far. Where that is a thread's, the worker
// must be locked to it: on another the time begins anew, and passes for a stall.
func NewStallWatch(now time.Duration, cpu func() time.Duration) *StallWatch {
	return &StallWatch{cpu: cpu, last: now, seen: now, used: cpu()}
}

// Round tells that a round has ended now, in which the worker was allowed to
// sleep for so long. It returns how long it stalled, 0 for no stall.
func (w *StallWatch) Round(now, sleep time.Duration) time.Duration {
	took := now - w.last
	w.last = now
	if now-w.seen < cpuAge {
		w.rested(min(took, sleep))
		return 0
	}
	used := w.cpu()
	idle := took - (used - w.used)
	w.seen, w.used = now, used
	if stalled := idle - min(w.usual, sleep)/2; idle > sleep && stalled >= StallLimit {
		return stalled
	}
	w.rested(max(min(idle, sleep), 0))
	return 0
}

// rested tells how long a round was not busy.
func (w *StallWatch) rested(d time.Duration) { w.usual += (d - w.usual) / recentRounds }

// Stalled records a stall of d that ended at a time: what of it came after the
// warm-up, apart from what came after load was offered, until then.
func (r *Recorder) Stalled(ended, d, warmup, offered time.Duration) {
	if d = min(d, ended-warmup); d > 0 {
		r.Stalls.add(d, min(d, max(ended-offered, 0)))
	}
}
