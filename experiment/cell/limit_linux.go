package cell

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"tcpbench/internal/machine"
	"tcpbench/internal/procsched"
	"tcpbench/internal/wire"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/workload"
)

// readAgain is how often processors are read at most: it costs some 20 us a thread.
const readAgain = 100 * time.Millisecond

// processors reads how busy the threads of the client, the near server and the link
// are while load is offered.
type processors struct {
	programs map[string]func() (procsched.Threads, error) // by what they are
	cost     *serverCost
	first    map[string]procsched.Threads
	start    time.Time

	mu   sync.Mutex // guards all below
	last map[string]reading
	at   time.Time // of the last one
}

// reading is what the threads of a program had spent at a time.
type reading struct {
	threads procsched.Threads
	at      time.Time
}

func newProcessors(p *Place) *processors {
	c := &processors{cost: p.serverCost, programs: map[string]func() (procsched.Threads, error){
		"client": procsched.Self,
	}}
	if p.program != nil {
		c.programs["client"] = func() (procsched.Threads, error) { return procsched.Read(p.program.peer.pid()) }
		p.program.working = c.again
	}
	// With a proxy, that is what answers the client.
	others := map[string]*peer{"server": p.target(), "link": p.link}
	if p.proxy != nil {
		others["backend"] = p.server
	}
	for name, one := range others {
		if one != nil {
			c.programs[name] = func() (procsched.Threads, error) { return procsched.Read(one.pid()) }
		}
	}
	if c.cost != nil {
		c.programs[embedded(p)] = c.cost.threads
	}
	return c
}

// embedded is what the embedded server is in a place: behind a proxy it is not near.
func embedded(p *Place) string {
	if p.proxy != nil {
		return "backend"
	}
	return "server"
}

func (c *processors) begin() {
	c.cost.begin()
	c.first, c.start = c.read(), time.Now()
}

// interval takes a reading, unless the interval was one in which connections ended
// and none began.
func (c *processors) interval(iv metrics.Interval) {
	if iv.Attempted > 0 || iv.RequestsPerSecond > 0 && iv.InFlight > 0 {
		c.again(time.Now())
	}
}

// again takes a reading, unless the last one was a moment ago.
func (c *processors) again(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil && now.Sub(c.at) < readAgain {
		return
	}
	if c.last == nil {
		c.last = map[string]reading{}
	}
	c.at = now
	for name, threads := range c.read() {
		if !c.lostBusiest(name, threads) {
			c.last[name] = reading{threads, now}
		}
	}
}

// lostBusiest reports whether the busiest thread of a program has ended since the reading
// before, which then says more: a program's own is gone when the last interval ends.
func (c *processors) lostBusiest(name string, threads procsched.Threads) bool {
	spent := func(t procsched.Threads) time.Duration {
		s := t.Since(c.first[name])
		return s.Worked() + s.Waited
	}
	before, ok := c.last[name]
	return ok && spent(threads) < spent(before.threads)
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

// server is what the embedded server cost; nil where there is none.
func (c *processors) server(p *Place) *results.ServerCost { return c.cost.result(c.busy(embedded(p))) }

// busy is how busy the busiest thread was; zero where it was not measured.
func (c *processors) busy(name string) exhaustion.Busy {
	c.mu.Lock()
	defer c.mu.Unlock()
	first, last := c.first[name], c.last[name]
	wall := last.at.Sub(c.start).Seconds()
	if first == nil || last.threads == nil || wall <= 0 {
		return exhaustion.Busy{}
	}
	s := last.threads.Since(first)
	ran := min(s.Worked().Seconds()/wall, 1)
	return exhaustion.Busy{Ran: ran, Waited: min(s.Waited.Seconds()/wall, 1-ran),
		Spun: min(s.Spun.Seconds()/wall, 1-ran)}
}

// idle is how many of the processors that may be used the programs left free, on average.
func (c *processors) idle(cpus int) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := float64(cpus)
	for name, last := range c.last {
		if wall := last.at.Sub(c.start).Seconds(); wall > 0 && c.first[name] != nil {
			out -= last.threads.Worked(c.first[name]).Seconds() / wall
		}
	}
	return max(out, 0)
}

// limit says what limited the rate, in the result and in its verdict.
func limit(r *results.Run, c *processors) {
	f := exhaustion.Facts{
		Use: use(r.Options.Mode), Plan: plan(r), Finding: *r.Exhaustion, Cut: linkCut(r), Seconds: r.ServedS(),
		Attempted: r.Totals.Used(), Succeeded: r.Totals.Succeeded, Requests: r.Totals.Requests,
		Timeout: r.Options.Timeout, BadAnswers: r.Totals.BadAnswers(), Status: r.Totals.Status,
		Settings: capacity.Settings{Walk: r.Options.PortSelect == scenario.PortSelectWalk, NoPorts: r.Portless()},
	}
	if r.Program != nil {
		f.Program = programFact(r)
	}
	if r.Limit = exhaustion.Limits(f, c.workOf(r)); r.Limit == nil {
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
	if w := serverLimit(r, machine.CPUs()); w != nil {
		r.Warnings = append(r.Warnings, *w)
	}
}

// workOf is what of a result tells what limited its rate.
func (c *processors) workOf(r *results.Run) exhaustion.Work {
	w := exhaustion.Work{
		Client: c.busy("client"), Server: c.busy("server"), Link: c.busy("link"),
		CPUs: float64(machine.CPUs()), Idle: c.idle(machine.CPUs()), Stalled: r.StalledShare(),
		Concurrency: r.Options.Concurrency, Count: r.Options.Count, Warmed: r.Options.Warmup > 0,
		Rate: r.Rates.ConnectionsPerSecond, Mean: inFlight(r), Longest: longest(r),
		Threads: len(r.Threads), DelayedACKs: r.Kernel.Client["TcpExtDelayedACKs"], Failed: r.Totals.Failed,
		TimedOut: timedOut(r.Totals.Errors),
	}
	if r.DurationS > 0 {
		for _, t := range r.Threads {
			w.Together += (t.UserS + t.SystemS) / r.DurationS
		}
	}
	if r.CarriesMany() {
		w.Rate = r.Rates.RequestsPerSecond
	}
	if w.Outside = r.Program != nil; w.Outside && r.CPU != nil && r.Program.EndedS > 0 {
		w.Processors = new((r.CPU.UserS + r.CPU.SystemS) / r.Program.EndedS)
	}
	if r.Hosts != nil && r.Hosts.Proxy != nil { // there are none outside a lab
		p := r.Hosts.Proxy
		w.Proxy = &exhaustion.Ports{}
		if p.PortsInUseMax != nil && p.PortsCapacity != nil {
			w.Proxy.Used, w.Proxy.All = *p.PortsInUseMax, *p.PortsCapacity
		}
	}
	for _, l := range r.Verdict.OtherLimits {
		if l.Name == "TcpExtListenOverflows" {
			w.Overflows = l.Count
		}
	}
	w.Delay, w.Lost = hindered(r)
	if all := float64(r.Options.Concurrency) * (r.DurationS + r.DrainS); all > 0 {
		w.InVain = float64(w.TimedOut) * r.Options.Timeout.Seconds() / all
		w.Rested = float64(r.Totals.Failed) * workload.RestAfterFailure.Seconds() / all
	}
	return w
}

// timedOut counts what took --timeout.
func timedOut(errors map[string]int64) int64 {
	var n int64
	for key, count := range errors {
		if strings.HasSuffix(key, ": TIMEOUT") {
			n += count
		}
	}
	return n
}

// steps are what each in flight goes through, in their order, with what was measured
// of them.
func steps(r *results.Run) map[string]*metrics.Summary {
	l := r.Latency
	if r.CarriesMany() {
		return map[string]*metrics.Summary{exhaustion.Answers: l.Request}
	}
	return map[string]*metrics.Summary{exhaustion.Connects: l.Connect, exhaustion.Handshakes: l.TLS,
		exhaustion.Answers: l.Request, exhaustion.Closes: l.Close}
}

// longest is the step that takes the longest; the zero value where none is known.
func longest(r *results.Run) exhaustion.Step {
	var out exhaustion.Step
	var most *metrics.Summary
	for name, s := range steps(r) {
		if s != nil && s.MeanUS/1e6 > out.Mean {
			out, most = exhaustion.Step{Name: name, Mean: s.MeanUS / 1e6}, s
		}
	}
	if most == nil {
		return out
	}
	if h, err := most.Histogram(); err == nil {
		out.Times = exhaustion.Times{Quickest: most.MinUS / 1e6, Tenth: h.Percentile(10).Seconds(),
			Median: most.P50US / 1e6, NineTenths: most.P90US / 1e6}
		out.Quick = most.Count - h.Above(time.Duration(out.QuickBelow()*float64(time.Second)))
	}
	return out
}

// advice is what to do about starts that wait for a connection.
func advice(what exhaustion.What) string {
	switch what {
	case exhaustion.ByConcurrency, exhaustion.ByLink:
		return "; raise --concurrency to offer the rate in full"
	case exhaustion.Uncertain:
		return "; whether more of them would start more is uncertain"
	default:
		return "; the limit is not their number: " + what.Text()
	}
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

// hindered is what the link's rules held back each that was in flight for at least, and
// how many segments they lost.
func hindered(r *results.Run) (delay float64, lost int64) {
	n := r.Totals.Succeeded
	if r.CarriesMany() {
		n = r.Totals.Requests
	}
	for i, rule := range r.Options.Link.Rules {
		if i >= len(r.Link) || r.Link[i].Matched == 0 || n == 0 {
			continue
		}
		switch rule.Action {
		case wire.Delay, wire.Hold:
			each := float64(r.Link[i].Matched) / float64(n)
			delay += rule.Time.Seconds() * min(each, inTurn(rule.Match, r.CarriesMany()))
		case wire.Drop:
			if awaited(rule.Match, r) {
				lost += r.Link[i].Matched
			}
		}
	}
	return delay, lost
}

// awaited reports whether the client waits for segments of a pattern.
func awaited(p wire.Pattern, r *results.Run) bool {
	c := r.Options.Closing()
	return inTurn(p, r.CarriesMany()) > 0 || p.Kind == wire.KindFIN && (c.ServerFirst || c.HalfClose)
}

// inTurn is how many segments of a pattern each in flight waits for, one after the other,
// at least: a request and its answer, and before them a handshake where a connection
// carries no more. It waits for no ACK alone, and for what comes after the answer only by
// some ways to close.
func inTurn(p wire.Pattern, many bool) float64 {
	n := 0.0
	for _, s := range []struct {
		kind wire.Kind
		from wire.Side
	}{{wire.KindSYN, wire.Client}, {wire.KindSYNACK, wire.Server}, {wire.KindData, wire.Client},
		{wire.KindData, wire.Server}} {
		one := p.Kind == "" || p.Kind == wire.KindAny || p.Kind == s.kind
		if one && (p.From == wire.Either || p.From == s.from) && (!many || s.kind == wire.KindData) {
			n++
		}
	}
	return n
}
