package main

import (
	"fmt"
	"slices"
)

// median is the middle of vs, of which there is one at least.
func median(vs []float64) float64 {
	vs = slices.Sorted(slices.Values(vs))
	return (vs[(len(vs)-1)/2] + vs[len(vs)/2]) / 2
}

// describe is the median with the least and the most.
func describe(vs []float64, format string) string {
	return fmt.Sprintf(format+" ("+format+" to "+format+")", median(vs), slices.Min(vs), slices.Max(vs))
}

// ratios are those of as to bs, round by round.
func ratios(as, bs []float64) []float64 {
	var out []float64
	for i := range as {
		out = append(out, as[i]/bs[i])
	}
	return out
}
