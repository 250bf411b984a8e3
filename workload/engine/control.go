package engine

import (
	"net/netip"
	"sync/atomic"
	"time"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// Control is what the workers of a run share.
type Control struct {
	// Start is time 0 of the run.
	Start time.Time
	// End is when no more connections are begun, from Start.
	End time.Duration
	// Limit is how many connections are begun at most, those of the warm-up not
	// counted, or where they are held how many requests; 0 means no limit.
	Limit int64
	// OnExhausted says what the first failure for lack of a port does.
	OnExhausted scenario.OnExhausted
	// InTurn tells that this host is one of many whose plans of starts follow each other: each
	// thread sleeps until its own first start.
	InTurn bool
	// Witness is called at the first failure for lack of a port, by whoever met
	// it and before it ends the run, and reports whether ports have run out
	// indeed. After a no, the next failure of that kind is looked at again, a
	// moment later at the earliest. nil always believes it.
	Witness func(Exhaustion) bool

	began    atomic.Int64 // how late the first worker began, ns; 0 is not yet
	held     bool         // connections are
	stopped  atomic.Int64 // when Stop was called, ns from Start; 0 is not yet
	begun    atomic.Int64 // connections that count begun, where there is a limit on them
	asked    atomic.Int64 // requests begun, where there is a limit
	open     atomic.Int64 // connections in flight, where there is a NAT
	cut      atomic.Int64 // when the link went down, ns from Start; 0 is not yet
	first    atomic.Int64 // one more than the number of the first connection that is counted
	walk     []counter
	numbers  *numbers // of connections
	stopping atomic.Bool
	canceled atomic.Bool

	exhausted atomic.Pointer[Exhaustion]
	recovered atomic.Int64 // ns from Start; 0 is not yet
	doubted   atomic.Int64 // when Witness last said no, ns from Start
}

// doubt is how long the word of Witness against a failure holds for those after
// it: it reads every socket there is.
const doubt = 100 * time.Millisecond

// Exhaustion is the first failure for lack of a port.
type Exhaustion struct {
	metrics.Failure

	// At is when connect(2) or bind(2) returned, from Start.
	At time.Duration

	// Source and Destination are the pair that ran out; without an address, the
	// kernel chose the source.
	Source      netip.Addr
	Destination netip.AddrPort

	tuple int64
}

// NewControl returns the control of a run of p that starts now.
func NewControl(p *Plan, start time.Time) *Control {
	return &Control{Start: start, held: p.Mode != scenario.ModeShort,
		walk:    make([]counter, p.tuples()),
		numbers: newNumbers(p)}
}

// Loosen tells, before the run, before which number of a connection no pair of source
// and destination can have run out of ports: until then some may be used more than
// others for a moment, so that threads do not wait for each other. 0 is from the first on.
func (c *Control) Loosen(before int64) { c.numbers.loosen(before) }

// Stop ends the run: no more connections are begun, those in flight finish.
func (c *Control) Stop() { c.stopAt(time.Since(c.Start)) }

func (c *Control) stopAt(at time.Duration) {
	c.stopped.CompareAndSwap(0, max(int64(at), 1))
	c.stopping.Store(true)
}

// Offered is until when connections are begun, from Start, as far as is known:
// the end of the duration, or the moment of a stop before it.
func (c *Control) Offered() time.Duration {
	if at := c.stopped.Load(); at != 0 {
		return min(time.Duration(at), c.End)
	}
	return c.End
}

// Cancel ends the run and gives those in flight only a moment.
func (c *Control) Cancel() {
	c.canceled.Store(true)
	c.Stop()
}

// Exhausted returns the first failure for lack of a port, or nil.
func (c *Control) Exhausted() *Exhaustion { return c.exhausted.Load() }

// RecoveredAfter is the time from the first failure to the next connect that
// obtained a port for the same source and destination; false if none did.
func (c *Control) RecoveredAfter() (time.Duration, bool) {
	ex, at := c.exhausted.Load(), c.recovered.Load()
	if ex == nil || at == 0 {
		return 0, false
	}
	return time.Duration(at) - ex.At, true
}

// exhaust records a failure for lack of a port; the first one counts.
func (c *Control) exhaust(ex Exhaustion) {
	if at := c.doubted.Load(); at != 0 && ex.At < time.Duration(at)+doubt {
		return
	}
	// It stands before it is proved, so that no worker counts a port of later.
	if !c.exhausted.CompareAndSwap(nil, &ex) {
		return
	}
	if c.Witness != nil && !c.Witness(ex) {
		c.doubted.Store(max(int64(ex.At), 1))
		c.exhausted.Store(nil)
		c.recovered.Store(0)
	}
	if c.OnExhausted == scenario.OnExhaustedStop {
		c.stopAt(ex.At) // nothing was begun since: what Witness took is no time of the load
	}
}

// obtained notes that a connect at the time at got a port although ports had
// run out before.
func (c *Control) obtained(ex *Exhaustion, tuple int64, at time.Duration) {
	if ex != c.exhausted.Load() || ex.tuple != tuple || !c.recovered.CompareAndSwap(0, int64(at)) {
		return
	}
	if c.OnExhausted == scenario.OnExhaustedRecover {
		c.Stop()
	}
}

// next takes the number of a thread's next connection, from 0; false when the limit is
// reached. counts tells that the warm-up is over.
func (c *Control) next(thread int, counts bool) (int64, bool) {
	n := c.numbers.take(thread)
	return n, c.held || c.Limit == 0 || !counts || c.begun.Add(1) <= c.Limit
}

// count notes that connection n is counted: its warm-up is over.
func (c *Control) count(n int64) { c.first.CompareAndSwap(0, n+1) }

// counted is connection n's number among those that are counted. Of threads that
// begin to count at the same time, one may have taken a lower number than the first.
func (c *Control) counted(n int64) int64 { return max(n-max(c.first.Load()-1, 0), 0) }

// ask takes a request's turn, where connections are held; false when the
// limit is reached.
func (c *Control) ask(counts bool) bool {
	return c.Limit == 0 || !counts || c.asked.Add(1) <= c.Limit
}

// halted reports whether nothing more is to be begun because the run is about to
// be stopped. What is open stays so until then: Witness looks at it.
func (c *Control) halted() bool {
	return c.stopping.Load() || c.OnExhausted == scenario.OnExhaustedStop && c.exhausted.Load() != nil
}

// ended reports whether the time of the run is over, or it was stopped.
func (c *Control) ended(now time.Duration) bool {
	return c.stopping.Load() || now >= c.End
}

// spent reports whether the limit is used up.
func (c *Control) spent() bool {
	begun := &c.begun
	if c.held {
		begun = &c.asked
	}
	return c.Limit > 0 && begun.Load() >= c.Limit
}

// Cut notes that the link went down.
func (c *Control) Cut() { c.cut.CompareAndSwap(0, max(int64(time.Since(c.Start)), 1)) }

// sinceCut is how long the link has been down at the time now; false when it
// is not.
func (c *Control) sinceCut(now time.Duration) (time.Duration, bool) {
	at := c.cut.Load()
	return now - time.Duration(at), at != 0
}

// step takes the next position on a tuple's walk over its ports.
func (c *Control) step(tuple int64) int64 { return c.walk[tuple].Add(1) - 1 }
