package maxrate

import (
	"context"
	"fmt"
	"time"

	"tcpbench/experiment/search"
	"tcpbench/internal/figure"
	"tcpbench/results"
)

const (
	// leakRest is how long a target rests, in its trials' own time but at least
	// leastLeakRest, once one trial may have counted against the next.
	leakRest      = 4
	leastLeakRest = 10 * time.Second

	// leakTries is how often a search looks for a leak: where it finds none,
	// chance decides which rates hold.
	leakTries = 3
)

// contradicts reports whether a trial failed at a rate below one that held: by
// chance, or for what the trials in between have left at the target.
func (f *finder) contradicts(t results.Trial) bool {
	return answered(t) == broken && !f.options.Cell.Lab() && f.patience == 0 && f.asked < leakTries &&
		f.heldAt(t.Rate) > 0
}

// heldAt is the highest rate that held in any trial, if it is as high as rate; else 0.
func (f *finder) heldAt(rate float64) float64 {
	highest := 0.0
	for _, t := range f.trials {
		if t.Holds && t.Rate >= rate {
			highest = max(highest, t.Rate)
		}
	}
	return highest
}

// again makes a trial that failed once more, after a longer rest. Where it holds
// then, what failed before may have failed for the same reason: the search goes on
// with what held, and as much rest.
func (f *finder) again(ctx context.Context, t results.Trial) (results.SearchEnd, error) {
	f.asked++
	f.patience = max(leakRest*f.options.Cell.Workload.TimeLimit(), leastLeakRest)
	f.tools.Say(fmt.Sprintf("%s held before, and %s fails now: once more after %s, in case what the trials "+
		"before have left at the target counts against it", perSecond(f.heldAt(t.Rate)), perSecond(t.Rate),
		figure.Seconds(f.patience.Seconds())))
	u, end, err := f.try(ctx, t.Rate)
	if end == "" && answered(u) == holds {
		f.startOver()
		return "", nil
	}
	f.patience = 0
	f.count(t)
	if end == "" {
		f.count(u)
	}
	return end, err
}

// startOver forgets the trials that failed.
func (f *finder) startOver() {
	f.search, _ = search.New(f.options.Search) // which was made before
	for _, t := range f.trials {
		switch {
		case t.Holds:
			f.search.Observe(t.Rate, true)
		case answered(t) == broken:
			f.forgotten++
		}
	}
}

// result is what the search found. It is not sure where a rate held that is clearly
// above one that fails.
func (f *finder) result() search.Result {
	r := f.search.Result()
	r.Sure = r.Sure && f.above(r) == 0
	return r
}

// above is a rate that held, and is clearly above the one that fails; 0 where none is.
func (f *finder) above(r search.Result) float64 {
	if r.Fails == nil {
		return 0
	}
	return f.heldAt(r.Fails.Rate * (1 + 2*f.search.Options().Precision))
}

// leaks says what trials have to do with those before them.
func (f *finder) leaks(r search.Result) string {
	switch rate := f.above(r); {
	case rate > 0 && f.options.Cell.Lab():
		return fmt.Sprintf(". But %s held too: from trial to trial, other rates hold", perSecond(rate))
	case rate > 0:
		return fmt.Sprintf(". But %s held too: what one trial leaves at the target may count against the next, or "+
			"other rates hold from trial to trial", perSecond(rate))
	case f.patience > 0:
		return fmt.Sprintf(". A rate that had held failed, and held again after %s of rest: what failed until then, "+
			"soon after another trial, does not count (%s), and all later ones had as much rest",
			figure.Seconds(f.patience.Seconds()), figure.Plural(f.forgotten, "trial"))
	default:
		return ""
	}
}
