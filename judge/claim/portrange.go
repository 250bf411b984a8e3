package claim

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// portRange judges whether a wider range of ports gives more connections per
// second: by the law it does, in proportion. But the kernel searches the range
// (__inet_hash_connect), and past half of it each search is of all that half.
func portRange() Rule {
	return Rule{
		Figures: []Figure{rateAtTheEnd(), connectAfterKnee(), UntilExhausted(), predictedConnections(),
			sustainable(), Outcome()},
		Judge: func(e *Evidence) Verdict {
			narrow, wide := "40000-43999", "40000-47999"
			if e.Has("1024-65535") {
				narrow, wide = "32768-60999, the default", "1024-65535"
			}
			exact := countsAreExact(e)
			offered := judgeRates(e)
			times := e.Of(wide, ports()) / e.Of(narrow, ports())
			cost := e.Of(wide, connectAfterKnee()) / e.Of(narrow, connectAfterKnee())
			dearer := e.Check(cost > 1.3, "past half of the range, a connect takes %v us in %s and %v us in %s: the "+
				"search is that of half of the ports", e.Of(narrow, connectAfterKnee()), narrow,
				e.Of(wide, connectAfterKnee()), wide)
			law := figure.Sprintf("%v times the ports are %v times the rate by the law (%s/s in place of %s/s), "+
				"which %s.",
				times, e.Of(wide, sustainable())/e.Of(narrow, sustainable()),
				figure.Limit(e.Of(wide, sustainable())), figure.Limit(e.Of(narrow, sustainable())), offered)
			switch {
			case !exact || offered.contradict():
				return verdict(scenario.Refuted,
					"the number of ports did not decide how many connections per second there could be: %s.", offered)
			case dearer:
				return verdict(scenario.Depends,
					"%s They do not make a client faster: past half of them a connect is %v times dearer than in the "+
						"narrow range, so one that opens connections as fast as it can has %v/s in place of %v/s.%s",
					law,
					cost, e.Of(wide, rateAtTheEnd()), e.Of(narrow, rateAtTheEnd()), offered.unable)
			case offered.judged == 0:
				return verdict(scenario.Unclear, "no rate could be offered, so nothing shows what the ports sustain.")
			default:
				return verdict(scenario.Confirmed, "%s", law)
			}
		},
	}
}

// sustainable is what the law says.
func sustainable() Figure {
	return Figure{
		Name: "sustainable/s by the law",
		Of: func(r *results.Run) (float64, bool) {
			return r.Prediction.SustainableCPS, r.Prediction.Exhausts()
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
func countsAreExact(e *Evidence) bool {
	all := true
	for _, name := range e.cases {
		if !e.Run(name).Options.Rate.IsZero() {
			continue
		}
		want := e.Of(name, predictedConnections())
		switch {
		case e.Exhausted(name):
			got := e.Of(name, UntilExhausted())
			all = e.Check(got == want, "%s: %v connections until the first failure, %v by the law", name, got, want) &&
				all
		case e.Of(name, Connections()) > want:
			all = e.Check(false, "%s: %v connections and no failure, where the law has one after %v", name,
				e.Of(name, Connections()), want)
		}
	}
	return all
}

// rates is what came of the cases with a planned rate.
type rates struct {
	judged, agreed int
	unable         string // which one the search for a port left no time for
}

// contradict reports whether a rate did what the law does not say.
func (r rates) contradict() bool { return r.agreed < r.judged }

func (r rates) String() string {
	if r.judged == 0 {
		return "no rate that was offered in full shows"
	}
	return fmt.Sprintf("%d of %d rates that were offered show", r.agreed, r.judged)
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
		if why := notOffered(r); why != "" {
			e.Check(false, "%s: it could not be offered: %s", name, why)
			if slowConnects(r) > 0.1 && out.unable == "" {
				out.unable = fmt.Sprintf(" At %s/s, %s of what the law allows, the search left no time: %s.",
					figure.Exact(rate), figure.Percent(100*rate/r.Prediction.SustainableCPS), why)
			}
			continue
		}
		out.judged++
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
	return e.Check(e.Exhausted(name) && e.Of(name, UntilExhausted()) == e.Of(name, predictedConnections()),
		"%s, above %s", name, said)
}

// fewStarts is the share of planned starts that may be missing.
const fewStarts = 0.01

// notOffered says how far a planned rate was not offered, or nothing.
func notOffered(r *results.Run) string {
	l := r.Lateness
	switch {
	case l == nil:
		return "no start was planned"
	case exhausted(r) && l.Valid: // what was not started then had no port
		return ""
	case float64(l.Planned-l.Started) > fewStarts*float64(l.Planned):
		return fmt.Sprintf("%d of %d planned connections were begun, and a slow connect(2) held up %s of them",
			l.Started, l.Planned, figure.Percent(100*slowConnects(r)))
	case !l.Valid:
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
