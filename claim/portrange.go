package claim

import (
	"fmt"

	"tcpbench/results"
	"tcpbench/scenario"
)

// portRange judges whether a wider range of ports gives more connections per
// second: by the law it does, in proportion. But the kernel searches the range
// (__inet_hash_connect), and past half of it each search is of all that half.
func portRange() Rule {
	predicted := Figure{Name: "predicted", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Prediction.ConnectionsUntilExhaustion), r.Prediction.Exhausts()
	}}
	return Rule{
		Figures: []Figure{rateAtTheEnd(), connectAfterKnee(), UntilExhausted(), predicted, sustainable(), Outcome()},
		Judge: func(e *Evidence) Verdict {
			narrow, wide := "40000-43999", "40000-47999"
			if e.Has("1024-65535") {
				narrow, wide = "32768-60999, the default", "1024-65535"
			}
			exact := countsAreExact(e)
			below, above, unable := ratesFollowTheLaw(e)
			law := e.Of(wide, sustainable()) / e.Of(narrow, sustainable())
			cost := e.Of(wide, connectAfterKnee()) / e.Of(narrow, connectAfterKnee())
			dearer := e.Check(cost > 1.3, "past half of the range, a connect takes %.3g us in %s and %.3g us in %s: the search is that of half of the ports", e.Of(narrow, connectAfterKnee()), narrow, e.Of(wide, connectAfterKnee()), wide)
			switch {
			case !exact || !below || !above:
				return verdict(scenario.Refuted, "the number of ports did not decide how many connections per second there could be.")
			case dearer:
				return verdict(scenario.Depends, "%.3g times the ports sustain %.3g times the rate (%.4g/s in place of %.4g/s). They do not make a client faster: past half of them a connect is %.3g times dearer than in the narrow range, so one that opens connections as fast as it can has %.0f/s in place of %.0f/s.%s", law, law, e.Of(wide, sustainable()), e.Of(narrow, sustainable()), cost, e.Of(wide, rateAtTheEnd()), e.Of(narrow, rateAtTheEnd()), unable)
			default:
				return verdict(scenario.Confirmed, "%.3g times the ports sustain %.3g times the rate.", law, law)
			}
		},
	}
}

// sustainable is what the law says.
func sustainable() Figure {
	return Figure{Name: "sustainable/s by the law", Of: func(r *results.Run) (float64, bool) {
		return r.Prediction.SustainableCPS, r.Prediction.Exhausts()
	}}
}

// countsAreExact compares the cases that ran out of ports with the prediction.
func countsAreExact(e *Evidence) bool {
	all := true
	for _, name := range e.cases {
		r := e.Run(name)
		if !Exhausted(r) || !r.Options.Rate.IsZero() {
			continue
		}
		got, want := e.Of(name, UntilExhausted()), float64(r.Prediction.ConnectionsUntilExhaustion)
		all = e.Check(got == want, "%s: %.0f connections until the first failure, %.0f by the law", name, got, want) && all
	}
	return all
}

// ratesFollowTheLaw compares the cases with a rate with what the law says of
// it: below no failure, above a failure after so many connections as there are
// ports. One that could not offer its rate shows neither, and unable says so.
func ratesFollowTheLaw(e *Evidence) (below, above bool, unable string) {
	below, above = true, true
	for _, name := range e.cases {
		r := e.Run(name)
		rate := r.Options.Rate.From
		if rate == 0 {
			continue
		}
		if late := notOffered(r); late != "" {
			e.Check(false, "%s: it could not be offered: %s", name, late)
			unable = fmt.Sprintf(" At %.4g/s, %.3g %% of what the law allows, the search left no time: %s.", rate, 100*rate/r.Prediction.SustainableCPS, late)
			continue
		}
		if !r.Prediction.ExhaustsAt(rate) {
			below = e.Check(!Exhausted(r), "%s, below the law's %.4g/s: %s", name, r.Prediction.SustainableCPS, r.Verdict.Headline) && below
			continue
		}
		above = e.Check(Exhausted(r) && e.Of(name, UntilExhausted()) == float64(r.Prediction.ConnectionsUntilExhaustion), "%s, above the law's %.4g/s: %s", name, r.Prediction.SustainableCPS, r.Verdict.Headline) && above
	}
	return below, above, unable
}

// fewStarts is the share of planned starts that may be missing.
const fewStarts = 0.01

// notOffered says how far a planned rate was not offered, or nothing.
func notOffered(r *results.Run) string {
	l := r.Lateness
	switch {
	case l == nil:
		return "no start was planned"
	case Exhausted(r) && l.Valid: // what was not started then had no port
		return ""
	case float64(l.Planned-l.Started) > fewStarts*float64(l.Planned):
		held := 100 * float64(l.BlockedByConnect) / float64(l.Planned)
		return fmt.Sprintf("%d of %d planned connections were begun, since a slow connect(2) held up %.0f %% of them", l.Started, l.Planned, held)
	case !l.Valid:
		return fmt.Sprintf("the generator was %.2g ms late", l.OwnP99US/1e3)
	default:
		return ""
	}
}
