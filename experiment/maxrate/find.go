package maxrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/search"
	"tcpbench/internal/fault"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Tools are what a search makes trials with, and whom it tells about them.
type Tools struct {
	// Measure makes a trial: [cell.Measure].
	Measure cell.Measurer
	// Held counts the ports that are taken before a trial: [cell.Held]. It is
	// not asked where every trial has a lab of its own.
	Held Held

	// Begin is told about a trial before it begins, Interval about its
	// intervals, End about what came of it, and Say what else somebody who
	// waits should know.
	Begin    func(w scenario.Workload, phase search.Phase)
	Interval func(metrics.Interval)
	End      func(results.Trial)
	Say      func(string)
}

// Find searches until it is sure or has to give up. It returns the run of the
// highest rate that holds, or one at the lowest rate when none does, with how
// it was found in its Search. An error is for a search that has no run at all.
func Find(ctx context.Context, o Options, t Tools) (*results.Run, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	s, err := search.New(o.Search)
	if err != nil {
		return nil, err
	}
	f := &finder{options: o, tools: t, search: s, runs: map[float64]*results.Run{},
		held: map[float64]bool{}, limited: map[float64]string{}, lateBy: map[float64]string{}}
	end, err := f.run(ctx)
	r := f.best()
	switch {
	case r == nil && end == results.SearchInterrupted:
		return nil, fault.Interrupted(errors.New("interrupted before the first trial was over"))
	case r == nil:
		return nil, err
	}
	f.describe(r, end, err)
	return r, nil
}

// finder is a search under way.
type finder struct {
	options Options
	tools   Tools
	search  *search.Search

	trials   []results.Trial
	runs     map[float64]*results.Run // at each rate the last that held, else the last
	held     map[float64]bool         // that the run held
	limited  map[float64]string       // what limited the last trial at a rate that was not offered in full
	lateBy   map[float64]string       // what made the generator late at a rate, last
	last     *results.Run             // of all
	warnings []results.Warning

	patience  time.Duration // rest before each trial; 0 for as long as the one before took
	asked     int           // how often a failure was held to come of the trial before
	forgotten int           // trials that failed for that reason, or may have
}

// run makes trials until the search is done, or something else ends it. The
// error is why a trial could not be made.
func (f *finder) run(ctx context.Context) (results.SearchEnd, error) {
	for rate, done := f.search.Next(); !done; rate, done = f.search.Next() {
		t, end, err := f.try(ctx, rate)
		switch {
		case end != "":
			return end, err
		case f.mayBeGone():
			end, err = f.gone(ctx, t)
		case f.contradicts(t):
			end, err = f.again(ctx, t)
		default:
			f.count(t)
		}
		if end != "" {
			return end, err
		}
	}
	return f.ended(), nil
}

// try makes a trial and says what came of it, or why that ends the search.
func (f *finder) try(ctx context.Context, rate float64) (results.Trial, results.SearchEnd, error) {
	r, err := f.measure(ctx, rate)
	if r != nil {
		f.last = r
	}
	switch {
	case ctx.Err() != nil && (r == nil || r.Interrupted):
		return results.Trial{}, results.SearchInterrupted, err
	case err != nil:
		return results.Trial{}, results.SearchFailed, fmt.Errorf("trial at %s: %w", perSecond(rate), err)
	}
	t := f.judged(r, rate)
	if answered(t) == missing {
		return t, results.SearchInconclusive, nil
	}
	return t, "", nil
}

// measure makes a trial at a rate, from a clean start.
func (f *finder) measure(ctx context.Context, rate float64) (*results.Run, error) {
	s := f.options.Cell
	s.Workload.Rate = scenario.Rate{From: rate, To: rate}
	if !s.Lab() {
		f.rest(ctx, s.Workload.TimeLimit())
		if err := f.drain(ctx, s); err != nil {
			return nil, err
		}
	}
	f.tools.Begin(s.Workload, f.search.Phase())
	return f.tools.Measure(ctx, s, f.tools.Interval)
}

// judged says what came of a trial.
func (f *finder) judged(r *results.Run, rate float64) results.Trial {
	t := judge(r, rate, f.options.Limits, f.borne(rate))
	f.trials = append(f.trials, t)
	switch answered(t) {
	case broken:
		f.limited[rate] = limited(r)
	case late:
		f.lateBy[rate] = lateBy(r)
	}
	f.tools.End(t)
	if t.Holds || !f.held[rate] {
		f.runs[rate], f.held[rate] = r, t.Holds
	}
	return t
}

// borne is the largest lateness with which a rate like this one held.
func (f *finder) borne(rate float64) lateness {
	var most lateness
	for held, holds := range f.held {
		if holds && held*near >= rate {
			late := own(f.runs[held])
			most = lateness{max(most.share, late.share), max(most.longest, late.longest)}
		}
	}
	return most
}

// count tells the search of a trial, if it counts.
func (f *finder) count(t results.Trial) {
	if answered(t) != late {
		f.search.Observe(t.Rate, t.Holds)
	} else if f.lateInTurn(t.Rate) >= f.lateTries(t.Rate) {
		f.search.Observe(t.Rate, false)
	}
}

// best is the run to keep; nil when there is none.
func (f *finder) best() *results.Run {
	found := f.result()
	if found.Holds != nil {
		return f.runs[found.Holds.Rate]
	}
	if r := f.runs[f.search.Options().Start]; r != nil {
		return r
	}
	return f.last
}
