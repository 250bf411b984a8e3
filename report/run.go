package report

import (
	"fmt"

	"tcpbench/capacity"
	"tcpbench/exhaustion"
	"tcpbench/metrics"
	"tcpbench/plots"
	"tcpbench/results"
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
		ID: runID(i), Label: label, Outcome: outcome(r), Class: outcomeClass(outcome(r)),
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
		totals(r), counts("Errors by call and errno", "call: errno", r.Totals.Errors), latencies(r.Latency), ports(r),
		counts("Kernel counters of the client", "counter", r.Kernel.Client),
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
		Head:    []column{{Name: "change"}, {"sustains connections/s", true}, {Name: "price"}},
	}
	for _, r := range rs {
		gives := "no limit"
		if r.SustainableCPS > 0 {
			gives = rate(r.SustainableCPS)
		}
		t.add(r.Change, gives, r.Price)
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
		t.add("duration", seconds(r.DurationS))
		t.add("connections/s", rate(r.Rates.ConnectionsPerSecond))
		t.add("requests/s", rate(r.Rates.RequestsPerSecond))
	}
	if r.CPU != nil {
		t.add("client CPU time, user", seconds(r.CPU.UserS))
		t.add("client CPU time, system", seconds(r.CPU.SystemS))
		t.add("client CPU time a connection", optional(r.CPU.PerConnectionUS, micros))
	}
	if d := r.Delivery; d != nil {
		t.add("bytes that reached the server", number(d.ArrivedBytes))
		t.add("bytes lost", number(d.LostBytes))
		t.add("connections lost", number(d.LostConnections))
	}
	return t
}

func latencies(l results.Latency) table {
	t := table{Caption: "Latency", Head: []column{{Name: "phase"}, {"count", true}}}
	for _, h := range []string{"min", "mean", "p50", "p90", "p99", "p99.9", "max"} {
		t.Head = append(t.Head, column{h, true})
	}
	for _, p := range []struct {
		name string
		s    *metrics.Summary
	}{{"connect", l.Connect}, {"first byte", l.FirstByte}, {"whole answer", l.Request}, {"close", l.Close}} {
		if s := p.s; s != nil && s.Count > 0 {
			t.add(p.name, number(s.Count), micros(s.MinUS), micros(s.MeanUS), micros(s.P50US),
				micros(s.P90US), micros(s.P99US), micros(s.P999US), micros(s.MaxUS))
		}
	}
	return t
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
		hold = seconds(r.Prediction.HoldSeconds)
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
