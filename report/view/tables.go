package view

import (
	"cmp"
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/law/capacity"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Tables are all figures of r, as a page shows them; those that r does not
// have are empty.
func Tables(r *results.Run) []prose.Table {
	return []prose.Table{
		totals(r), agents(r).Fill(Unmeasured), threads(r), openLoop(r), keepalive(r), statuses(r), failures(r),
		latencies(r, asDrawn),
		ports(r).Fill(Unmeasured), sides(r), hosts(r).Fill(Unmeasured), said(r), destinations(r),
		natUses(r), natConnects(r), natSamples(r),
		counters("client", r.Kernel.Client), counters("proxy", r.Kernel.Proxy), counters("nat", r.Kernel.NAT),
		counters("server", r.Kernel.Server),
		options(r),
	}
}

// Remedies are the changes that would help, with what they give.
func Remedies(rs []capacity.Remedy) prose.Table {
	t := prose.Table{
		Caption: "What would let more connections be opened",
		Head:    prose.Words("change", "gives", "price", "risk"),
	}
	for _, r := range rs {
		t.Add(r.Change, r.Gives(), r.Price, r.Risk)
	}
	return t
}

// values is a table of named values.
func values(caption string) prose.Table {
	return prose.Table{Caption: caption, Head: append(prose.Words("what"), prose.Numbers("value")...)}
}

func totals(r *results.Run) prose.Table {
	t := values("Totals")
	c := r.Totals.Counts
	inside := r.CutOff == nil && !r.FromOutside() // else bytes are not counted
	numbered := !r.Uncounted()
	for _, n := range []struct {
		name  string
		value int64
		known bool
	}{
		{"connections attempted", c.Attempted, numbered}, {"given a local port", c.Obtained, numbered && !r.Portless()},
		{"succeeded", c.Succeeded, numbered}, {"failed", c.Failed, numbered},
		{"requests answered", c.Requests, !r.FromOutside()},
		{"bytes sent", c.BytesSent, inside}, {"bytes received", c.BytesReceived, inside},
	} {
		if n.known {
			t.Add(n.name, n.value)
		}
	}
	if r.Program != nil && r.Program.OpenMax != nil {
		t.Add("open at a time at the Unix socket, most seen", *r.Program.OpenMax)
	}
	if n := r.Totals.Unused; n != nil {
		t.Add("opened and never used", *n)
	}
	if r.DurationS > 0 {
		t.Add("duration", figure.Seconds(r.DurationS))
	}
	if r.DurationS > 0 && r.Options.Mode != scenario.ModeIdle {
		addMetric(&t, "connections_per_second", r, figure.Number)
		addMetric(&t, "requests_per_second", r, figure.Number)
	}
	if r.CPU != nil {
		t.Add("client CPU time, user", figure.Seconds(r.CPU.UserS))
		t.Add("client CPU time, system", figure.Seconds(r.CPU.SystemS))
		addMetric(&t, cpuEach(r), r, figure.Micros)
	}
	addServer(&t, r.Server)
	return t
}

// addServer is what the embedded server cost, where there is one.
func addServer(t *prose.Table, c *results.ServerCost) {
	if c == nil {
		return
	}
	t.Add("server CPU time, user", figure.Seconds(c.CPUUserS))
	t.Add("server CPU time, system", figure.Seconds(c.CPUSystemS))
	if c.SpunS != nil {
		t.Add("of it to look for work instead of sleeping", figure.Seconds(*c.SpunS))
	}
	if c.BusyShare != nil {
		t.Add("server's busiest thread worked, of the time", figure.AboutPercent(*c.BusyShare))
	}
}

// cpuEach is the metric of the client's CPU time by what the run was for.
func cpuEach(r *results.Run) string {
	if r.Keepalive != nil {
		return "cpu_per_request"
	}
	return "cpu_per_connection"
}

// openLoop is the plan beside what came of it; empty in a closed loop.
func openLoop(r *results.Run) prose.Table {
	t := values("Open loop: planned and started")
	l := r.Lateness
	if l == nil {
		return t
	}
	t.Note = "In part the generator's own: " + cmp.Or(r.Doubt(), "no figure") + "."
	t.Add("rate offered", r.Options.Rate.String()+"/s")
	if r.Options.Mode != scenario.ModeIdle {
		t.Add("rate achieved", speed(r))
	}
	t.Add("starts planned", l.Planned)
	t.Add("started", l.Started)
	if behind := l.FellBehind(); behind != "" {
		t.Add("answers fell behind", behind)
	}
	t.Add("late, p50", figure.Micros(l.P50US))
	t.Add("late, p99", figure.Micros(l.P99US))
	t.Add("late, most", figure.Micros(l.MaxUS))
	t.Add("late by the generator's own fault, p99", figure.Micros(l.OwnP99US))
	t.Add("waited for a free connection", l.WaitedForConnection)
	t.Add("waited for a slow connect(2) before them", l.BlockedByConnect)
	return t
}

// keepalive is what became of connections that carry many requests.
func keepalive(r *results.Run) prose.Table {
	t := values("Keepalive")
	k := r.Keepalive
	if k == nil {
		return t
	}
	t.Add("requests a connection", figure.Number(k.RequestsPerConnection))
	t.Add("reconnects", k.Reconnects)
	t.Add("connections closed by the server", k.ClosedByServer)
	t.Add("requests sent again", k.Retried)
	t.Add("requests lost with their connection", k.Lost)
	return t
}

// sides is what both ends of the connections counted, in a lab.
func sides(r *results.Run) prose.Table {
	t := prose.Table{
		Caption: fmt.Sprintf("Both sides (%s)", results.ClosePolicy(r)),
		Head:    append(prose.Words("what"), prose.Numbers("client", "server")...),
	}
	if c, ok := r.Closers(); ok {
		t.Add("connections closed first", c.Client.Count(), c.Server.Count())
		t.Add("of these with RST", c.Client.RST, c.Server.RST)
		if c.Both > 0 {
			t.Add("closed by both at once", c.Both, c.Both)
		}
	}
	if d := r.Delivery; results.Delivered(r) != "" {
		t.Add("requests answered", r.Totals.Requests, d.RequestsAnswered)
		t.Add("bytes to the server: sent, arrived", d.SentBytes, d.ArrivedBytes)
		t.Add("bytes back: arrived, sent", r.Totals.BytesReceived, d.AnswerBytesSent)
		t.Add("connections whose request was lost", d.LostConnections, Unmeasured)
	}
	return t
}

// ports is the law beside the measurement.
func ports(r *results.Run) prose.Table {
	t := prose.Table{
		Caption: "Ports: measured and predicted",
		Head:    append(prose.Words("what"), prose.Numbers("measured", "predicted")...),
	}
	if r.Prediction.Ports == 0 && r.Exhaustion == nil {
		return t
	}
	t.Add("connections until exhaustion"+r.Exhaustion.OnHost(), untilExhaustion(r), predicted(r))
	t.Add("connections/s; sustainable"+r.Exhaustion.OnHost(), connectionRate(r), sustainable(r))
	hold := Unmeasured
	if r.Prediction.HoldSeconds > 0 {
		hold = figure.Seconds(r.Prediction.HoldSeconds)
	}
	t.Add("a port is held for", Unmeasured, hold)
	t.Add("knee, after connections (share of the ports)", knee(r), Unmeasured)
	return t
}

func options(r *results.Run) prose.Table {
	t := prose.Table{Caption: "Effective options", Head: prose.Words("option", "value")}
	w := r.Options
	for _, s := range w.Settings() {
		t.AddIf(s.Name, prose.Printable(s.String()))
	}
	return t
}
