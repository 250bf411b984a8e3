package maxrate

import (
	"fmt"
	"slices"

	"tcpbench/results"
)

// ended is why a search ended that ran to its end.
func (f *finder) ended() results.SearchEnd {
	found := f.result()
	switch {
	case found.Ended:
		return results.SearchTrials
	case found.Fails != nil && f.generatorAt(found.Fails.Rate):
		return results.SearchGenerator
	case found.Holds == nil:
		return results.SearchMin
	case found.Fails == nil:
		return results.SearchMax
	default:
		return results.SearchFound
	}
}

// generatorAt reports whether the trials at a rate that failed did so for the
// generator's sake rather than the target's: one in which it was late says nothing of the
// target, and one that broke a limit does.
func (f *finder) generatorAt(rate float64) bool {
	all := f.answersAt(rate)
	return slices.Contains(all, late) && !slices.Contains(all, broken)
}

// describe adds to a run how it was found.
func (f *finder) describe(r *results.Run, end results.SearchEnd, cause error) {
	found := f.result()
	s := &results.Search{SLO: f.options.Limits.String(), Sure: found.Sure, Ended: end, Trials: f.trials}
	if found.Holds != nil {
		s.HoldsRate = found.Holds.Rate
	}
	if found.Fails != nil {
		if f.generatorAt(found.Fails.Rate) {
			s.GeneratorRate = found.Fails.Rate
		} else {
			s.FailsRate = found.Fails.Rate
		}
	}
	s.Sentence = f.sentence(found, s, cause) + f.leaks(found)
	if found.Holds != nil {
		s.Sentence += unfinished(r)
	}
	if note := exhausts(r); note != "" && found.Holds != nil {
		s.LastsRate = lasts(r)
		s.Sentence = fmt.Sprintf("%s. %s. %s", lastsText(r), s.Sentence, note)
	}
	r.Search, r.Warnings = s, append(r.Warnings, f.warnings...)
}
