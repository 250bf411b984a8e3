package claim

import (
	"fmt"
	"math"
	"time"

	"tcpbench/results"
	"tcpbench/scenario"
)

// tcpKeepalive judges whether SO_KEEPALIVE finds a peer that has vanished.
//
// tcp_keepalive_timer (net/ipv4/tcp_timer.c) probes after the idle time, and
// resets the connection when as many probes as were asked for had no answer. It
// sends none while sent data has no acknowledgement: that is for the timer of
// retransmissions, which gives up after tcp_retries2 (ip-sysctl.rst).
func tcpKeepalive() Rule {
	return Rule{
		Figures: []Figure{knownAfter(), keepaliveLaw(), timerFrom(), unanswered()},
		Judge: func(e *Evidence) Verdict {
			const off, alone = "without SO_KEEPALIVE", "SO_KEEPALIVE alone, the kernel's default"
			const busy, ping = "SO_KEEPALIVE 1s,1s,1, a request on its way", "a request every 250 ms, given up after 1 s"
			const least, most = "SO_KEEPALIVE 1s,1s,1", "SO_KEEPALIVE 1s,1s,2"
			finds := true
			for _, name := range []string{least, most, "SO_KEEPALIVE 1s,2s,3", "SO_KEEPALIVE 4s,1s,3", "SO_KEEPALIVE 15s,15s,9, Go's default"} {
				if name == least || name == most || e.Has(name) {
					finds = followsLaw(e, name) && finds
				}
			}
			ticks := e.Check(countsDown(e.Run(most)), "the timer counts down, as `ss -o` shows it, and %.0f probes had no answer", e.Of(most, unanswered()))
			e.Check(dead(e.Run(off)) == 0, "without SO_KEEPALIVE: %s", whenKnown(e.Run(off)))
			usual := e.Of(alone, keepaliveLaw())
			late := e.Check(usual > 60, "with SO_KEEPALIVE alone the sysctls tcp_keepalive_time, _intvl and _probes hold: by the law %s, which nobody waited for here (%s)", span(usual), whenKnown(e.Run(alone)))
			law := e.Of(busy, keepaliveLaw())
			blind := e.Check(e.Run(busy).Totals.Errors[probesUnanswered] == 0, "with a request on its way there are no probes: %s, by the client's own timeout, when the law says %.3g s", whenKnown(e.Run(busy)), law)
			e.Check(dead(e.Run(ping)) > 0, "an application that asks every 250 ms and waits for 1 s: %s", whenKnown(e.Run(ping)))
			return keepaliveVerdict(e, finds && ticks, late, blind, usual)
		},
	}
}

func keepaliveVerdict(e *Evidence, finds, late, blind bool, law float64) Verdict {
	const least, busy, ping = "SO_KEEPALIVE 1s,1s,1", "SO_KEEPALIVE 1s,1s,1, a request on its way", "a request every 250 ms, given up after 1 s"
	if !finds {
		return verdict(scenario.Refuted, "with SO_KEEPALIVE 1s,1s,1 the client did not know as the law idle + interval x probes says: %s.", whenKnown(e.Run(least)))
	}
	found := fmt.Sprintf("it knows after idle + interval x probes: %.3g s with 1s,1s,1", e.Of(least, knownAfter()))
	var limits string
	if late {
		limits += fmt.Sprintf(" With the kernel's defaults that is %s, by the law.", span(law))
	}
	if blind {
		limits += fmt.Sprintf(" And there are no probes while a request is on its way: it was %s, by the client's own timeout. A request every 250 ms with a timeout of 1 s needs no SO_KEEPALIVE: %s.", whenKnown(e.Run(busy)), whenKnown(e.Run(ping)))
	}
	if limits == "" {
		return verdict(scenario.Confirmed, "%s, and %.3g s with the kernel's defaults.", found, law)
	}
	return verdict(scenario.Depends, "%s.%s", found, limits)
}

// probesUnanswered is what a socket says that keepalive has given up.
const probesUnanswered = "recv: ETIMEDOUT"

// followsLaw checks that every connection of a case was found dead when the law
// says. The peer was last heard before the link was cut, by up to the idle time.
// The kernel rounds timers up, by up to an eighth (kernel/time/timer.c), and makes
// a probe again after 0.5 s that did not leave the host, as happens without a
// carrier (TCP_RESOURCE_PROBE_INTERVAL).
//
// Note: tried the planned time of the cut as well, for a closer bound; on a busy
// machine the link was cut 1.6 s late.
func followsLaw(e *Evidence, name string) bool {
	r := e.Run(name)
	k, law := r.Options.TCPKeepalive, e.Of(name, keepaliveLaw())
	known, _ := knownAfter().Of(r)
	least := law - k.Idle.Seconds() - 0.1
	most := 1.125*law + 0.5*float64(k.Count) + 1 // and a busy machine
	all := dead(r) == r.Totals.Attempted && r.Totals.Errors[probesUnanswered] == dead(r)
	return e.Check(all && known > least && known < most, "%s: %s; by the law %.3g s after it was last heard", name, whenKnown(r), law)
}

// knownAfter is from the cut of the link until the last connection was found
// dead.
func knownAfter() Figure {
	return Figure{
		Name: "known after", Unit: "s",
		Of: func(r *results.Run) (float64, bool) {
			if dead(r) == 0 {
				return 0, false
			}
			return r.Latency.Dead.MaxUS / 1e6, true
		},
		Words: func(r *results.Run) string {
			if dead(r) == 0 {
				return fmt.Sprintf("not in %.3g s", (time.Duration(r.DurationS*1e9) - r.Options.CutLink).Seconds())
			}
			return ""
		},
	}
}

func dead(r *results.Run) int64 {
	if r.Latency.Dead == nil {
		return 0
	}
	return r.Latency.Dead.Count
}

func whenKnown(r *results.Run) string {
	s, ok := knownAfter().Of(r)
	if !ok {
		return knownAfter().Words(r)
	}
	return fmt.Sprintf("known after %.3g s", s)
}

// keepaliveLaw is what idle + interval x probes says.
func keepaliveLaw() Figure {
	return Figure{Name: "by the law", Unit: "s", Of: func(r *results.Run) (float64, bool) {
		d, ok := r.KeepaliveLimit()
		return d.Seconds(), ok
	}}
}

// timerFrom is the most that the timer of keepalive had left.
func timerFrom() Figure {
	return Figure{Name: "timer seen from", Unit: "s", Of: func(r *results.Run) (float64, bool) {
		most, ok := math.Inf(-1), false
		for _, iv := range r.Intervals {
			if iv.KeepaliveTimerMS != nil {
				most, ok = max(most, float64(*iv.KeepaliveTimerMS)/1000), true
			}
		}
		return most, ok
	}}
}

// unanswered is the most probes that had no answer.
func unanswered() Figure {
	return Figure{Name: "probes unanswered", Of: func(r *results.Run) (float64, bool) {
		most, ok := 0, false
		for _, iv := range r.Intervals {
			if iv.KeepaliveProbes != nil {
				most, ok = max(most, *iv.KeepaliveProbes), true
			}
		}
		return float64(most), ok
	}}
}

// countsDown reports whether the timer was seen to fall more often than it began
// anew.
func countsDown(r *results.Run) bool {
	falls, rises, last := 0, 0, int64(-1)
	for _, iv := range r.Intervals {
		if iv.KeepaliveTimerMS == nil {
			continue
		}
		switch now := *iv.KeepaliveTimerMS; {
		case last < 0:
		case now < last:
			falls++
		default:
			rises++
		}
		last = *iv.KeepaliveTimerMS
	}
	return falls > rises
}

// span is a time in seconds with its hours and minutes.
func span(seconds float64) string {
	if seconds < 60 || math.IsNaN(seconds) {
		return fmt.Sprintf("%.3g s", seconds)
	}
	return fmt.Sprintf("%.0f s (%v)", seconds, time.Duration(seconds)*time.Second)
}
