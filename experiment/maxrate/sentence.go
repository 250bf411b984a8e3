package maxrate

import (
	"cmp"
	"fmt"
	"strings"

	"tcpbench/experiment/search"
	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// sentence says what was found, and what ended the search if that was not
// the rates.
func (f *finder) sentence(found search.Result, s *results.Search, cause error) string {
	finding := f.finding(found, s)
	ended := ""
	switch s.Ended {
	case results.SearchInterrupted:
		ended = "interrupted"
	case results.SearchFailed:
		ended = cause.Error()
	case results.SearchInconclusive:
		ended = f.inconclusive()
	default:
		return finding
	}
	if found.Trials == 0 {
		return ended
	}
	return ended + "; until then: " + finding
}

// finding is what the trials so far have shown, and for how long a rate held.
func (f *finder) finding(found search.Result, s *results.Search) string {
	if found.Holds == nil {
		return f.shown(found, s)
	}
	return fmt.Sprintf("For %s: %s", figure.Seconds(f.options.Cell.Workload.TimeLimit().Seconds()), f.shown(found, s))
}

func (f *finder) shown(found search.Result, s *results.Search) string {
	switch {
	case s.GeneratorRate > 0:
		return f.generator(found)
	case s.FailsRate > 0:
		return fmt.Sprintf("%v. At %s, %s", found, perSecond(s.FailsRate), f.reason(s.FailsRate))
	default:
		return found.String()
	}
}

// reason is why the last trial at a rate that broke did so.
func (f *finder) reason(rate float64) string {
	why := ""
	for _, t := range f.trials {
		if t.Rate == rate && answered(t) == broken {
			why = strings.Join(t.Broken, ", ")
		}
	}
	if by := f.limited[rate]; by != "" {
		why += ". What limited that trial: " + by
	}
	return why
}

// limited is what kept a rate from being offered in full, with its evidence: the target
// is not all that can; "" where it was, or ports say it.
func limited(r *results.Run) string {
	if r.Lateness == nil || len(notOffered(r)) == 0 || r.Limit == nil ||
		r.Limit.What == exhaustion.ByPorts || r.Limit.What == exhaustion.ByRate || pastHalf(r) != nil {
		return ""
	}
	return r.Limit.Text()
}

// generator says that the limit found is not the target's.
func (f *finder) generator(found search.Result) string {
	doubt := ""
	if !found.Sure {
		doubt = "not sure: "
	}
	at := perSecond(found.Fails.Rate)
	advice := cmp.Or(f.lateBy[found.Fails.Rate], idler)
	if found.Holds == nil {
		return fmt.Sprintf("%sthe generator is the limit: it was late at the lowest rate, %s, in %s, "+
			"which says nothing about "+
			"the target; %s", doubt, at, f.lateIn(found.Fails.Rate), advice)
	}
	return fmt.Sprintf("%sthe generator is the limit: %s; that held in %d of %d trials, "+
		"and at %s the generator itself "+
		"was late in %s, so the target may hold more; %s",
		doubt, perSecond(found.Holds.Rate), found.Holds.Held, found.Holds.Trials(), at, f.lateIn(found.Fails.Rate),
		advice)
}

// lateIn counts the trials at a rate in which the generator was late.
func (f *finder) lateIn(rate float64) string {
	lates, all := 0, f.answersAt(rate)
	for _, a := range all {
		if a == late {
			lates++
		}
	}
	return fmt.Sprintf("%d of %d", lates, len(all))
}

// inconclusive says what the last trial lacked, and for how long to run.
func (f *finder) inconclusive() string {
	t := f.trials[len(f.trials)-1]
	s := fmt.Sprintf("inconclusive: at %s %s", perSecond(t.Rate), strings.Join(t.Missing, ", "))
	if d := longer(f.last, f.options.Limits); d > 0 {
		s += fmt.Sprintf(": use -z %v or longer, or a higher --min-rate", d)
	}
	return s
}

func perSecond(rate float64) string { return figure.Exact(rate) + "/s" }

// fewUnfinished is the share of a trial's connections that may be under way at its end
// without a word: the precision of a search is 5 %.
const fewUnfinished = 0.02

// unfinished says how much of a rate that held was not done when its trial ended: a
// target that does less takes up to -c connections before it is seen to.
func unfinished(r *results.Run) string {
	open := int64(0)
	for _, iv := range r.Intervals {
		if iv.Attempted > 0 && iv.TS <= r.Options.TimeLimit().Seconds()*(1+fewUnfinished) {
			open = int64(iv.InFlight)
		}
	}
	if r.Lateness == nil || r.Options.Mode != scenario.ModeShort ||
		float64(open) <= fewUnfinished*float64(r.Lateness.Started) {
		return ""
	}
	return fmt.Sprintf(". When the offer of %s ended, %d of its %d starts were still under way: a longer trial (-z) "+
		"may find less", perSecond(r.Options.Rate.From), open, r.Lateness.Started)
}

// idler is what helps any generator that was late.
const idler = "use a machine with more idle CPU"

// lateBy is what the result of a trial says of a generator that was late, or else what to do.
func lateBy(r *results.Run) string {
	switch more := r.MoreThreads(); {
	case r.Limit != nil && (r.Limit.What == exhaustion.ByClient || r.Limit.What == exhaustion.Uncertain):
		return "what limited that trial: " + r.Limit.Text()
	case more != "":
		return "use " + more + ", or a machine with more idle CPU"
	default:
		return idler
	}
}
