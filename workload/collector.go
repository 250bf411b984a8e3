package workload

import (
	"slices"
	"sync"
	"time"

	"tcpbench/metrics"
)

// collector puts together what the workers cut off in each interval. A worker
// that is late, because it searches for a port or waits for the processor,
// has its part counted in the next interval: nothing is lost.
type collector struct {
	mu      sync.Mutex // guards all below
	changed *sync.Cond
	reached []time.Duration // the last boundary that each worker has cut at
	ended   []bool
	flights []int
	sum     metrics.Counts
	connect *metrics.Histogram
}

func newCollector(workers int) *collector {
	c := &collector{
		reached: make([]time.Duration, workers),
		ended:   make([]bool, workers),
		flights: make([]int, workers),
		connect: metrics.NewHistogram(),
	}
	c.changed = sync.NewCond(&c.mu)
	return c
}

// cutter is the Cut of one worker.
func (c *collector) cutter(worker int) func(metrics.Part, time.Duration, bool) *metrics.Histogram {
	return func(p metrics.Part, end time.Duration, last bool) *metrics.Histogram {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sum.Add(p.Counts)
		c.connect.Merge(p.Connect)
		c.flights[worker] = p.InFlight
		c.reached[worker] = end
		c.ended[worker] = last
		c.changed.Broadcast()
		p.Connect.Reset()
		return p.Connect
	}
}

// lost marks a worker that ended without a last cut, at the time at.
func (c *collector) lost(worker int, at time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended[worker] {
		c.ended[worker] = true
		c.reached[worker] = at
		c.changed.Broadcast()
	}
}

// wait returns when every worker has cut at the boundary or ended, and at the
// deadline at the latest; it reports whether all have ended.
func (c *collector) wait(boundary time.Duration, deadline time.Time) bool {
	timer := time.AfterFunc(time.Until(deadline), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})
	defer timer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		cut, ended := c.progress(boundary)
		if cut || !time.Now().Before(deadline) {
			return ended
		}
		c.changed.Wait()
	}
}

// progress reports whether all workers have cut at the boundary, and whether
// all have ended. The caller holds the lock.
func (c *collector) progress(boundary time.Duration) (cut, ended bool) {
	cut, ended = true, true
	for i := range c.reached {
		cut = cut && (c.ended[i] || c.reached[i] >= boundary)
		ended = ended && c.ended[i]
	}
	return cut, ended
}

// end is when the last worker ended.
func (c *collector) end() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Max(c.reached)
}

// take returns the sums since the last take as an interval that ended at the
// time end and lasted for length.
func (c *collector) take(end, length time.Duration) metrics.Interval {
	c.mu.Lock()
	defer c.mu.Unlock()
	iv := metrics.Interval{
		TS:        end.Seconds(),
		Attempted: c.sum.Attempted,
		Obtained:  c.sum.Obtained,
		Succeeded: c.sum.Succeeded,
		Failed:    c.sum.Failed,
	}
	if length > 0 {
		iv.ConnectionsPerSecond = float64(c.sum.Succeeded) / length.Seconds()
		iv.RequestsPerSecond = float64(c.sum.Requests) / length.Seconds()
	}
	for _, n := range c.flights {
		iv.InFlight += n
	}
	if c.connect.Count() > 0 {
		p50, p99 := microseconds(c.connect.Percentile(50)), microseconds(c.connect.Percentile(99))
		iv.ConnectP50US, iv.ConnectP99US = &p50, &p99
	}
	c.sum = metrics.Counts{}
	c.connect.Reset()
	return iv
}

func microseconds(d time.Duration) float64 { return float64(d) / 1e3 }
