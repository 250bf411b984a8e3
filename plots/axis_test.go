package plots

import (
	"math"
	"strings"
	"testing"

	"tcpbench/internal/figure"
)

// labels joins the labels of a's ticks.
func labels(a axis) string {
	var out []string
	for _, t := range a.ticks {
		if t.Label != "" {
			out = append(out, t.Label)
		}
	}
	return strings.Join(out, ", ")
}

func TestAxisTicks(t *testing.T) {
	tests := []struct {
		name string
		axis axis
		want string
	}{
		{"linear from 0 to a round number", linearAxis("", 0, 28232, figure.Tick), "0, 10k, 20k, 30k"},
		{"time ends where the run does", timeAxis(21.7), "0, 5, 10, 15, 20"},
		{"less than a second is in ms", timeAxis(0.0944), "0, 20, 40, 60, 80"},
		{"a time of nothing is a second long", timeAxis(0), "0, 200, 400, 600, 800, 1000"},
		{"a short logarithmic axis has 1, 2 and 5", logAxis("", 470, 14250, figure.Tick),
			"200, 500, 1k, 2k, 5k, 10k, 20k"},
		{"a long one has powers of ten", logAxis("", 12, 54000, figure.Micros), "10 us, 100 us, 1 ms, 10 ms, 100 ms"},
		{"a very long one has some of them", logAxis("", 1e-9, 1e15, figure.Tick),
			"0.00000001, 0.0001, 1, 10k, 100M, 1000G"},
		{"one value has an axis", logAxis("", 10, 10, figure.Tick), "10, 20, 50, 100"},
		{"values near each other are linear from 0", valueAxis("", []float64{14000, 28232}, figure.Tick),
			"0, 10k, 20k, 30k"},
		{"values far apart are logarithmic", valueAxis("", []float64{642, 14250, 0, math.NaN()}, figure.Tick),
			"500, 1k, 2k, 5k, 10k, 20k"},
		{"no value has an axis", valueAxis("", nil, figure.Tick), "0, 0.2, 0.4, 0.6, 0.8, 1"},
		{"percentiles stop before 100 %", percentileAxis(4.45), "0 %, 50 %, 90 %, 99 %, 99.9 %, 99.99 %"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := labels(tt.axis); got != tt.want {
				t.Errorf("labels = %q, want %q", got, tt.want)
			}
			if !(tt.axis.min < tt.axis.max) {
				t.Errorf("the axis runs from %v to %v", tt.axis.min, tt.axis.max)
			}
		})
	}
}

func TestLogScaleTakesWhatIsTooLowToItsEnd(t *testing.T) {
	for _, v := range []float64{-1, 0, 1, 10} {
		if got := (logScale{}).Normalize(10, 1000, v); got != 0 {
			t.Errorf("Normalize(10, 1000, %v) = %v, want 0", v, got)
		}
	}
}
