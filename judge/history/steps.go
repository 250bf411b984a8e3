package history

import (
	"math"
	"slices"
)

// oneMore is the probability, of no further step, below which one is looked at: it
// is tested for on either side of each.
const oneMore = significant / 10

// cuts are where values begin another level: where they were found to, and wherever
// the test for a step finds one between these. Each is then put where it is clearest
// between its neighbours, and those are left out without which the levels fit as well.
func cuts(values []float64, first ...int) []int {
	var all []int
	from := 0
	for _, at := range first {
		all = append(append(all, cutsIn(values[from:at], from)...), at)
		from = at
	}
	all = append(all, cutsIn(values[from:], from)...)
	for i := range all {
		from, to := bounds(all, i, len(values))
		if to-from >= 2*leastSide {
			near, _ := clearest(withoutOutliers(values[from:to]))
			all[i] = from + near
		}
	}
	return needed(values, all)
}

func cutsIn(values []float64, from int) []int {
	const draws = 9_999
	s, ok := FindStep(values, draws)
	if !ok {
		return nil
	}
	first := []int{s.Run - 1}
	if s.P >= oneMore { // a step and back, perhaps
		var p float64
		if first, p = findEpisode(values, draws); p >= oneMore {
			return nil
		}
	}
	var out []int
	for _, at := range cuts(values, first...) {
		out = append(out, from+at)
	}
	return out
}

// bounds are those of the two levels beside a cut.
func bounds(all []int, i, n int) (from, to int) {
	to = n
	if i > 0 {
		from = all[i-1]
	}
	if i+1 < len(all) {
		to = all[i+1]
	}
	return from, to
}

// needed leaves out one cut after the other without which the levels fit as well,
// the one that does least first. One stays.
func needed(values []float64, all []int) []int {
	for len(all) > 1 {
		with, least, drop := levelsLeave(values, all), math.Inf(1), 0
		for i := range all {
			if without := levelsLeave(values, slices.Delete(slices.Clone(all), i, i+1)); without < least {
				least, drop = without, i
			}
		}
		if least-with >= decided {
			break
		}
		all = slices.Delete(all, drop, drop+1)
	}
	return all
}

// steps are those at cuts of values, each from the level before it to the one after.
func steps(values []float64, at []int) []Step {
	var out []Step
	for i, a := range at {
		from, to := bounds(at, i, len(values))
		out = append(out, stepBetween(values[from:a], values[a:to], a+1))
	}
	return out
}

// twice is where values are nearest to three levels, by the squares of what is
// left: a step and back, say, which takes too few runs for a test on either side.
func twice(values []float64) []int {
	n := len(values)
	sums := make([]float64, n+1)
	for i, v := range withoutOutliers(values) {
		sums[i+1] = sums[i] + v
	}
	explained := func(from, to int) float64 {
		sum := sums[to] - sums[from]
		return sum * sum / float64(to-from)
	}
	best, at := math.Inf(-1), []int{leastSide, 2 * leastSide}
	for i := leastSide; i+2*leastSide <= n; i++ {
		for j := i + leastSide; j+leastSide <= n; j++ {
			if e := explained(0, i) + explained(i, j) + explained(j, n); e > best {
				best, at = e, []int{i, j}
			}
		}
	}
	return at
}

// levelsLeave is the BIC of levels that begin at cuts, of which each has a place
// and a level.
func levelsLeave(values []float64, at []int) float64 {
	sum, from := 0.0, 0
	for _, a := range append(slices.Clone(at), len(values)) {
		sum, from = sum+away(values[from:a]), a
	}
	return bic(sum, len(values), 2*len(at)+1)
}
