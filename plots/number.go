package plots

import (
	"math"
	"strconv"
)

// count prints a number as an axis does: 500, 1.5k, 20k, 1M.
func count(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e9:
		return short(v/1e9) + "G"
	case a >= 1e6:
		return short(v/1e6) + "M"
	case a >= 1e3:
		return short(v/1e3) + "k"
	default:
		return short(v)
	}
}

// micros prints a time in microseconds with its unit: 10 us, 1.5 ms, 2 s.
func micros(us float64) string {
	switch {
	case us >= 1e6:
		return short(us/1e6) + " s"
	case us >= 1e3:
		return short(us/1e3) + " ms"
	case us >= 1 || us == 0:
		return short(us) + " us"
	default:
		return short(us*1e3) + " ns"
	}
}

// seconds prints a time in seconds with its unit.
func seconds(s float64) string { return micros(s * 1e6) }

// percent prints a share in percent.
func percent(v float64) string { return short(v) + " %" }

// short prints three significant digits without an exponent or a zero at the end.
func short(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// exact prints a small number to three digits, a larger one in full without
// what follows the point, as a verdict does.
func exact(v float64) string {
	if v < 100 {
		return short(v)
	}
	return strconv.FormatFloat(math.Trunc(v), 'f', 0, 64)
}

// usable reports whether v can be drawn: it is a number, and one that a
// measurement may yield.
func usable(v float64) bool { return math.Abs(v) <= 1e15 }
