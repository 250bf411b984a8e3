package claim

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/judge/metric"
	"tcpbench/law/capacity"
	"tcpbench/results"
	"tcpbench/scenario"
)

// portRange judges whether a wider range of ports gives more connections per
// second: by the law it does, in proportion. But the kernel searches the range
// (__inet_hash_connect), and past half of it each search is of all that half.
func portRange() Rule {
	return Rule{
		Figures: []Figure{rateAtTheEnd(), connectPastHalf(), UntilExhausted(), predictedConnections(),
			sustainable(), Outcome()},
		Judge: judgePortRange,
	}
}

func judgePortRange(e *Evidence) Verdict {
	const narrow, wide = "40000-41999", "40000-47999"
	exact, counts := countsAreExact(e)
	offered := judgeRates(e)
	onWide := slices.Contains(offered.ports, e.Run(wide).Prediction.Ports)
	times := e.Of(wide, ports()) / e.Of(narrow, ports())
	dear, cheap := e.Of(wide, connectPastHalf()), e.Of(narrow, connectPastHalf())
	dearer := e.Check(dear > 1.3*cheap, "past half of the range, a connect takes %v us in %s and %v us in %s: the "+
		"search is that of half of the ports", cheap, narrow, dear, wide)
	much, little := figure.Limit(e.Of(wide, sustainable())), figure.Limit(e.Of(narrow, sustainable()))
	lasting := func(name string) string { return figure.Limit(e.Of(name, safe())) } // not at the law's, see safe-rate
	law := figure.Sprintf("%v times the ports are %v times the rate by the law (%s/s instead of %s/s), which %s. "+
		"Of the cases that went as fast as they could, %d ran out after as many connections as it says.",
		times, e.Of(wide, sustainable())/e.Of(narrow, sustainable()), much, little, offered, counts)
	if !onWide {
		law += figure.Sprintf(" None was offered in full on the %v ports of %s.", e.Of(wide, ports()), wide)
	}
	switch {
	case !exact || offered.contradict():
		return verdict(scenario.Refuted,
			"the number of ports did not decide how many connections per second there could be: %s.", offered).
			practice("do not count on the width of the range: measure what this host sustains with it.")
	case dearer:
		return verdict(scenario.Depends, "%s They do not make a client faster: past half of them a connect is %v "+
			"times dearer than in the narrow range%s.%s%s", law, dear/cheap, slower(e, wide, narrow), offered.unable,
			costs(e)).
			practice("widen the range for a rate that lasts, %s/s instead of %s/s, and not for speed: past half of "+
				"the ports a connect takes %v us instead of %v us.", lasting(wide), lasting(narrow), dear, cheap)
	case !onWide:
		return verdict(scenario.Unclear, "no rate could be offered on the %v ports of %s, so nothing shows what "+
			"they sustain.", e.Of(wide, ports()), wide)
	default:
		return verdict(scenario.Confirmed, "%s", law).practice(
			"widen the range where it limits the rate: %s/s last instead of %s/s, and a connect past half of it takes "+
				"%v us instead of %v us.", lasting(wide), lasting(narrow), dear, cheap)
	}
}

// slower says what the search leaves of the rate, where that is less.
func slower(e *Evidence, wide, narrow string) string {
	much, little := e.Of(narrow, rateAtTheEnd()), e.Of(wide, rateAtTheEnd())
	if little >= much {
		return ""
	}
	return figure.Sprintf(", so one that opens connections as fast as it can has %v/s instead of %v/s", little, much)
}

// costs says what the search takes in ranges that are in use.
func costs(e *Evidence) string {
	var out []string
	for _, name := range e.measured("32768-60999, the default", "1024-65535") {
		if us, ok := e.median(name, connectPastHalf()); ok && e.sound(name) { // else it had no time to show one
			out = append(out, figure.Sprintf("%v us in %s", us, name))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " Past half of them it takes " + strings.Join(out, ", and ") + "."
}

// sustainable is what the law says.
func sustainable() Figure {
	return Figure{
		Name: "sustainable/s by the law",
		Of: func(r *results.Run) (float64, bool) {
			return r.Prediction.SustainableCPS, r.Prediction.Exhausts() && r.Prediction.SustainableCPS > 0
		},
		Words: func(r *results.Run) string { // a limit, which a number is not rounded as
			if !r.Prediction.Exhausts() {
				return ""
			}
			return figure.Limit(r.Prediction.SustainableCPS)
		},
	}
}

// ports counts the client's.
func ports() Figure {
	return Figure{Name: "ports", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Prediction.Ports), r.Prediction.Ports > 0
	}}
}

// predictedConnections counts those that find a port, by the law.
func predictedConnections() Figure {
	return Figure{Name: "by the law", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Prediction.ConnectionsUntilExhaustion), r.Prediction.Exhausts()
	}}
}

// countsAreExact compares the cases that opened connections as fast as they
// could with the law. One that was too slow for it shows nothing.
func countsAreExact(e *Evidence) (all bool, exact int) {
	all = true
	for _, name := range e.cases {
		if !e.Run(name).Options.Rate.IsZero() {
			continue
		}
		want := e.Of(name, predictedConnections())
		switch {
		case e.Exhausted(name):
			got := e.Of(name, UntilExhausted())
			if e.Check(got == want, "%s: %v connections until the first failure, %v by the law", name, got, want) {
				exact++
			} else {
				all = false
			}
		case e.Of(name, Connections()) > want:
			all = e.Check(false, "%s: %v connections and no failure, where the law has one after %v", name,
				e.Of(name, Connections()), want)
		}
	}
	return all, exact
}

// rates is what came of the cases with a planned rate.
type rates struct {
	judged, agreed int
	ports          []int  // of the ranges that they were offered on
	unable         string // which one the search for a port left no time for
}

// contradict reports whether a rate did what the law does not say.
func (r rates) contradict() bool { return r.agreed < r.judged }

func (r rates) String() string {
	if r.judged == 0 {
		return "no rate that was offered in full shows"
	}
	var on []string
	for _, n := range r.ports {
		on = append(on, fmt.Sprint(n))
	}
	return fmt.Sprintf("%d of %d rates that were offered show, on %s ports", r.agreed, r.judged,
		prose.List(on))
}

// judgeRates compares the cases with a rate with the law: below it no failure,
// above it one after as many connections as there are ports. A case that could
// not offer its rate shows neither.
func judgeRates(e *Evidence) rates {
	var out rates
	for _, name := range e.cases {
		r := e.Run(name)
		rate := r.Options.Rate.From
		if rate == 0 {
			continue
		}
		e.Exhausted(name)         // each may be, and repeats agree
		e.Of(name, sustainable()) // without the law there is nothing to compare with
		if why := notOffered(r); why != "" {
			e.Check(false, "%s: it could not be offered: %s", name, why)
			if slowConnects(r) > 0.1 && out.unable == "" {
				out.unable = fmt.Sprintf(" At %s/s, %s of what the law allows, the search left no time: %s.",
					figure.Exact(rate), figure.Percent(100*rate/r.Prediction.SustainableCPS), why)
			}
			continue
		}
		if r.Prediction.Lasting(rate) == capacity.Uncertain {
			e.Check(true, "%s: %s", name, r.Prediction.Doubt())
			continue
		}
		out.judged++
		if n := r.Prediction.Ports; !slices.Contains(out.ports, n) {
			out.ports = append(out.ports, n)
		}
		if agrees(e, name, rate) {
			out.agreed++
		}
	}
	return out
}

func agrees(e *Evidence, name string, rate float64) bool {
	r := e.Run(name)
	said := fmt.Sprintf("the law's %s/s: %s", figure.Limit(r.Prediction.SustainableCPS), r.Verdict.Headline)
	if !r.Prediction.ExhaustsAt(rate) {
		return e.Check(!e.Exhausted(name), "%s, below %s", name, said)
	}
	return e.Check(e.Exhausted(name) && e.allowed(name), "%s, above %s", name, said)
}

// allowed reports whether a case's ports ran out after as many connections as the law has,
// for the time that they came in.
func (e *Evidence) allowed(name string) bool {
	r, after := e.Run(name), int64(e.Of(name, UntilExhausted()))
	if at := r.Exhaustion.AfterSeconds; at != nil {
		return r.Prediction.Allows(after, *at)
	}
	return r.Prediction.AsPredicted(after)
}

// fewStarts is the share of planned starts that may be missing.
const fewStarts = 0.01

// notOffered says how far a planned rate was not offered, or nothing.
func notOffered(r *results.Run) string {
	l := r.Lateness
	own := metric.MustFind("connections_per_second").Own(r)
	switch {
	case l == nil:
		return "no start was planned"
	case exhausted(r) && own.What == "": // what was not started then had no port
		return ""
	case !exhausted(r) && float64(r.Totals.Succeeded) < (1-fewStarts)*float64(l.Started):
		return fmt.Sprintf("of %d connections that were begun %d succeeded", l.Started, r.Totals.Succeeded)
	case float64(l.Planned-l.Started) > fewStarts*float64(l.Planned):
		return fmt.Sprintf("%d of %d planned connections were begun, and a slow connect(2) held up %s of them",
			l.Started, l.Planned, figure.Percent(100*slowConnects(r)))
	case own.What != "":
		return "the generator was " + figure.Micros(l.OwnP99US) + " late"
	default:
		return ""
	}
}

// slowConnects is the share of planned starts that a slow connect(2) held up.
func slowConnects(r *results.Run) float64 {
	if r.Lateness == nil || r.Lateness.Planned == 0 {
		return 0
	}
	return float64(r.Lateness.BlockedByConnect) / float64(r.Lateness.Planned)
}
