package maxrate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tcpbench/results"
)

// mayBeGone reports whether the last trial, with nothing that succeeded, may have found
// the target ended: rates held before, and no lab starts it anew for each trial.
func (f *finder) mayBeGone() bool {
	t := f.last.Totals
	return !f.options.Cell.Lab() && t.Attempted > 0 && t.Succeeded == 0 && f.heldAt(0) > 0
}

// gone makes a trial at the lowest rate that held, after one in which nothing succeeded:
// where nothing does there either, the target has ended meanwhile, which is no rate's doing,
// and the search ends. Otherwise both trials count.
func (f *finder) gone(ctx context.Context, t results.Trial) (results.SearchEnd, error) {
	lowest := f.heldAt(0)
	for _, other := range f.trials {
		if other.Holds {
			lowest = min(lowest, other.Rate)
		}
	}
	u, end, err := f.try(ctx, lowest)
	switch {
	case end == "" && f.last.Totals.Attempted > 0 && f.last.Totals.Succeeded == 0:
		return results.SearchFailed, fmt.Errorf("the target has ended: at %s, which held before, no connection "+
			"succeeds any more (%s)", perSecond(lowest),
			strings.Join(slices.Sorted(maps.Keys(f.last.Totals.Errors)), ", "))
	case end == "":
		f.count(t)
		f.count(u)
	}
	return end, err
}
