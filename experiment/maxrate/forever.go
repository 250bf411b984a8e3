package maxrate

import (
	"cmp"
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/results"
	"tcpbench/scenario"
)

// scarce is the law of the ports that a rate runs out of first, the client's or another
// host's, how many connections per second the rate amounts to there, and whose they
// are: "" for the client's.
func scarce(r *results.Run) (p capacity.Prediction, rate float64, whose string) {
	p, rate = r.Prediction, connectionRate(r)
	p.SafeCPS = max(p.SafeCPS, safeByTimeouts(r))
	if f := r.Exhaustion; f.Elsewhere() != "" { // then the law is that one's
		return p, float64(*f.AfterConnections) / cmp.Or(*f.AfterSeconds, 1), "the " + f.Host + "'s "
	}
	other, may := r.OtherMayRunOut()
	if may && (p.SafeCPS == 0 || other.Law.SafeCPS*rate < p.SafeCPS*other.Rate) {
		return other.Law, other.Rate, "the " + other.Host + "'s "
	}
	return p, rate, ""
}

// waits is how often a connection waits for the server, each time for --timeout at most:
// for the handshake, the answer, and the end.
const waits = 3

// safeByTimeouts is the rate at which the client's ports last though every connection waits
// for as long as it may, which then are as many in flight as the rate makes, and not all of
// -c; 0 where ports are not held for a time, or connections for as long as they are used.
func safeByTimeouts(r *results.Run) float64 {
	p, o := r.Prediction, r.Options
	if p.HoldSecondsMax == 0 || p.SafeCPS == 0 && p.SustainableCPS == 0 || o.Mode != scenario.ModeShort {
		return 0
	}
	open := waits*o.Timeout + max(o.Linger.Timeout, 0)
	return float64(p.ConnectionsAtLeast-1) / (p.HoldSecondsMax + open.Seconds())
}

// exhausts says that a rate which holds for as long as a trial lasts does not
// do so for ever, or may not; "" when it does.
func exhausts(r *results.Run) string {
	p, rate, whose := scarce(r)
	lasting := p.Lasting(rate)
	if p.SustainableCPS == 0 || lasting == capacity.ForEver {
		return ""
	}
	seconds := figure.Seconds(r.Options.TimeLimit().Seconds())
	after := figure.Seconds(p.TimeToExhaustion(rate).Seconds())
	switch {
	case r.Exhaustion != nil && r.Exhaustion.Exhausted:
		return fmt.Sprintf("It holds for %s although %sports ran out in that time (%s)", seconds, whose, law(p))
	case lasting == capacity.Uncertain:
		return fmt.Sprintf("It holds for %s, but %sports may run out after %s at this rate (%s): %s", seconds, whose,
			after, law(p), p.Doubt())
	default:
		return fmt.Sprintf("It holds for %s, but %sports run out after %s at this rate (%s)", seconds, whose, after,
			law(p))
	}
}

// lasts is the part of a trial's rate that never runs out of ports.
func lasts(r *results.Run) float64 {
	p, rate, _ := scarce(r)
	return r.Options.Rate.From * min(p.SafeCPS/rate, 1)
}

// lastsText says what holds for good, before what holds for as long as a trial.
func lastsText(r *results.Run) string {
	if rate := lasts(r); rate > 0 {
		return figure.Limit(rate) + "/s holds for good"
	}
	return fmt.Sprintf("no rate is sure to hold for good: %d connections in flight (-c) may have all ports",
		r.Options.Concurrency)
}

// law is the sum behind a prediction.
func law(p capacity.Prediction) string {
	safe := "none is sure to hold for ever"
	if p.SafeCPS > 0 {
		safe = figure.Limit(p.SafeCPS) + "/s hold for ever"
	}
	return fmt.Sprintf("%d ports / %s = %s/s; %s", p.ConnectionsUntilExhaustion, figure.Seconds(p.HoldSeconds),
		figure.Limit(p.SustainableCPS), safe)
}

// connectionRate is how many connections per second a trial's rate amounts to
// in the long run: where they carry many requests, those that were replaced.
func connectionRate(r *results.Run) float64 {
	if r.Keepalive == nil {
		return r.Options.Rate.From
	}
	return float64(r.Keepalive.Reconnects) / cmp.Or(r.DurationS, 1)
}
