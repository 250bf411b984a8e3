package report

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
)

const failed = "failed"

// outcome is how a run ended, in a word.
func outcome(r *results.Run) string {
	switch {
	case !r.Succeeded():
		return failed
	case r.Exhaustion == nil:
		return unmeasured
	default:
		return string(r.Exhaustion.Outcome)
	}
}

// runClass is the look of a run: one that is not valid looks like a failure,
// whatever it found.
func runClass(r *results.Run) string {
	if !r.Valid() {
		return "invalid"
	}
	return outcomeClass(outcome(r))
}

// outcomeClass is the look of an outcome; what a file says must not name it.
func outcomeClass(outcome string) string {
	switch outcome {
	case failed:
		return "failed"
	case string(exhaustion.Exhausted):
		return "exhausted"
	case string(exhaustion.Sustained):
		return "sustained"
	default:
		return "undecided"
	}
}

func untilExhaustion(r *results.Run) string { return shown("after_connections", r, counted) }

func predictedConnections(r *results.Run) string {
	switch p := r.Prediction; {
	case r.PredictsExhaustion(r.Rates.ConnectionsPerSecond):
		return number(p.ConnectionsUntilExhaustion)
	case p.Ports > 0:
		return "none"
	default:
		return unmeasured
	}
}

func sustainableRate(r *results.Run) string {
	switch p := r.Prediction; {
	case p.SustainableCPS > 0:
		return figure.Limit(p.SustainableCPS)
	case p.Ports > 0:
		return "no limit"
	default:
		return unmeasured
	}
}

func measuredRate(r *results.Run) string { return shown("connections_per_second", r, figure.Number) }

func requestRate(r *results.Run) string {
	if !r.CarriesMany() {
		return unmeasured
	}
	return shown("requests_per_second", r, figure.Number)
}

// offeredRate is an open loop's, with a word where the run is not valid.
func offeredRate(r *results.Run) string {
	switch {
	case r.Lateness == nil:
		return unmeasured
	case !r.Lateness.Valid:
		return r.Options.Rate.String() + " (INVALID)"
	default:
		return r.Options.Rate.String()
	}
}

// speed is what a run comes to in a second.
func speed(r *results.Run) string {
	if r.CarriesMany() {
		return requestRate(r) + " requests/s"
	}
	return measuredRate(r) + " connections/s"
}

// knee says after how many connections it was, and at what share of the ports.
func knee(r *results.Run) string {
	switch {
	case r.Exhaustion == nil:
		return unmeasured
	case !r.Exhaustion.Knee.Found:
		return "none"
	}
	k := r.Exhaustion.Knee
	s := "found"
	if k.AfterConnections != nil {
		s = number(*k.AfterConnections)
	}
	if k.Occupancy != nil {
		s += fmt.Sprintf(" (%s)", figure.AboutPercent(*k.Occupancy))
	}
	return s
}

func percentile(s *metrics.Summary, value func(*metrics.Summary) float64) string {
	if s == nil || s.Count == 0 {
		return unmeasured
	}
	return figure.Micros(value(s))
}
