package metric

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tcpbench/metrics"
)

// parsePercentile reads p99 or p99.9, and p999 or p9999 in the usual short
// form of 99.9 and 99.99.
func parsePercentile(name string) (float64, error) {
	digits, isP := strings.CutPrefix(name, "p")
	if len(digits) > 2 && digits[0] == '9' && !strings.Contains(digits, ".") {
		digits = digits[:2] + "." + digits[2:]
	}
	p, err := strconv.ParseFloat(digits, 64)
	switch {
	case !isP || err != nil || strings.Trim(digits, "0123456789.") != "":
		return 0, fmt.Errorf("%q is not one of min, mean, max or a percentile such as p50, p99 or p99.9", name)
	case p <= 0 || p >= 100:
		return 0, fmt.Errorf("%s is not between p0 and p100; the smallest value is min, the largest max", name)
	}
	return p, nil
}

// TooFewError is a percentile of fewer values than it takes for one to lie on
// either side of it. A longer run has more.
type TooFewError struct{ Need, Have int64 }

func (e *TooFewError) Error() string {
	return fmt.Sprintf("it takes %d measurements and there were %d; run for longer", e.Need, e.Have)
}

// needed is how many values the p-th percentile takes.
func needed(p float64) int64 { return int64(math.Round(100 / min(p, 100-p))) }

func enough(need, have int64) error {
	if have < need {
		return &TooFewError{Need: need, Have: have}
	}
	return nil
}

// percentile is the p-th one in microseconds, 0 < p < 100. It is an error when
// there are too few values for one to lie on either side of it.
func percentile(p float64) func(*metrics.Summary) (float64, error) {
	return func(s *metrics.Summary) (float64, error) {
		if err := enough(needed(p), s.Count); err != nil {
			return 0, err
		}
		switch p {
		case 50:
			return s.P50US, nil
		case 90:
			return s.P90US, nil
		case 99:
			return s.P99US, nil
		case 99.9:
			return s.P999US, nil
		}
		h, err := s.Histogram()
		if err != nil {
			return 0, err
		}
		return float64(h.Percentile(p)) / 1e3, nil
	}
}
