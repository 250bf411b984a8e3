package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// totals are what was done, and how fast.
func (p printer) totals(r *results.Run) {
	t := r.Totals
	switch {
	case r.Uncounted():
		p.Labelled("Totals      ", fmt.Sprintf("connections to a Unix socket, which the kernel does not count, in %s%s",
			figure.Seconds(r.ServedS()), openMost(r.Program)))
		p.ended(r.Program)
	case r.FromOutside():
		p.Labelled("Totals      ", fmt.Sprintf("%s opened, %d accepted by the target's host, %d failed in "+
			"the handshake, in %s", figure.Plural(t.Attempted, "connection"), t.Succeeded, t.Failed,
			figure.Seconds(r.ServedS())))
		p.ended(r.Program)
	case r.CarriesMany():
		p.Line("Totals      %d requests answered on %d connections; %d connections succeeded, %d failed in %s%s",
			t.Requests, r.Connected(), t.Succeeded, t.Failed, figure.Seconds(r.ServedS()), unused(t))
	default:
		p.Line("Totals      %d connections begun, %d succeeded, %d failed in %s%s",
			t.Attempted, t.Succeeded, t.Failed, figure.Seconds(r.ServedS()), answered(t))
	}
	p.rate(r)
	p.ports(r)
	p.openLoop(r)
	p.keepalive(r.Keepalive)
	p.tls(r.TLS)
	p.held(r)
	p.cpu(r)
	p.server(r.Server)
	p.nat(r.NAT)
	p.requestLog(r)
	p.Line("")
}

// ended is how a program of the user's ended; a journal says nothing of that.
func (p printer) ended(x *results.Program) {
	if x != nil {
		p.Labelled("Ended       ", programEnd(x))
	}
}

// unused tells of connections that carried nothing.
func unused(t results.Totals) string {
	if t.Unused == nil || *t.Unused == 0 {
		return ""
	}
	return fmt.Sprintf("; %d more opened and never used", *t.Unused)
}

// answered tells the requests where they are not one a connection.
func answered(t results.Totals) string {
	if t.Requests == t.Succeeded || t.Requests == 0 {
		return ""
	}
	return fmt.Sprintf("; %d requests answered", t.Requests)
}

// rate is per second, of what the run was for; connections that are held have
// none.
func (p printer) rate(r *results.Run) {
	connections, requests := figure.Number(r.Rates.ConnectionsPerSecond), figure.Number(r.Rates.RequestsPerSecond)
	switch {
	case r.Options.Mode == scenario.ModeIdle, r.Uncounted():
	case r.Keepalive != nil && r.Keepalive.Reconnects > 0:
		p.Line("Rate        %s requests/s on %s connections/s", requests, connections)
	case r.CarriesMany():
		p.Line("Rate        %s requests/s", requests)
	default:
		p.Line("Rate        %s connections/s", connections)
	}
}

// ports are the most of the client's that were in use, beside their law: what ran out on
// another host stands in the headline.
func (p printer) ports(r *results.Run) {
	law := r.Prediction
	if law == (capacity.Prediction{}) || r.Exhaustion.Elsewhere() != "" {
		return
	}
	measured := ""
	if all := r.Samples(); len(all) > 0 && r.Exhaustion.RanOut() == "" { // else the evidence says it
		most := slices.MaxFunc(all, func(a, b exhaustion.Sample) int { return a.Most - b.Most })
		measured = fmt.Sprintf("at most %d of %d in use when an interval ended; ", most.Most, most.Capacity)
	}
	p.Labelled("Ports       ", measured+byLaw(law, r.Reconnects()))
}

// byLaw is what they were predicted to be enough for; again tells that connections are
// opened one after the other.
func byLaw(p capacity.Prediction, again bool) string {
	switch {
	case p.NoPort():
		return "predicted: no connection finds one"
	case !p.Exhausts():
		return "predicted: they do not run out (" + p.Reason + ")"
	case !again:
		return "predicted: enough for " + figure.Plural(p.ConnectionsUntilExhaustion, "connection") + " at a time"
	case p.SustainableCPS == 0:
		return "predicted: they run out " + p.WhenOpen()
	default:
		return fmt.Sprintf("predicted: %s, enough for %s connections/s", p.Terms(), p.Rates())
	}
}

// openLoop is the plan beside what came of it.
func (p printer) openLoop(r *results.Run) {
	l, doubt := r.Lateness, r.Doubt()
	if l == nil {
		return
	}
	if doubt != "" {
		doubt = "; in " + doubt
	}
	share := 100.0
	if l.Planned > 0 {
		share = 100 * float64(l.Started) / float64(l.Planned)
	}
	p.Line("Open loop   %s/s offered; %d starts planned, %d took place (%s %%)",
		r.Options.Rate, l.Planned, l.Started, figure.Limit(share)) // 100 only where all did
	p.Line("Lateness    p50 %s, p99 %s, max %s; the generator's own p99 %s%s",
		figure.Micros(l.P50US), figure.Micros(l.P99US), figure.Micros(l.MaxUS), figure.Micros(l.OwnP99US), doubt)
	if behind := l.FellBehind(); behind != "" {
		p.Line("            answers fell behind: %s", behind)
	}
	if l.WaitedForConnection+l.BlockedByConnect > 0 {
		p.Line("            %d starts waited for a free connection, %d for a slow connect(2) before them",
			l.WaitedForConnection, l.BlockedByConnect)
	}
}

func (p printer) keepalive(k *results.Keepalive) {
	if k == nil {
		return
	}
	p.Labelled("Keepalive   ", fmt.Sprintf("%s requests a connection, %d reconnects; %d connections closed by the "+
		"server, %d requests retried, %d lost",
		figure.Number(k.RequestsPerConnection), k.Reconnects, k.ClosedByServer, k.Retried, k.Lost))
}

// tls is what became of the handshakes of TLS.
func (p printer) tls(t *results.TLS) {
	if t == nil {
		return
	}
	text := fmt.Sprintf("%d handshakes, %d of them resumed", t.Handshakes, t.Resumed)
	if n := t.EndedByRST; n != nil && *n > 0 {
		text += fmt.Sprintf("; %d connections ended with an RST when TLS was closed", *n)
	}
	p.Labelled("TLS         ", text)
}

// held is what became of connections that were held for their own sake.
func (p printer) held(r *results.Run) {
	if r.Options.Mode != scenario.ModeIdle || r.Latency.Connect == nil {
		return
	}
	n := r.Latency.Connect.Count
	upTo := ""
	if r.HeldByTurns() {
		upTo = "up to "
	}
	p.Line("Held        %d connections for %s%s, %d of them lost%s",
		n, upTo, figure.Seconds(r.DurationS), max(n-r.Totals.Succeeded, 0), lostBy(r.Totals.Errors))
	cut := r.Options.CutLink
	if _, ok := r.CutAtS(); !ok {
		return
	}
	if d := r.Latency.Dead; d != nil {
		p.Line("Cut         the link at %v; %d connections found dead after p50 %s, p99 %s, max %s",
			cut, d.Count, figure.Micros(d.P50US), figure.Micros(d.P99US), figure.Micros(d.MaxUS))
		return
	}
	p.Line("Cut         the link at %v; no connection was found dead", cut)
}

// lostBy names what ended connections that were held.
func lostBy(errors map[string]int64) string {
	s := ""
	for _, name := range slices.Sorted(maps.Keys(errors)) {
		if strings.HasPrefix(name, "recv: ") {
			s += fmt.Sprintf(", %s %d times", name, errors[name])
		}
	}
	return s
}

// cpu is the client's, by what the run was for.
func (p printer) cpu(r *results.Run) {
	c := r.CPU
	if c == nil {
		return
	}
	each := ""
	switch {
	case r.CarriesMany() && c.PerRequestUS != nil:
		each = fmt.Sprintf(", %s a request", figure.Micros(*c.PerRequestUS))
	case !r.CarriesMany() && c.PerConnectionUS != nil:
		each = fmt.Sprintf(", %s a connection", figure.Micros(*c.PerConnectionUS))
	}
	p.Line("CPU         %s user, %s system%s", figure.Seconds(c.UserS), figure.Seconds(c.SystemS), each)
}

// server is what the embedded server cost, beside the client.
func (p printer) server(c *results.ServerCost) {
	if c == nil {
		return
	}
	text := fmt.Sprintf("%s user, %s system", figure.Seconds(c.CPUUserS), figure.Seconds(c.CPUSystemS))
	if c.SpunS != nil && *c.SpunS > 0 {
		text += fmt.Sprintf(", %s of it to look for work instead of sleeping", figure.Seconds(*c.SpunS))
	}
	if c.BusyShare != nil {
		text += fmt.Sprintf("; its busiest thread worked %s of the time", figure.AboutPercent(*c.BusyShare))
	}
	p.Labelled("Server CPU  ", text)
}
