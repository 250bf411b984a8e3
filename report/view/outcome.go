package view

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Unmeasured stands on a page for what was not measured; 0 would be a claim.
const Unmeasured = "–"

// missing is the same on a terminal.
const missing = "-"

// The words for runs that found nothing about ports, and were not to.
const (
	failed   = "failed"
	degraded = "degraded"
	done     = "done"
)

// ID is the id of the part of a page that is about the ith run.
func ID(i int) string { return fmt.Sprintf("cell-%d", i+1) }

// Outcome is how a run ended, in a word; "" where it was not judged.
func Outcome(r *results.Run) string {
	switch {
	case r.CutOff != nil:
		return r.CutOff.Why()
	case !r.Succeeded():
		return failed
	case r.Degraded:
		return degraded
	case r.Exhaustion == nil:
		return ""
	case r.Exhaustion.Outcome == exhaustion.Undecided && r.Options.Until == scenario.UntilDuration:
		return done
	default:
		return string(r.Exhaustion.Outcome)
	}
}

// OutcomeOn is the same, with the host whose ports ran out where it is not the client.
func OutcomeOn(r *results.Run) string {
	if o := Outcome(r); o == string(exhaustion.Exhausted) {
		return o + r.Exhaustion.OnHost()
	}
	return Outcome(r)
}

// Class is the look of a run on a page; what a file says must not name it.
func Class(r *results.Run) string {
	switch o := Outcome(r); o {
	case failed, string(exhaustion.Exhausted), string(exhaustion.Sustained):
		return o
	default:
		return string(exhaustion.Undecided)
	}
}

func untilExhaustion(r *results.Run) string { return shown("after_connections", r, counted) }

func after(r *results.Run) string {
	if f := r.Exhaustion; f != nil && f.AfterSeconds != nil {
		return figure.Seconds(*f.AfterSeconds)
	}
	return ""
}

func predicted(r *results.Run) string {
	switch p := r.Prediction; {
	case r.PredictsExhaustion(rateUntilExhaustion(r)):
		return p.Until()
	case p.Ports == 0:
		return ""
	case r.Reconnects() && p.Lasting(rateUntilExhaustion(r)) == capacity.Uncertain:
		return "uncertain"
	default:
		return "none"
	}
}

// Predicted says what the law expects of a metric in a run, "" where it says nothing of it.
func Predicted(metric string, r *results.Run) string {
	switch metric {
	case "after_connections":
		return labelled("predicted: ", predicted(r))
	case "connections_per_second":
		return labelled("predicted to last: ", sustainable(r))
	default:
		return ""
	}
}

// labelled is text after its label, "" where there is none.
func labelled(label, text string) string {
	if text == "" {
		return ""
	}
	return label + text
}

// rateUntilExhaustion is how fast connections came until ports ran out: a run
// that waited for its recovery was slower over all.
func rateUntilExhaustion(r *results.Run) float64 {
	f := r.Exhaustion
	if f == nil || f.AfterConnections == nil || f.AfterSeconds == nil {
		return r.Rates.ConnectionsPerSecond
	}
	took := *f.AfterSeconds + r.Options.Warmup.Seconds()
	if took <= 0 {
		return r.Rates.ConnectionsPerSecond
	}
	return float64(*f.AfterConnections) / took
}

func sustainable(r *results.Run) string {
	switch p := r.Prediction; {
	case p.NoPort():
		return "none"
	case p.Ports == 0:
		return ""
	case p.SustainableCPS > 0:
		return p.Rates() + "/s"
	case p.SafeCPS > 0:
		return figure.Limit(p.SafeCPS) + "/s"
	default:
		return "unlimited"
	}
}

// connectionRate is of no use where connections are only held.
func connectionRate(r *results.Run) string {
	if r.Options.Mode == scenario.ModeIdle {
		return ""
	}
	return shown("connections_per_second", r, figure.Number)
}

func requestRate(r *results.Run) string {
	if r.Totals.Requests == 0 {
		return ""
	}
	return shown("requests_per_second", r, figure.Number)
}

// offered is the rate of an open loop, marked where the generator itself was
// too late for it.
func offered(r *results.Run) string {
	switch {
	case r.Lateness == nil:
		return ""
	case !r.Lateness.Valid:
		return r.Options.Rate.String() + " late"
	default:
		return r.Options.Rate.String()
	}
}

// speed is what a run comes to in a second.
func speed(r *results.Run) string {
	if r.CarriesMany() {
		return requestRate(r) + " requests/s"
	}
	return connectionRate(r) + " connections/s"
}

// knee says after how many connections it was, and at what share of the ports.
func knee(r *results.Run) string {
	if r.Exhaustion == nil {
		return ""
	}
	if len(r.Agents) > 0 {
		return kneeOfAgents(r.Agents)
	}
	k := r.Knee()
	if k == nil {
		return "none"
	}
	return fmt.Sprintf("%d (%s)", *k.AfterConnections, figure.AboutPercent(*k.Occupancy))
}
