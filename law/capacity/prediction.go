package capacity

import (
	"fmt"
	"math"
	"strings"
	"time"

	"tcpbench/internal/figure"
)

// Prediction is what the law says. The zero value is that nothing is known.
type Prediction struct {
	Ports        int `json:"ports"`
	Sources      int `json:"sources"`
	Destinations int `json:"destinations"`

	// HoldSeconds is how long a port is held after its connection, at least; absent
	// when it is free at once.
	HoldSeconds float64 `json:"hold_seconds,omitempty"`
	// HoldSecondsMax is how long at most: the kernel rounds its timers up.
	HoldSecondsMax float64 `json:"hold_seconds_max,omitempty"`

	// ConnectionsUntilExhaustion is how many connections find a port when they
	// come faster than SustainableCPS; absent when all of them do.
	ConnectionsUntilExhaustion int64 `json:"connections_until_exhaustion,omitempty"`
	// ConnectionsAtLeast is how many do for sure: of a range of an odd number of
	// ports the search passes over one, for each source and destination.
	ConnectionsAtLeast int64 `json:"connections_at_least,omitempty"`

	// OpenUntilExhaustion is how many connections have to be open at a time, at least,
	// for ports to run out, where no rate alone makes them; absent where one does.
	OpenUntilExhaustion int64 `json:"open_until_exhaustion,omitempty"`

	// SafeCPS is how many connections per second never run out of ports; absent
	// when ports do not limit them, and when no rate is safe.
	SafeCPS float64 `json:"safe_cps,omitempty"`
	// SustainableCPS is how many always do when there are more of them; absent when
	// ports do not limit them, and where no rate alone does it. Between the two it is
	// uncertain.
	SustainableCPS float64 `json:"sustainable_cps,omitempty"`

	// Reason is the rule that decided, in a few words.
	Reason string `json:"reason"`
}

// Lasting is whether ports last at a rate.
type Lasting int

const (
	// ForEver: ports never run out.
	ForEver Lasting = iota
	// Uncertain: whether they do depends on when the kernel's timers end.
	Uncertain
	// RunsOut: they do.
	RunsOut
)

// Lasting says whether ports last at the given rate, in connections per second.
func (p Prediction) Lasting(rate float64) Lasting {
	p = p.Complete()
	switch {
	case p.NoPort():
		return RunsOut
	case !p.Exhausts(), rate <= p.SafeCPS:
		return ForEver
	case rate <= p.SustainableCPS, p.OpenUntilExhaustion > 0:
		return Uncertain
	default:
		return RunsOut
	}
}

// NoPort reports whether there is none at all, so that no connection finds one.
func (p Prediction) NoPort() bool { return p.Ports == 0 && p.Sources > 0 }

// Exhausts reports whether some rate of connections runs out of ports.
func (p Prediction) Exhausts() bool { return p.ConnectionsUntilExhaustion > 0 || p.NoPort() }

// ExhaustsAt reports whether the given rate, in connections per second, runs
// out of ports for sure.
func (p Prediction) ExhaustsAt(rate float64) bool { return p.Lasting(rate) == RunsOut }

// AsPredicted reports whether so many connections until the first failure are
// what the law says.
func (p Prediction) AsPredicted(connections int64) bool {
	p = p.Complete()
	return p.Exhausts() && connections >= p.ConnectionsAtLeast && connections <= p.ConnectionsUntilExhaustion
}

// Allows reports whether ports may run out after so many connections and seconds: as many as
// the law says, or more of them where the first ones' ports were free again by then.
func (p Prediction) Allows(connections int64, seconds float64) bool {
	return p.AsPredicted(connections) || p.cameFree(seconds) && connections > p.ConnectionsUntilExhaustion
}

// UntilWithin is Until for ports that ran out after so many seconds.
func (p Prediction) UntilWithin(seconds float64) string {
	if !p.cameFree(seconds) {
		return p.Until()
	}
	return fmt.Sprintf("%s within %s, and more that come in a longer time", p.Until(), figure.Seconds(p.HoldSeconds))
}

// cameFree reports whether a port that was taken at the beginning is free after so many seconds.
func (p Prediction) cameFree(seconds float64) bool {
	return p.HoldSeconds > 0 && seconds > p.HoldSeconds
}

// TimeToExhaustion is how long the given rate, in connections per second, can
// last at most, where it runs out for sure, and how long it does at least, where
// it may; 0 means for ever.
func (p Prediction) TimeToExhaustion(rate float64) time.Duration {
	p = p.Complete()
	n := p.ConnectionsUntilExhaustion
	switch p.Lasting(rate) {
	case ForEver:
		return 0
	case Uncertain:
		n = p.ConnectionsAtLeast
	}
	seconds := float64(n) / rate
	if !(seconds <= math.MaxInt64/1e9) {
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}

// Complete is p with what results of older versions lack, the worst of it: what
// is asked of p takes it into account, and so has to who reads its fields.
func (p Prediction) Complete() Prediction {
	if p.ConnectionsUntilExhaustion > 0 && p.ConnectionsAtLeast == 0 && p.HoldSecondsMax == 0 &&
		p.OpenUntilExhaustion == 0 {
		p.ConnectionsAtLeast = p.ConnectionsUntilExhaustion
		if pairs := int64(p.Sources) * int64(p.Destinations); p.Ports > 1 && p.Ports%2 == 1 {
			p.ConnectionsAtLeast -= pairs
		}
	}
	if p.HoldSeconds > 0 && p.HoldSecondsMax == 0 {
		hold := time.Duration(p.HoldSeconds * float64(time.Second))
		p.HoldSecondsMax = (hold + timerLate(hold, 0)).Seconds()
		p.SafeCPS = max(float64(p.ConnectionsAtLeast)/p.HoldSecondsMax, 0)
	}
	return p
}

// SafelyHeld is how many ports connections at SafeCPS hold at least: whoever holds more
// opens them faster, or has timers that end late. 0 where no rate is safe, or all are.
func (p Prediction) SafelyHeld() int {
	p = p.Complete()
	return int(p.SafeCPS * p.HoldSeconds)
}

// Terms are what the law multiplies, and for how long each port is held: "28232
// ports x 1 source x 1 destination, each held 60 s".
func (p Prediction) Terms() string {
	if p.NoPort() {
		return "0 ports"
	}
	hold := "while it is open"
	if p.HoldSeconds > 0 {
		hold = figure.Seconds(p.HoldSeconds)
	}
	return fmt.Sprintf("%s x %s x %s, each held %s", figure.Plural(p.Ports, "port"),
		figure.Plural(p.Sources, "source"), figure.Plural(p.Destinations, "destination"), hold)
}

// Until is how many connections find a port: "1000", "332 or 333", "996 to 999".
func (p Prediction) Until() string {
	p = p.Complete()
	switch least, most := p.ConnectionsAtLeast, p.ConnectionsUntilExhaustion; most - least {
	case 0:
		return fmt.Sprint(most)
	case 1:
		return fmt.Sprintf("%d or %d", least, most)
	default:
		return fmt.Sprintf("%d to %d", least, most)
	}
}

// Rates are both, where ports limit them: "454 to 470".
func (p Prediction) Rates() string {
	p = p.Complete()
	safe, most := figure.Limit(p.SafeCPS), figure.Limit(p.SustainableCPS)
	if safe == most {
		return most
	}
	return safe + " to " + most
}

// Sum is what the law comes to: "hold 454 connections/s for ever, and never more
// than 470/s".
func (p Prediction) Sum() string {
	p = p.Complete()
	most := fmt.Sprintf("more than %s/s (%s / %s)", figure.Limit(p.SustainableCPS),
		figure.Plural(p.ConnectionsUntilExhaustion, "port"), figure.Seconds(p.HoldSeconds))
	if p.SafeCPS == 0 {
		return "hold no rate for sure, and never " + most
	}
	return fmt.Sprintf("hold %s connections/s for ever, and never %s", figure.Limit(p.SafeCPS), most)
}

// RunsOut says when ports run out, where they are held: "after 1000 connections
// that come faster than 16.6/s, never at 14.5/s or less".
func (p Prediction) RunsOut() string {
	p = p.Complete()
	s := fmt.Sprintf("after %s connections that come faster than %s/s", p.Until(), figure.Limit(p.SustainableCPS))
	if p.SafeCPS == 0 {
		return s + ", and no rate is safe"
	}
	return s + fmt.Sprintf(", never at %s/s or less", figure.Limit(p.SafeCPS))
}

// WhenOpen says when ports run out where no rate alone decides: "when 40 connections
// are open at a time".
func (p Prediction) WhenOpen() string {
	if strings.HasPrefix(p.Reason, bucketsKeep) {
		s := "if TIME_WAITs that are kept and connections in flight come to hold all ports of one destination"
		if p.SafeCPS > 0 {
			s += fmt.Sprintf(", never at %s/s or less", figure.Limit(p.SafeCPS))
		}
		return s
	}
	n, verb := p.ConnectionsUntilExhaustion, "are"
	if n == 1 {
		verb = "is"
	}
	return fmt.Sprintf("when %s %s open at a time", figure.Plural(n, "connection"), verb)
}

// Doubt is why a rate between the two may last or not.
func (p Prediction) Doubt() string {
	p = p.Complete()
	if p.OpenUntilExhaustion > 0 {
		return "uncertain: they run out " + p.WhenOpen()
	}
	state := "TIME_WAIT"
	if strings.HasPrefix(p.Reason, finWait2) {
		state = finWait2
	}
	s := fmt.Sprintf("uncertain: the kernel may end a %s up to %s late", state,
		figure.Seconds(p.HoldSecondsMax-p.HoldSeconds))
	if _, late, ok := strings.Cut(p.Reason, closesLate); ok {
		s = fmt.Sprintf("uncertain: a port is held up to %s longer, as the kernel's timers are late and as the server "+
			"closes its end%s", figure.Seconds(p.HoldSecondsMax-p.HoldSeconds), late)
	}
	if p.SafeCPS*p.HoldSecondsMax < float64(p.ConnectionsAtLeast)-0.5 {
		s += ", and connections in flight hold ports too"
	}
	return s
}
