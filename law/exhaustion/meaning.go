package exhaustion

import (
	"fmt"
	"math"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// means are what the finding comes to for these ports. Where they neither ran out nor were
// to, and last at the rate that there was, they have no part in it.
func means(f Facts) []string {
	var out []string
	for _, s := range []string{f.tooSlow(), f.keepsOpen(), f.rates(),
		f.unlikeTheLaw(), f.portless(), f.room(), f.unseen()} {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// rates are what these ports are enough for.
func (f Facts) rates() string {
	if h, ok := f.holder(); ok && f.Use != Held {
		return h.enough(f)
	}
	p := f.law()
	if p.SustainableCPS == 0 || !f.reconnects() {
		return ""
	}
	switch last := p.Lasting(f.crowded()); {
	case f.matter(), last == capacity.Uncertain, last == capacity.RunsOut && p.Lasting(f.rate()) != last:
		return fmt.Sprintf("These settings%s %s; between the two it is %s%s.", f.Finding.OnHost(), p.Sum(), p.Doubt(),
			against(f))
	case last == capacity.ForEver || f.raced():
		return ""
	case f.Succeeded >= p.ConnectionsUntilExhaustion:
		return fmt.Sprintf("By the law ports run out after %s connections at %s/s, and %d found one: something frees "+
			"them sooner than it expects.", p.Until(), figure.Number(f.rate()), f.Succeeded)
	default:
		return fmt.Sprintf("At %s/s ports run out after %s connections, in %s: these settings %s.",
			figure.Number(f.rate()), p.Until(), figure.Seconds(p.TimeToExhaustion(f.rate()).Seconds()), p.Sum())
	}
}

// matter reports whether ports are part of the answer: they ran out, or were to, or the
// search for one cost the most of the time.
func (f Facts) matter() bool { return f.Finding.Outcome == Exhausted || f.Aimed || f.searches() }

// raced reports whether something frees ports that the law has in TIME_WAIT.
func (f Facts) raced() bool { _, ok := f.race(); return ok }

// rate is how many connections came per second: of a plan as many as were offered, at
// most.
func (f Facts) rate() float64 {
	switch {
	case f.Plan != nil && f.Use == OneRequest:
		return max(f.Plan.From, f.Plan.To)
	case f.Seconds > 0:
		return float64(f.Succeeded) / f.Seconds
	default:
		return 0
	}
}

// crowded is the same where starts at random come together.
func (f Facts) crowded() float64 {
	if f.Plan != nil && f.Plan.Random {
		return f.Prediction.Crowded(f.rate(), capacity.Starts{Random: true})
	}
	return f.rate()
}

// wouldRunOut reports whether by the law ports run out within what was asked for, in a
// run that ended before.
func (f Facts) wouldRunOut() bool {
	p, asked := f.Prediction, math.Inf(1)
	if f.Limit == 0 && f.Count == 0 {
		return false // not known
	}
	if f.Limit > 0 {
		asked = f.rate() * f.Limit.Seconds()
	}
	if f.Count > 0 {
		asked = min(asked, float64(f.Count))
	}
	n := p.ConnectionsUntilExhaustion
	return f.Use == OneRequest && !f.raced() && p.Lasting(f.rate()) == capacity.RunsOut && f.Succeeded < n &&
		asked >= float64(n)
}

// unlikeTheLaw says why the law does not hold of connections that the client does not
// close first, where it is said.
func (f Facts) unlikeTheLaw() string {
	r, ok := f.race()
	if !ok || f.Finding.Outcome == Exhausted || !f.matter() {
		return ""
	}
	return "The law is that of a client which always closes first, but " + r + "."
}

func (f Facts) portless() string {
	if !f.Settings.NoPorts {
		return ""
	}
	return "A Unix socket has no ports: no law of them applies to it."
}

// room is how many connections these ports can hold, where half of them are in use or
// all were to be.
func (f Facts) room() string {
	n := f.Settings.Tuples()
	if f.Use != Held || n == 0 || !f.Aimed && 2*f.Connected < n {
		return ""
	}
	return fmt.Sprintf("These ports can hold %s at a time.", figure.Plural(n, "connection"))
}

// unseen is what finds dead connections, where some were not found.
func (f Facts) unseen() string {
	if f.Use != Held || f.Cut == nil || f.Cut.Dead >= f.Connected {
		return ""
	}
	return "A connection on which nothing is sent does not notice that its peer is gone; " +
		"--tcp-keepalive IDLE,INTERVAL,COUNT finds it after IDLE + INTERVAL x COUNT."
}

// tooSlow says that so few connections are opened past the knee that ports come free as
// fast as they are taken, where a run was to see them run out; "" where they are not so
// few, or a plan sets their rate.
func (f Facts) tooSlow() string {
	k, p := f.Finding.Knee, f.Prediction
	if !f.Aimed || f.Plan != nil || f.Finding.Outcome != Undecided || !f.searches() || k.RateAfter == nil ||
		float64(*k.AfterConnections)+*k.RateAfter*p.HoldSecondsMax >= float64(p.ConnectionsAtLeast) {
		return ""
	}
	return fmt.Sprintf("At the %s/s that the search leaves here, ports do not run out: those of the first connections "+
		"come free after %s. A narrower net.ipv4.ip_local_port_range "+
		"has a shorter search.", figure.Number(*k.RateAfter), figure.Seconds(p.HoldSeconds))
}

// against compares what was offered with what these settings sustain.
func against(f Facts) string {
	if f.Plan == nil || f.Use != OneRequest {
		return ""
	}
	from, to := min(f.Plan.From, f.Plan.To), max(f.Plan.From, f.Plan.To)
	crowded := f.Prediction.Crowded(to, capacity.Starts{Random: f.Plan.Random})
	switch low, high := f.Prediction.Lasting(from), f.Prediction.Lasting(to); {
	case high == capacity.ForEver && f.Prediction.Lasting(crowded) != high:
		return "; the rate offered is below both, but its starts are random, and at times more of them come"
	case high == capacity.ForEver:
		return "; the rate offered lasts for ever"
	case low == capacity.RunsOut:
		return "; the rate offered is above both"
	case low == capacity.Uncertain && high == low:
		return "; the rate offered lies between them"
	default:
		return "; the rate offered crosses them"
	}
}
