package slo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/judge/metric"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// Value is a figure with its unit.
type Value struct {
	Unit  metric.Unit
	Float float64
}

// parseValue reads a value for the metric m. The error names m and its unit
// when s has another one.
func parseValue(m metric.Metric, s string) (v Value, err error) {
	v.Unit = m.Unit
	switch m.Unit {
	case metric.Time:
		v.Float, err = parseTime(m, s)
	case metric.Share:
		v.Float, err = parseShare(m, s)
	case metric.Truth:
		v.Float, err = parseTruth(m, s)
	default:
		v.Float, err = parseNumber(m, s)
	}
	return v, err
}

func parseTime(m metric.Metric, s string) (float64, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		if _, bare := scenario.ParseNumber(s); bare == nil {
			return 0, fmt.Errorf("%q has no unit; %s is a time: use %sms or %ss", s, m.Name, s, s)
		}
		return 0, fmt.Errorf("%s is a time: use a duration such as 5ms or 250us, not %q", m.Name, s)
	}
	if d < 0 || d > metrics.MaxLatency {
		return 0, fmt.Errorf("%s is outside 0 to %v, the longest time that is recorded", s, metrics.MaxLatency)
	}
	return float64(d) / float64(time.Microsecond), nil
}

func parseShare(m metric.Metric, s string) (float64, error) {
	number, percent := strings.CutSuffix(s, "%")
	f, err := scenario.ParseNumber(strings.TrimSpace(number))
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s is a share: use a percentage such as 0.1%%, not %q", m.Name, s)
	case !percent && f != 0:
		return 0, fmt.Errorf("%q has no unit; %s is a share: use a percentage such as 0.1%%", s, m.Name)
	case f > 100:
		return 0, fmt.Errorf("%s is outside 0%% to 100%%", s)
	}
	return f, nil
}

func parseNumber(m metric.Metric, s string) (float64, error) {
	f, err := scenario.ParseNumber(s)
	if err != nil {
		return 0, fmt.Errorf("%s is a number: use one such as 500, 1.5k or 2m, not %q", m.Name, s)
	}
	return f, nil
}

func parseTruth(m metric.Metric, s string) (float64, error) {
	switch s {
	case "false":
		return 0, nil
	case "true":
		return 1, nil
	default:
		return 0, fmt.Errorf("%s is true or false, not %q", m.Name, s)
	}
}

// String returns the value in full, in the form of a limit.
func (v Value) String() string {
	switch v.Unit {
	case metric.Time:
		return figure.ExactMicros(v.Float)
	case metric.Share:
		return figure.Exact(v.Float) + "%"
	case metric.Truth:
		return strconv.FormatBool(v.Float != 0)
	default:
		return figure.Exact(v.Float)
	}
}

// Brief returns the value to three digits, or to whole ones.
func (v Value) Brief() string { return v.rounded(func(float64) bool { return true }).String() }

// rounded returns v to three digits, or to whole ones, or to as many more as
// it takes to be on the same side of the limit as v itself.
func (v Value) rounded(agrees func(float64) bool) Value {
	digits := 3
	if v.Unit == metric.Number {
		digits = max(digits, len(figure.About(v.Float)))
	}
	for ; digits < 17; digits++ {
		if f := figure.Round(v.Float, digits); agrees(f) {
			return Value{v.Unit, f}
		}
	}
	return v
}
