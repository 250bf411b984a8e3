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
	failed  map[string]int64 // by call and errno
	errors  int64            // the server's
	window  *metrics.Window
}

func newCollector(workers int) *collector {
	c := &collector{
		reached: make([]time.Duration, workers),
		ended:   make([]bool, workers),
		flights: make([]int, workers),
		window:  metrics.NewWindow(),
	}
	c.changed = sync.NewCond(&c.mu)
	return c
}

// cutter is the Cut of one worker.
func (c *collector) cutter(worker int) func(metrics.Part, time.Duration, bool) *metrics.Window {
	return func(p metrics.Part, end time.Duration, last bool) *metrics.Window {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sum.Add(p.Counts)
		for name, n := range p.Errors {
			if c.failed == nil {
				c.failed = map[string]int64{}
			}
			c.failed[name] += n
		}
		c.errors += p.ServerErrors
		c.window.Merge(p.Window)
		c.flights[worker] = p.InFlight
		c.reached[worker] = end
		c.ended[worker] = last
		c.changed.Broadcast()
		p.Window.Reset()
		return p.Window
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
		LengthS:   max(length, 0).Seconds(),
		Attempted: c.sum.Attempted,
		Obtained:  c.sum.Obtained,
		Succeeded: c.sum.Succeeded,
		Failed:    c.sum.Failed,

		Errors:       c.failed,
		ServerErrors: c.errors,
	}
	if length > 0 {
		iv.ConnectionsPerSecond = float64(c.sum.Succeeded) / length.Seconds()
		iv.RequestsPerSecond = float64(c.sum.Requests) / length.Seconds()
	}
	for _, n := range c.flights {
		iv.InFlight += n
	}
	iv.ConnectP50US, iv.ConnectP99US = percentile(c.window.Connect, 50), percentile(c.window.Connect, 99)
	iv.RequestP50US, iv.RequestP99US = percentile(c.window.Request, 50), percentile(c.window.Request, 99)
	iv.ResponseP99US = percentile(c.window.Response, 99)
	iv.ConnectHDR, iv.RequestHDR = c.window.Connect.HDR(), c.window.Request.HDR()
	iv.ResponseHDR = c.window.Response.HDR()
	c.sum, c.failed, c.errors = metrics.Counts{}, nil, 0
	c.window.Reset()
	return iv
}

// percentile is in microseconds; nil when nothing was recorded.
func percentile(h *metrics.Histogram, p float64) *float64 {
	if h.Count() == 0 {
		return nil
	}
	us := float64(h.Percentile(p)) / 1e3
	return &us
}
