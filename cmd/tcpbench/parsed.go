package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/scenario"
)

// parsed is a flag over a value, its parser and its printer.
type parsed[T any] struct {
	value  *T
	parse  func(string) (T, error)
	format func(T) string
}

func newParsed[T any](value *T, parse func(string) (T, error), format func(T) string) parsed[T] {
	return parsed[T]{value, parse, format}
}

func (p parsed[T]) String() string {
	if p.value == nil {
		return "" // pflag asks a zero value for its text
	}
	return p.format(*p.value)
}

func (p parsed[T]) Type() string { return "value" }

func (p parsed[T]) Set(text string) error {
	v, err := p.parse(text)
	if err != nil {
		return fmt.Errorf("%w", err) // flagError takes one layer off
	}
	*p.value = v
	return nil
}

// steadyRateParser reads a rate per second that does not change; ramp and none
// say what to do about one that does, and about no rate.
func steadyRateParser(ramp, none string) func(string) (float64, error) {
	return func(s string) (float64, error) {
		r, err := scenario.ParseRate(s)
		switch {
		case err != nil:
			return 0, err
		case r.Ramp():
			return 0, fmt.Errorf("%s is a ramp; %s", r, ramp)
		case r.IsZero():
			return 0, errors.New(none)
		}
		return r.From, nil
	}
}

// parsePercent reads 0.1% to 100% as a share.
func parsePercent(s string) (float64, error) {
	number, percent := strings.CutSuffix(s, "%")
	f, err := scenario.ParseNumber(strings.TrimSpace(number))
	switch {
	case err != nil || !percent:
		return 0, fmt.Errorf("%q is not a percentage such as 5%%", s)
	case f < 0.1 || f > 100:
		return 0, fmt.Errorf("%s is outside 0.1%% to 100%%", s)
	}
	return f / 100, nil
}

func parseConfirm(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 100 {
		return 0, fmt.Errorf("%q is not a number from 1 to 100", s)
	}
	return n, nil
}

func formatPercent(share float64) string { return figure.Exact(share*100) + "%" }
