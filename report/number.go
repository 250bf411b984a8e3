package report

import (
	"fmt"
	"slices"
	"strconv"
)

// unmeasured stands for a value that was not measured; 0 would be a claim.
const unmeasured = "–"

func number(n int64) string { return strconv.FormatInt(n, 10) }

// optional prints *v, or that it was not measured.
func optional[T any](v *T, format func(T) string) string {
	if v == nil {
		return unmeasured
	}
	return format(*v)
}

// between prints one value, or the least and the greatest.
func between(vs []float64, format func(float64) string) string {
	from, to := format(slices.Min(vs)), format(slices.Max(vs))
	if from == to {
		return from
	}
	return fmt.Sprintf("%s to %s", from, to)
}
