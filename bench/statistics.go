package main

import (
	"slices"

	"tcpbench/internal/figure"
)

// describe is the median with the least and the most; "" of none.
func describe(vs []float64) string {
	if len(vs) == 0 {
		return ""
	}
	return figure.Sprintf("%v (%v to %v)", figure.Median(vs), slices.Min(vs), slices.Max(vs))
}

// ratios are those of as to bs, round by round; none where one of them was not measured.
func ratios(as, bs []float64) []float64 {
	var out []float64
	for i := range min(len(as), len(bs)) {
		out = append(out, as[i]/bs[i])
	}
	return out
}
