package report

import (
	"fmt"
	"math"
	"strconv"

	"tcpbench/internal/figure"
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

// rate prints a predicted number per second, or one that is compared with it:
// from 100 on whole, and never more than it is.
func rate(v float64) string {
	if v < 100 {
		return digits(v)
	}
	return strconv.FormatFloat(math.Trunc(v), 'f', 0, 64)
}

// measured prints a number per second that was measured: from 100 on to the
// nearest whole, as the verdict does.
func measured(v float64) string {
	if v < 100 {
		return digits(v)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// micros prints a time in microseconds with its unit.
func micros(us float64) string {
	switch {
	case us >= 1e6:
		return digits(us/1e6) + " s"
	case us >= 1e3:
		return digits(us/1e3) + " ms"
	default:
		return digits(us) + " us"
	}
}

// seconds prints a time in seconds with its unit.
func seconds(s float64) string { return micros(s * 1e6) }

// digits prints three significant digits, and no exponent.
func digits(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return unmeasured
	}
	if math.Abs(v) >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// bytesText prints an amount of memory.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return digits(float64(n)/(1<<30)) + " GiB"
	case n >= 1<<20:
		return digits(float64(n)/(1<<20)) + " MiB"
	default:
		return figure.Plural(n, "byte")
	}
}

// between prints one value, or the least and the greatest.
func between(vs []float64, format func(float64) string) string {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range vs {
		lo, hi = min(lo, v), max(hi, v)
	}
	from, to := format(lo), format(hi)
	if from == to {
		return from
	}
	return fmt.Sprintf("%s to %s", from, to)
}
