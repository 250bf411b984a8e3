package report

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/plots"
	"tcpbench/results"
	"tcpbench/scenario"
)

// run is the part of the page that tells of one run.
type run struct {
	ID, Label, Outcome, Class string

	Headline string
	Details  []string
	Limits   []exhaustion.Limit
	Remedies table

	Pictures []picture
	Tables   []table

	// problems are what kept pictures from being drawn.
	problems []results.Warning
}

// runID is the id of the ith run's part.
func runID(i int) string { return fmt.Sprintf("cell-%d", i+1) }

// newRun tells of r; own is what of its environment other runs do not share.
func newRun(i int, label string, r *results.Run, own table) (run, error) {
	v := r.Verdict
	one := run{
		ID: runID(i), Label: label, Outcome: outcome(r), Class: runClass(r),
		Headline: v.Headline, Details: v.Details, Limits: v.OtherLimits,
		Remedies: remedies(v.Remedies),
	}
	if one.Headline == "" {
		one.Headline = "There is no verdict."
	}
	pics, problem := plots.ForRun(r)
	one.problem(problem)
	var err error
	one.Pictures, err = draw(pics)
	for _, t := range []table{
		totals(r), openLoop(r), keepalive(r), counts("Answers by HTTP status", "status", r.Totals.Status),
		counts("Errors by call and errno", "call: errno", r.Totals.Errors), latencies(r), ports(r), sides(r), hosts(r), said(r),
		counts("Kernel counters of the client", "counter", r.Kernel.Client),
		counts("Kernel counters of the proxy", "counter", r.Kernel.Proxy),
		counts("Kernel counters of the server", "counter", r.Kernel.Server),
		options(r), own,
	} {
		if len(t.Rows) > 0 {
			one.Tables = append(one.Tables, t)
		}
	}
	return one, err
}

// problem keeps what kept pictures from being drawn.
func (one *run) problem(err error) {
	if err != nil {
		one.problems = append(one.problems, results.Warning{Code: "picture", Text: "A picture is missing or coarse: " + err.Error()})
	}
}

func remedies(rs []capacity.Remedy) table {
	t := table{
		Caption: "What would let more connections be opened",
		Head:    []column{{Name: "change"}, {"sustains connections/s", true}, {Name: "price"}, {Name: "risk"}},
	}
	for _, r := range rs {
		gives := "no limit"
		if r.SustainableCPS > 0 {
			gives = figure.Limit(r.SustainableCPS)
		}
		t.add(r.Change, gives, r.Price, r.Risk)
	}
	return t
}

func totals(r *results.Run) table {
	t := table{Caption: "Totals", Head: []column{{Name: "what"}, {"value", true}}}
	c := r.Totals.Counts
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"connections attempted", c.Attempted}, {"given a local port", c.Obtained},
		{"succeeded", c.Succeeded}, {"failed", c.Failed}, {"requests answered", c.Requests},
		{"bytes sent", c.BytesSent}, {"bytes received", c.BytesReceived},
	} {
		t.add(n.name, number(n.value))
	}
	if r.DurationS > 0 {
		t.add("duration", figure.Seconds(r.DurationS))
	}
	if r.DurationS > 0 && r.Options.Mode != scenario.ModeIdle {
		t.addMetric("connections_per_second", r, figure.Number)
		t.addMetric("requests_per_second", r, figure.Number)
	}
	if r.CPU != nil {
		t.add("client CPU time, user", figure.Seconds(r.CPU.UserS))
		t.add("client CPU time, system", figure.Seconds(r.CPU.SystemS))
		t.addMetric(cpuEach(r), r, figure.Micros)
	}
	return t
}

// cpuEach is the metric of the client's CPU time by what the run was for.
func cpuEach(r *results.Run) string {
	if r.Keepalive != nil {
		return "cpu_per_request"
	}
	return "cpu_per_connection"
}

// openLoop is the plan beside what came of it; empty in a closed loop.
func openLoop(r *results.Run) table {
	t := table{Caption: "Open loop: planned and started", Head: []column{{Name: "what"}, {"value", true}}}
	l := r.Lateness
	if l == nil {
		return t
	}
	t.add("valid", validText(l))
	t.add("rate offered", r.Options.Rate.String()+"/s")
	if r.Options.Mode != scenario.ModeIdle {
		t.add("rate achieved", speed(r))
	}
	t.add("starts planned", number(l.Planned))
	t.add("started", number(l.Started))
	t.add("late, p50", figure.Micros(l.P50US))
	t.add("late, p99", figure.Micros(l.P99US))
	t.add("late, most", figure.Micros(l.MaxUS))
	t.add("late by the generator's own doing, p99", figure.Micros(l.OwnP99US))
	t.add("waited for a free connection", number(l.WaitedForConnection))
	t.add("waited for a slow connect(2) before them", number(l.BlockedByConnect))
	return t
}

func validText(l *results.Lateness) string {
	if l.Valid {
		return "yes"
	}
	return "NO: the generator itself was late"
}

// keepalive is what became of connections that carry many requests.
func keepalive(r *results.Run) table {
	t := table{Caption: "Keepalive", Head: []column{{Name: "what"}, {"value", true}}}
	k := r.Keepalive
	if k == nil {
		return t
	}
	t.add("requests a connection", figure.Number(k.RequestsPerConnection))
	t.add("reconnects", number(k.Reconnects))
	t.add("connections closed by the server", number(k.ClosedByServer))
	t.add("requests sent again", number(k.Retried))
	t.add("requests lost with their connection", number(k.Lost))
	return t
}

// sides is what both ends of the connections counted, in a lab.
func sides(r *results.Run) table {
	t := table{
		Caption: fmt.Sprintf("Both sides (%s)", results.ClosePolicy(r)),
		Head:    []column{{Name: "what"}, {"client", true}, {"server", true}},
	}
	if c, ok := r.Closers(); ok {
		t.add("connections closed first", number(c.Client.Count()), number(c.Server.Count()))
		t.add("of these with RST", number(c.Client.RST), number(c.Server.RST))
	}
	if d := r.Delivery; results.Delivered(r) != "" {
		t.add("requests answered", number(r.Totals.Requests), number(d.RequestsAnswered))
		t.add("bytes to the server: sent, arrived", number(d.SentBytes), number(d.ArrivedBytes))
		t.add("bytes back: arrived, sent", number(r.Totals.BytesReceived), number(d.AnswerBytesSent))
		t.add("connections whose request was lost", number(d.LostConnections), unmeasured)
	}
	return t
}

// latencies are the phases, with a note on their clocks where two of them
// could be taken for the same.
func latencies(r *results.Run) table {
	t := table{Caption: "Latency", Head: []column{{Name: "phase"}, {"count", true}}, Note: results.ClockNote(r)}
	for _, h := range []string{"min", "mean", "p50", "p90", "p99", "p99.9", "max"} {
		t.Head = append(t.Head, column{h, true})
	}
	for _, p := range r.Latency.Phases() {
		if s := p.Summary; s.Count > 0 {
			t.add(phaseName(p.Name), number(s.Count), figure.Micros(s.MinUS), figure.Micros(s.MeanUS),
				figure.Micros(s.P50US),
				figure.Micros(s.P90US), figure.Micros(s.P99US), figure.Micros(s.P999US), figure.Micros(s.MaxUS))
		}
	}
	return t
}

// phaseName is as in the pictures.
func phaseName(name string) string {
	switch name {
	case "tls":
		return "TLS handshake"
	case "request":
		return "whole answer (request)"
	}
	return name
}

// ports is the law beside the measurement.
func ports(r *results.Run) table {
	t := table{Caption: "Ports: measured and predicted", Head: []column{{Name: "what"}, {"measured", true}, {"predicted", true}}}
	if r.Prediction.Ports == 0 && r.Exhaustion == nil {
		return t
	}
	t.add("connections until exhaustion", untilExhaustion(r), predictedConnections(r))
	t.add("connections/s; sustainable", measuredRate(r), sustainableRate(r))
	hold := unmeasured
	if r.Prediction.HoldSeconds > 0 {
		hold = figure.Seconds(r.Prediction.HoldSeconds)
	}
	t.add("a port is held for", unmeasured, hold)
	t.add("knee, after connections (share of the ports)", knee(r), unmeasured)
	return t
}

func options(r *results.Run) table {
	t := table{Caption: "Effective options", Head: []column{{Name: "option"}, {Name: "value"}}}
	w := r.Options
	for _, s := range w.Settings() {
		t.addIf(s.Name, s.String())
	}
	return t
}
