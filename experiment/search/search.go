package search

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"tcpbench/internal/figure"
)

// Phase is what a search is about to do.
type Phase string

// The phases.
const (
	Growing    Phase = "growing"
	Narrowing  Phase = "narrowing"
	Confirming Phase = "confirming"
	Done       Phase = "done"
)

// growth is the ratio of one rate to the one before while nothing fails.
const growth = 2

// Search is the state of a search: its trials.
type Search struct {
	options Options
	tallies []Tally // by rising rate
	trials  int
}

// New returns a search without trials. The error has every problem of the
// options.
func New(o Options) (*Search, error) {
	o, err := o.resolve()
	if err != nil {
		return nil, fmt.Errorf("search a rate: %w", err)
	}
	return &Search{options: o}, nil
}

// Next returns the rate of the next trial, or that the search is done. It
// returns the same until a trial is observed.
func (s *Search) Next() (rate float64, done bool) {
	rate, phase := s.next()
	return rate, phase == Done || s.spent()
}

// Phase is what the next trial is for.
func (s *Search) Phase() Phase {
	if s.spent() {
		return Done
	}
	_, phase := s.next()
	return phase
}

// spent reports whether no more trials are allowed.
func (s *Search) spent() bool { return s.trials >= s.options.MaxTrials }

// Options are those in force, defaults filled in.
func (s *Search) Options() Options { return s.options }

// Observe adds the outcome of a trial at a rate.
func (s *Search) Observe(rate float64, holds bool) {
	i, found := slices.BinarySearchFunc(s.tallies, rate, func(t Tally, r float64) int { return cmp.Compare(t.Rate, r) })
	if !found {
		s.tallies = slices.Insert(s.tallies, i, Tally{Rate: rate})
	}
	s.tallies[i].add(holds)
	s.trials++
}

// bracket returns the lowest rate that fails, and below it the highest that
// holds; nil when there is none.
func (s *Search) bracket() (holds, fails *Tally) {
	for i := range s.tallies {
		t := &s.tallies[i]
		if t.fails(s.options.Confirm) {
			return holds, t
		}
		holds = t
	}
	return holds, nil
}

// next is the whole of the search: what the outcomes so far call for, however
// many trials are allowed.
func (s *Search) next() (float64, Phase) {
	o := s.options
	holds, fails := s.bracket()
	switch {
	case holds == nil && fails == nil:
		return o.Start, Growing
	case fails == nil && (o.Max == 0 || holds.Rate < o.Max):
		return s.grown(holds.Rate), Growing
	case fails != nil && holds != nil && fails.Rate > holds.Rate*(1+o.Precision):
		return s.between(holds.Rate, fails.Rate), Narrowing
	}
	if t := s.unsettled(holds, fails); t != nil {
		return t.Rate, Confirming
	}
	return 0, Done
}

// grown is the rate to try after one that held, with none that failed.
func (s *Search) grown(rate float64) float64 {
	if s.options.Max > 0 {
		return min(rate*growth, s.options.Max)
	}
	return rate * growth
}

// between is the geometric mean of two rates, to as many digits as the
// precision deserves: a tenth of it is lost at most.
func (s *Search) between(lo, hi float64) float64 {
	digits := 1 + int(math.Ceil(math.Log10(5/s.options.Precision)))
	return figure.Round(math.Sqrt(lo*hi), digits)
}

// unsettled is the end with the fewest trials of those that need more, the
// one that holds first; nil when both are settled.
func (s *Search) unsettled(ends ...*Tally) *Tally {
	var least *Tally
	for _, t := range ends {
		if t == nil || t.settled(s.options.Confirm) {
			continue
		}
		if least == nil || t.Trials() < least.Trials() {
			least = t
		}
	}
	return least
}

// perSecond writes a rate in full.
func perSecond(rate float64) string { return figure.Exact(rate) + "/s" }
