package main

import (
	"slices"

	"tcpbench/internal/figure"
)

// describe is the median with the least and the most.
func describe(vs []float64) string {
	return figure.Sprintf("%v (%v to %v)", figure.Median(vs), slices.Min(vs), slices.Max(vs))
}

// ratios are those of as to bs, round by round.
func ratios(as, bs []float64) []float64 {
	var out []float64
	for i := range as {
		out = append(out, as[i]/bs[i])
	}
	return out
}
