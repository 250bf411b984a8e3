package cell

import (
	"cmp"
	"fmt"
	"time"

	"tcpbench/internal/procsched"
	"tcpbench/internal/wire"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// readAgain is how often processors are read at most: it costs some 20 us a thread.
const readAgain = 100 * time.Millisecond

// processors reads how busy the threads of the client, the near server and the link
// are while load is offered.
type processors struct {
	programs     map[string]func() (procsched.Threads, error) // by what they are
	first, last  map[string]procsched.Threads
	start, until time.Time
}

func newProcessors(p *Place) *processors {
	c := &processors{programs: map[string]func() (procsched.Threads, error){"client": procsched.Self}}
	// With a proxy, that is what answers the client.
	for name, one := range map[string]*peer{"server": cmp.Or(p.proxy, p.server), "link": p.link} {
		if one != nil {
			c.programs[name] = func() (procsched.Threads, error) { return procsched.Read(one.pid()) }
		}
	}
	return c
}

func (c *processors) begin() { c.first, c.start = c.read(), time.Now() }

// interval takes a reading, unless the interval was one in which connections ended
// and none began.
func (c *processors) interval(iv metrics.Interval) {
	if now := time.Now(); iv.Attempted > 0 || iv.RequestsPerSecond > 0 && iv.InFlight > 0 {
		if c.last == nil || now.Sub(c.until) >= readAgain {
			c.last, c.until = c.read(), now
		}
	}
}

func (c *processors) read() map[string]procsched.Threads {
	out := map[string]procsched.Threads{}
	for name, read := range c.programs {
		if t, err := read(); err == nil { // else it counts as not measured
			out[name] = t
		}
	}
	return out
}

// busy is how busy the busiest thread was; zero where it was not measured.
func (c *processors) busy(name string) exhaustion.Busy {
	first, last := c.first[name], c.last[name]
	wall := c.until.Sub(c.start).Seconds()
	if first == nil || last == nil || wall <= 0 {
		return exhaustion.Busy{}
	}
	s := last.Since(first)
	ran := min(s.Ran.Seconds()/wall, 1)
	return exhaustion.Busy{Ran: ran, Waited: min(s.Waited.Seconds()/wall, 1-ran)}
}

// limit says what limited the rate, in the result and in its verdict.
func limit(r *results.Run, c *processors) {
	f := exhaustion.Facts{
		Use: use(r.Options.Mode), Plan: plan(r), Finding: *r.Exhaustion,
		Attempted: r.Totals.Used(), Succeeded: r.Totals.Succeeded, Requests: r.Totals.Requests,
		Settings: capacity.Settings{Walk: r.Options.PortSelect == scenario.PortSelectWalk},
	}
	w := exhaustion.Work{
		Client: c.busy("client"), Server: c.busy("server"), Link: c.busy("link"),
		Stalled: r.StalledShare(), Concurrency: r.Options.Concurrency, Count: r.Options.Count,
		Rate: r.Rates.ConnectionsPerSecond, Mean: inFlight(r),
	}
	if r.Hosts != nil && r.Hosts.Proxy != nil { // without a lab there are none
		p := r.Hosts.Proxy
		w.Proxy = &exhaustion.Ports{}
		if p.PortsInUseMax != nil && p.PortsCapacity != nil {
			w.Proxy.Used, w.Proxy.All = *p.PortsInUseMax, *p.PortsCapacity
		}
	}
	if r.CarriesMany() {
		w.Rate = r.Rates.RequestsPerSecond
	}
	w.Answers, w.DelayedACKs = answers(r.Latency.Request), r.Kernel.Client["TcpExtDelayedACKs"]
	w.Delay, w.Lost = hindered(r)
	if r.Limit = exhaustion.Limits(f, w); r.Limit == nil {
		return
	}
	what := r.Limit.What
	if what != exhaustion.ByPorts { // the headline and the knee say so
		text := fmt.Sprintf("What limited the rate: %s.", r.Limit.Text())
		r.Verdict.Details = append([]string{text}, r.Verdict.Details...)
	}
	for i := range r.Warnings {
		if r.Warnings[i].Code == "concurrency" {
			r.Warnings[i].Text += advice(what)
		}
	}
}

// answers are the times of a summary; all 0 where there is none, or its histogram
// cannot be read.
func answers(s *metrics.Summary) exhaustion.Times {
	if s == nil {
		return exhaustion.Times{}
	}
	h, err := s.Histogram()
	if err != nil {
		return exhaustion.Times{}
	}
	return exhaustion.Times{Quickest: s.MinUS / 1e6, Tenth: h.Percentile(10).Seconds(), Median: s.P50US / 1e6,
		NineTenths: s.P90US / 1e6}
}

// advice is what to do about starts that wait for a connection.
func advice(what exhaustion.What) string {
	if what == exhaustion.ByConcurrency || what == exhaustion.ByLink {
		return "; raise --concurrency to offer the rate in full"
	}
	return "; the limit is not their number: " + what.Text()
}

// inFlight is how long a connection, or where they carry many a request, was in
// flight, on average in seconds.
func inFlight(r *results.Run) float64 {
	sum := func(phases ...*metrics.Summary) float64 {
		us := 0.0
		for _, p := range phases {
			if p != nil {
				us += p.MeanUS
			}
		}
		return us / 1e6
	}
	l := r.Latency
	switch {
	case r.CarriesMany():
		return sum(l.Request)
	case l.Service != nil:
		return sum(l.Service, l.Close)
	default:
		return sum(l.Connect, l.Request, l.Close)
	}
}

// hindered is what the link's rules held back a segment for at least, and how many
// they lost.
func hindered(r *results.Run) (delay float64, lost int64) {
	for i, rule := range r.Options.Link.Rules {
		if i >= len(r.Link) || r.Link[i].Matched == 0 {
			continue
		}
		switch at := rule.Time.Seconds(); rule.Action {
		case wire.Delay, wire.Hold:
			if r.Link[i].Matched >= r.Totals.Succeeded && at > 0 && (delay == 0 || at < delay) {
				delay = at
			}
		case wire.Drop:
			lost += r.Link[i].Matched
		}
	}
	return delay, lost
}
