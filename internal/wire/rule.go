package wire

import (
	"strings"
	"time"

	"tcpbench/internal/figure"
)

// Action is what a rule does with the frames that it chooses.
type Action string

// The actions.
const (
	// Pass does nothing; it makes a link without any rule.
	Pass Action = "pass"
	// Delay makes a frame late by Rule.Time.
	Delay Action = "delay"
	// Drop loses it, of Rule.Percent of them each at random.
	Drop Action = "drop"
	// Duplicate sends a copy Rule.Time after it.
	Duplicate Action = "duplicate"
	// Hold keeps it back for Rule.Time, or until a frame that Rule.Second
	// chooses has passed.
	Hold Action = "hold"
	// Replay keeps a copy and sends it when a frame that Rule.Second chooses
	// has passed, or with Rule.Stale when its connection's addresses and ports
	// are used again.
	Replay Action = "replay"
)

func actions() []string {
	return []string{string(Pass), string(Delay), string(Drop), string(Duplicate), string(Hold), string(Replay)}
}

// Rule is one action and the frames that it is for.
type Rule struct {
	Action Action
	Match  Pattern
	// Percent is the chance of a Drop, above 0 and up to 100; 0 is always.
	Percent float64
	// Time is Delay's, Duplicate's and Hold's.
	Time time.Duration
	// Second is what Hold and Replay wait for; nil where they do not.
	Second *Pattern
	// Stale is of Replay.
	Stale bool
	// Fitted is of Replay: a copy that is sent into a later connection of its
	// addresses and ports gets the sequence numbers that come next in it.
	Fitted bool
}

// String returns the rule in the one form that stands for all that mean the same.
func (r Rule) String() string {
	words := []string{string(r.Action)}
	add := func(w ...string) {
		for _, word := range w {
			if word != "" {
				words = append(words, word)
			}
		}
	}
	if r.Percent > 0 {
		add(figure.Exact(r.Percent) + "%")
	}
	if r.Action == Delay {
		add(r.Time.String())
	}
	if r.Stale {
		add(stale)
	}
	if r.Fitted {
		add(fitted)
	}
	add(r.Match.String())
	switch {
	case r.Action == Duplicate && r.Time > 0:
		add("after", r.Time.String())
	case r.Action == Hold && r.Second == nil:
		add("for", r.Time.String())
	case r.Action == Hold:
		add("until", r.Second.String())
	case r.Second != nil:
		add("on", r.Second.String())
	}
	return strings.Join(words, " ")
}

// stale is the word of a replay into a connection that has the addresses and
// ports of an older one.
const stale = "stale"

// fitted is the word of a replay with the numbers of the later connection.
const fitted = "fitted"

// Rules are tried in order; none leaves the link a veth pair, or whatever it is.
type Rules []Rule

// String returns the form that [ParseRules] reads.
func (r Rules) String() string {
	texts := make([]string, len(r))
	for i, rule := range r {
		texts[i] = rule.String()
	}
	return strings.Join(texts, "; ")
}

// Longest is how long a frame may be on its way by these rules, there and
// back; what waits for another frame may wait for ever, and is not counted.
func (r Rules) Longest() time.Duration {
	var round, once time.Duration
	for _, rule := range r {
		if rule.Action == Delay {
			round += rule.Time
		} else {
			once = max(once, rule.Time)
		}
	}
	return 2*round + once
}

// Loses reports whether a frame may not arrive, or so late that its sender
// sends it again.
func (r Rules) Loses() bool {
	for _, rule := range r {
		if rule.Action == Drop || rule.Action == Hold {
			return true
		}
	}
	return false
}
