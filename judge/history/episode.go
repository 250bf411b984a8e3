package history

import "math"

// findEpisode looks for a stretch of values on another level than those before and after
// it, which has no one step: the half before its middle is like the half after. first is
// where it is clearest, and p how probable one as clear is without any.
//
// The statistic is the range of the sums of deviations from the mean (Kuiper's, of a
// CUSUM), and its probability that among permutations, as [FindStep]'s.
func findEpisode(values []float64, draws int) (first []int, p float64) {
	near := withoutOutliers(values)
	first, clearness := widest(near)
	if clearness == 0 || len(first) == 0 {
		return nil, 1
	}
	return first, rarity(near, clearness, draws, func(v []float64) float64 { _, c := widest(v); return c })
}

// widest is where the sum of deviations from the mean is lowest and highest, in order and
// as far from the ends as levels have to be, and its range.
func widest(values []float64) (at []int, clearness float64) {
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	var sum, low, high float64
	var lowAt, highAt int
	for i, v := range values {
		sum += v - mean
		if sum < low {
			low, lowAt = sum, i+1
		}
		if sum > high {
			high, highAt = sum, i+1
		}
	}
	from, to := min(lowAt, highAt), max(lowAt, highAt)
	for _, cut := range []int{from, to} {
		if before := append([]int{0}, at...); cut-before[len(before)-1] >= leastSide && len(values)-cut >= leastSide {
			at = append(at, cut)
		}
	}
	return at, math.Abs(high - low)
}
