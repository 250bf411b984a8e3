package history

import (
	"cmp"
	"math"

	"tcpbench/internal/figure"
)

const (
	// leastRuns is how many runs it takes to tell of a drift: of fewer, the
	// test's normal approximation is not to be trusted.
	leastRuns = 8

	// mostRuns bounds the work, which goes with the square: the last ones count.
	mostRuns = 2000

	// significant is the probability, of no drift at all, below which one is
	// reported. A history is looked at again and again: one false alarm in twenty
	// would be too many.
	significant = 0.01
)

// Trend is what a drift test says.
type Trend string

// The trends.
const (
	Up         Trend = "up"
	Down       Trend = "down"
	Steady     Trend = "none"
	TooFewRuns Trend = "too few runs"
)

// Drift is how a figure moves from run to run.
type Drift struct {
	Trend Trend `json:"trend"`

	// Runs is how many were looked at.
	Runs int `json:"runs"`

	// SlopePerRun is the Theil-Sen slope in the metric's unit, and
	// PercentPerRun that of the median; absent with too few runs, and where the
	// median is 0.
	SlopePerRun   *float64 `json:"slope_per_run,omitempty"`
	PercentPerRun *float64 `json:"percent_per_run,omitempty"`

	// P is how probable such a trend is without any drift (Mann-Kendall, both
	// sides); absent with too few runs.
	P *float64 `json:"p,omitempty"`
}

// FindDrift looks for a drift in values, in the order of their runs.
func FindDrift(values []float64) Drift {
	values = values[max(len(values)-mostRuns, 0):]
	d := Drift{Trend: TooFewRuns, Runs: len(values)}
	if len(values) < leastRuns {
		return d
	}
	slope, p := TheilSen(values), MannKendall(values)
	d.SlopePerRun, d.P = &slope, &p
	if m := figure.Median(values); m != 0 {
		percent := 100 * slope / math.Abs(m)
		d.PercentPerRun = &percent
	}
	switch {
	case p >= significant || slope == 0:
		d.Trend = Steady
	case slope > 0:
		d.Trend = Up
	default:
		d.Trend = Down
	}
	return d
}

// TheilSen is the median of the slopes between all pairs of values, per step
// (Sen 1968): a few outliers do not move it. There are at least two values.
func TheilSen(values []float64) float64 {
	var slopes []float64
	for i, a := range values {
		for j, b := range values[i+1:] {
			slopes = append(slopes, (b-a)/float64(j+1))
		}
	}
	return figure.Median(slopes)
}

// MannKendall is the probability that values in random order have a trend as
// clear as these, up or down (Mann 1945, Kendall 1975), by the normal
// approximation with its corrections for ties and for continuity: 0 to 1.
func MannKendall(values []float64) float64 {
	s := 0
	for i, a := range values {
		for _, b := range values[i+1:] {
			s += cmp.Compare(b, a)
		}
	}
	variance := kendall(len(values))
	for _, n := range ties(values) {
		variance -= kendall(n)
	}
	if s == 0 || variance <= 0 {
		return 1
	}
	z := (math.Abs(float64(s)) - 1) / math.Sqrt(variance)
	return math.Erfc(z / math.Sqrt2)
}

// kendall is n(n-1)(2n+5)/18, of which the variance is made.
func kendall(n int) float64 {
	f := float64(n)
	return f * (f - 1) * (2*f + 5) / 18
}

// ties are the sizes of groups of equal values.
func ties(values []float64) []int {
	counts := map[float64]int{}
	for _, v := range values {
		counts[v]++
	}
	var out []int
	for _, n := range counts {
		if n > 1 {
			out = append(out, n)
		}
	}
	return out
}
