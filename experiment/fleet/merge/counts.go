package merge

import (
	"cmp"

	"tcpbench/metrics"
	"tcpbench/results"
)

// counts are what is added up, and the histograms.
type counts struct {
	totals results.Totals
	unused, early, surplus,
	failedRequests, portsAtStart tally[int64]

	latency map[string]*metrics.Histogram
	late    *metrics.Histogram
	own     *metrics.Histogram

	kernel    results.Kernel
	keepalive *results.Keepalive
	dialer    *results.Dialer
	tls       *results.TLS
	byRST     tally[int64]
	lateness  *results.Lateness
	lateWhole bool
	stalls    *results.Stalls

	cpu                 *results.CPU
	succeeded, requests int64 // of those whose processor time is known
	use                 metrics.Summarizer
}

func newCounts() counts { return counts{latency: map[string]*metrics.Histogram{}, lateWhole: true} }

// tally is a sum that is absent where a part of it is.
type tally[N int | int64] struct {
	sum           N
	some, missing bool
}

func (t *tally[N]) add(n *N) {
	if n == nil {
		t.missing = true
		return
	}
	t.sum, t.some = t.sum+*n, true
}

func (t *tally[N]) result() *N {
	if t.missing || !t.some {
		return nil
	}
	return new(t.sum)
}

// add takes in a result. Of a journal it is what intervals tell.
func (c *counts) add(r *results.Run) error {
	t := &c.totals
	t.Counts.Add(r.Totals.Counts)
	if r.CutOff != nil {
		for _, iv := range r.Intervals {
			t.Errors = addCounts(t.Errors, iv.Errors)
		}
		return nil
	}
	t.Errors = addCounts(t.Errors, r.Totals.Errors)
	t.Status = addCounts(t.Status, r.Totals.Status)
	t.Protocols = addCounts(t.Protocols, r.Totals.Protocols)
	t.Mismatch = cmp.Or(t.Mismatch, r.Totals.Mismatch)
	c.unused.add(r.Totals.Unused)
	c.early.add(r.Totals.EarlyAnswers)
	c.surplus.add(r.Totals.SurplusBytes)
	c.failedRequests.add(r.Totals.FailedRequests)
	if n := r.PortsAtStart; n != nil { // absent is none
		c.portsAtStart.add(new(int64(*n)))
	}
	c.kernel.Client = addCounters(c.kernel.Client, r.Kernel.Client)
	c.addLibraries(r)
	c.addCPU(r)
	if err := c.addLateness(r.Lateness); err != nil {
		return err
	}
	for _, phase := range results.PhaseKeys() {
		if s := r.Latency.Phase(phase); s != nil {
			if err := addTo(c.latency, phase, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// addCounters adds counters, which fall too, as those of what is there now.
func addCounters(a, b map[string]int64) map[string]int64 {
	out := addCounts(a, b)
	if out == nil && (a != nil || b != nil) {
		return map[string]int64{}
	}
	return out
}

func addTo(all map[string]*metrics.Histogram, name string, s *metrics.Summary) error {
	if all[name] == nil {
		all[name] = metrics.NewHistogram()
	}
	return all[name].AddHDR(s.HDR)
}

// addLibraries are what connections that are held, dialers and TLS did.
func (c *counts) addLibraries(r *results.Run) {
	if k := r.Keepalive; k != nil {
		if c.keepalive == nil {
			c.keepalive = &results.Keepalive{}
		}
		c.keepalive.Reconnects += k.Reconnects
		c.keepalive.ClosedByServer += k.ClosedByServer
		c.keepalive.Retried += k.Retried
		c.keepalive.Lost += k.Lost
	}
	if d := r.Dialer; d != nil {
		if c.dialer == nil {
			c.dialer = &results.Dialer{}
		}
		c.dialer.Dials += d.Dials
		c.dialer.Retried += d.Retried
	}
	if t := r.TLS; t != nil {
		if c.tls == nil {
			c.tls = &results.TLS{}
		}
		c.tls.Handshakes += t.Handshakes
		c.tls.Resumed += t.Resumed
		c.tls.Failure = cmp.Or(c.tls.Failure, t.Failure)
		c.byRST.add(t.EndedByRST)
	}
	if s := r.Stalls; s != nil {
		if c.stalls == nil {
			c.stalls = &results.Stalls{}
		}
		c.stalls.Join(s)
	}
}

func (c *counts) addCPU(r *results.Run) {
	if r.CPU == nil {
		return
	}
	if c.cpu == nil {
		c.cpu = &results.CPU{}
	}
	c.cpu.UserS += r.CPU.UserS
	c.cpu.SystemS += r.CPU.SystemS
	c.succeeded += r.Totals.Succeeded
	c.requests += r.Totals.Requests
}

func (c *counts) addLateness(l *results.Lateness) error {
	if l == nil {
		return nil
	}
	if c.lateness == nil {
		c.lateness = &results.Lateness{}
		c.late, c.own = metrics.NewHistogram(), metrics.NewHistogram()
	}
	sum := c.lateness
	sum.Planned += l.Planned
	sum.Started += l.Started
	sum.WaitedForConnection += l.WaitedForConnection
	sum.BlockedByConnect += l.BlockedByConnect
	sum.MissedByGenerator += l.MissedByGenerator
	sum.Behind = max(sum.Behind, l.Behind) // all agents have one target
	// Where the distribution is not known, the largest is what none of them exceeds.
	sum.P50US, sum.P99US = max(sum.P50US, l.P50US), max(sum.P99US, l.P99US)
	sum.MaxUS, sum.OwnP99US = max(sum.MaxUS, l.MaxUS), max(sum.OwnP99US, l.OwnP99US)
	c.lateWhole = c.lateWhole && (l.Late != nil || l.Started == 0)
	for _, one := range []struct {
		to *metrics.Histogram
		of *metrics.Summary
	}{{c.late, l.Late}, {c.own, l.Own}} {
		if one.of == nil {
			continue
		}
		if err := one.to.AddHDR(one.of.HDR); err != nil {
			return err
		}
	}
	return nil
}

// result puts the sums into r.
func (c *counts) result(r *results.Run) {
	r.Totals = c.totals
	r.Totals.Unused, r.Totals.EarlyAnswers = c.unused.result(), c.early.result()
	r.Totals.SurplusBytes, r.Totals.FailedRequests = c.surplus.result(), c.failedRequests.result()
	if n := c.portsAtStart.result(); n != nil {
		r.PortsAtStart = new(int(*n))
	}
	r.Latency, _ = results.NewLatency(func(phase string) (*metrics.Summary, error) {
		return c.use.Summarize(c.latency[phase]), nil
	})
	r.Kernel, r.Dialer, r.Stalls = c.kernel, c.dialer, c.stalls
	r.Keepalive, r.CPU = c.keepaliveOf(r.Totals), c.cpuOf()
	if c.tls != nil {
		r.TLS = c.tls
		r.TLS.EndedByRST = c.byRST.result()
	}
	r.Lateness = c.latenessOf()
}

func (c *counts) keepaliveOf(t results.Totals) *results.Keepalive {
	k := c.keepalive
	if k == nil {
		return nil
	}
	if used := t.Obtained - value(t.Unused); used > 0 {
		k.RequestsPerConnection = float64(t.Requests) / float64(used)
	}
	return k
}

func (c *counts) cpuOf() *results.CPU {
	if c.cpu == nil {
		return nil
	}
	us := 1e6 * (c.cpu.UserS + c.cpu.SystemS)
	if c.succeeded > 0 {
		c.cpu.PerConnectionUS = new(us / float64(c.succeeded))
	}
	if c.requests > 0 {
		c.cpu.PerRequestUS = new(us / float64(c.requests))
	}
	return c.cpu
}

func (c *counts) latenessOf() *results.Lateness {
	l := c.lateness
	if l == nil {
		return nil
	}
	l.Own = c.use.Summarize(c.own)
	if l.Own != nil {
		l.OwnP99US = l.Own.P99US
	}
	if l.Late = c.use.Summarize(c.late); !c.lateWhole {
		l.Late = nil
	}
	if l.Late != nil {
		l.P50US, l.P99US = l.Late.P50US, l.Late.P99US
	}
	return l
}

// value is a number that may be absent, which is then none.
func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
