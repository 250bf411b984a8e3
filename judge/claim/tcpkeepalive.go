package claim

import (
	"fmt"
	"math"
	"strings"
	"time"

	"tcpbench/internal/figure"
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
	return Rule{Figures: []Figure{knownAfter(), keepaliveLaw(), timerFrom(), unanswered()}, Judge: judgeTCPKeepalive}
}

func judgeTCPKeepalive(e *Evidence) Verdict {
	const off, least, most = "without SO_KEEPALIVE", "SO_KEEPALIVE 1s,1s,1", "SO_KEEPALIVE 1s,1s,2"
	names := append([]string{least, most}, e.measured("SO_KEEPALIVE 1s,2s,3", "SO_KEEPALIVE 4s,1s,3",
		"SO_KEEPALIVE 15s,15s,9, Go's default")...)
	unknown, otherwise := e.knownByTheLaw(names)
	if !e.Check(countsDown(e.Run(most)), "the timer counts down, as `ss -o` shows it") {
		otherwise = append(otherwise, most+": its timer was not seen to count down")
	}
	waited := e.Run(off).DurationS - e.Run(off).Options.CutLink.Seconds()
	e.Needs(dead(e.Run(off)) == 0 && waited > e.Of(least, keepaliveLaw()),
		"without SO_KEEPALIVE it is not known, for longer than with it", "%s: %s, in %s", off, e.whenKnown(off),
		figure.Seconds(waited))
	limits, todo := keepaliveLimits(e)
	switch {
	case len(unknown) > 0:
		return verdict(scenario.Refuted, "it does not always know. %s.", strings.Join(unknown, "; ")).
			practice("do not count on SO_KEEPALIVE: give requests a timeout of their own. %s.", unknown[0])
	case len(otherwise) > 0:
		return verdict(scenario.Unclear, "it knew, but not when the law idle + interval x probes says. %s.",
			strings.Join(otherwise, "; "))
	}
	var after []string
	for _, name := range names {
		after = append(after, figure.Seconds(e.Of(name, knownAfter()))+" with "+strings.TrimPrefix(name,
			"SO_KEEPALIVE "))
	}
	found := fmt.Sprintf("it knows after idle + interval x probes: %s; without SO_KEEPALIVE it was not known in %s",
		strings.Join(after, "; "), figure.Seconds(waited))
	if todo == "" {
		return verdict(scenario.Confirmed, "%s; with the kernel's defaults that is %s, by the law.%s", found,
			span(e.Of("SO_KEEPALIVE alone, the kernel's default", keepaliveLaw())), limits).
			practice("set SO_KEEPALIVE: a peer that has vanished is known after idle + interval x probes.")
	}
	return verdict(scenario.Depends, "%s.%s", found, limits).practice("%s", todo)
}

// keepaliveLimits tells what SO_KEEPALIVE does not do, and what to do about it;
// nothing to do where it does all.
func keepaliveLimits(e *Evidence) (limits, todo string) {
	const alone = "SO_KEEPALIVE alone, the kernel's default"
	const busy, ping = "SO_KEEPALIVE 1s,1s,1, a request on its way", "a request every 250 ms, given up after 1 s"
	probes := Counter("probes sent (TCPKeepAlive)", "TcpExtTCPKeepAlive")
	usual, sent := e.Of(alone, keepaliveLaw()), figure.Counted(e.Of(busy, probes), "probe")
	e.Needs(dead(e.Run(busy)) > 0 && by(e.Run(busy)) != "", "a request on its way meets the cut", "%s: %s", busy,
		e.whenKnown(busy))
	if e.Check(usual > 60, "with SO_KEEPALIVE alone the sysctls tcp_keepalive_time, _intvl and _probes hold: by the "+
		"law %s, which nobody waited for here (%s)", span(usual), e.whenKnown(alone)) {
		limits = fmt.Sprintf(" With the kernel's defaults that is %s, by the law.", span(usual))
		todo = fmt.Sprintf("set TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT with SO_KEEPALIVE, or a dead peer is "+
			"known after %s. ", span(usual))
	}
	if e.Check(e.Of(busy, probes) == 0 && e.Run(busy).Totals.Errors[probesUnanswered] == 0,
		"with a request on its way: %s, %s, when the law says %s", sent, e.whenKnown(busy),
		figure.Seconds(e.Of(busy, keepaliveLaw()))) {
		limits += fmt.Sprintf(" And with a request on its way there were %s: it was %s.", sent, e.whenKnown(busy))
		todo += "Give each request a timeout as well: while one is on its way there are no probes."
	}
	if e.Check(dead(e.Run(ping)) > 0, "%s: %s", ping, e.whenKnown(ping)) {
		limits += fmt.Sprintf(" A request every 250 ms with a timeout of 1 s needs no SO_KEEPALIVE: %s.",
			e.whenKnown(ping))
	}
	return limits, strings.TrimSpace(todo)
}

// knownByTheLaw tells of the cases in which some connection was not known to be
// dead, and of those in which that was at another time than the law says.
func (e *Evidence) knownByTheLaw(names []string) (unknown, otherwise []string) {
	for _, name := range names {
		if n := unopened(e.Run(name)); n > 0 {
			e.Needs(false, name+": the connections were open when the link was cut", "%s failed in connect(2)",
				figure.Counted(float64(n), "connection"))
		}
		switch {
		case followsLaw(e, name):
		case dead(e.Run(name)) < e.Run(name).Totals.Attempted:
			unknown = append(unknown, name+": "+e.whenKnown(name))
		default:
			otherwise = append(otherwise, figure.Sprintf("%s: %s, by the law %s after it was last heard, with %s "+
				"unanswered", name, e.whenKnown(name), figure.Seconds(e.Of(name, keepaliveLaw())),
				figure.Counted(e.Of(name, unanswered()), "probe")))
		}
	}
	return unknown, otherwise
}

// unopened is how many connections there never were: connect(2) was not over when
// the link was cut.
func unopened(r *results.Run) (n int64) {
	for name, failures := range r.Totals.Errors {
		if strings.HasPrefix(name, "connect: ") {
			n += failures
		}
	}
	return n
}

// probesUnanswered is what a socket says that keepalive has given up.
const probesUnanswered = "recv: ETIMEDOUT"

// followsLaw checks that every connection of a case was found dead when the law
// says, after as many probes as were asked for. The peer was last heard before
// the link was cut, by up to the idle time. The kernel rounds timers up, by up to
// an eighth (kernel/time/timer.c), and makes a probe again after 0.5 s that did
// not leave the host, as happens without a carrier (TCP_RESOURCE_PROBE_INTERVAL).
// All that is less than another probe would take.
//
// Note: tried the planned time of the cut as well, for a closer bound; on a busy
// machine the link was cut 1.6 s late.
func followsLaw(e *Evidence, name string) bool {
	r := e.Run(name)
	k, law, probes := r.Options.TCPKeepalive, e.Of(name, keepaliveLaw()), e.Of(name, unanswered())
	known, _ := knownAfter().Of(r)
	least := law - k.Idle.Seconds() - 0.1
	most := law + 0.9*k.Interval.Seconds()
	all := dead(r) == r.Totals.Attempted && r.Totals.Errors[probesUnanswered] == dead(r)
	return e.Check(all && known > least && known < most && probes == float64(k.Count),
		"%s: %s, and %s had no answer; by the law %s after it was last heard, and %d", name, e.whenKnown(name),
		figure.Counted(probes, "probe"), figure.Seconds(law), k.Count)
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
				return "not in " + figure.Seconds(r.DurationS-r.Options.CutLink.Seconds())
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

// whenKnown says when the connections of a case were found dead, by which
// errors, and how many of them where it is not all.
func (e *Evidence) whenKnown(name string) string {
	r := e.Run(name)
	s, ok := knownAfter().Of(r)
	if !ok {
		return knownAfter().Words(r)
	}
	text := "known after " + figure.Seconds(s)
	if n := r.Totals.Attempted; dead(r) < n && r.Options.Mode == scenario.ModeIdle {
		text += fmt.Sprintf(" on %d of %d connections", dead(r), n)
	}
	return text + by(r)
}

// by names the errors that a run's connections ended with.
func by(r *results.Run) string {
	if names := errorsOf(r); names != "" {
		return " by " + names
	}
	return ""
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
			if ms := iv.Highest().KeepaliveTimerMS; ms != nil {
				most, ok = max(most, float64(*ms)/1000), true
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
			if n := iv.Highest().KeepaliveProbes; n != nil {
				most, ok = max(most, *n), true
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
		return figure.Seconds(seconds)
	}
	return fmt.Sprintf("%s (%v)", figure.Seconds(seconds), time.Duration(seconds)*time.Second)
}
