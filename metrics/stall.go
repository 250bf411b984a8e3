package metrics

import "time"

const (
	// StallLimit is from how long a pause counts as a stall. A scheduler's slice
	// is 3 ms, and a search for a port some milliseconds.
	StallLimit = 20 * time.Millisecond

	// cpuAge is how old the reading may become that CPU time is counted from.
	cpuAge = 10 * time.Millisecond
)

// Stalls are the times for which a generator was not run.
type Stalls struct {
	Count          int64
	Total, Longest time.Duration
}

func (s *Stalls) add(d time.Duration) {
	s.Count++
	s.Total += d
	s.Longest = max(s.Longest, d)
}

func (s *Stalls) merge(o Stalls) {
	s.Count += o.Count
	s.Total += o.Total
	s.Longest = max(s.Longest, o.Longest)
}

// StallWatch finds the stalls of what works in rounds: the time of a round that
// is neither sleep nor CPU time. Of a round that slept for less than it was
// allowed to, the rest of that passes for sleep, so that waiting for a server
// is never called a stall.
type StallWatch struct {
	cpu  func() time.Duration // CPU time used so far
	last time.Duration        // when the last round ended
	seen time.Duration        // when cpu was read, before that
	used time.Duration        // what it was then
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
	awake := now - w.last - sleep
	w.last = now
	if now-w.seen < cpuAge {
		return 0
	}
	used := w.cpu()
	stalled := awake - (used - w.used)
	w.seen, w.used = now, used
	if stalled < StallLimit {
		return 0
	}
	return stalled
}

// Stalled records a stall.
func (r *Recorder) Stalled(d time.Duration) { r.Stalls.add(d) }
