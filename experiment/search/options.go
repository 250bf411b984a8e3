package search

import (
	"cmp"
	"errors"
	"fmt"
)

// Options are how to search; zero values stand for the defaults.
type Options struct {
	// Start is the lowest rate that is tried, per second. It has no default.
	Start float64

	// Max is the highest rate that is tried; 0 for no end.
	Max float64

	// Precision is how near to each other the rate that holds and the rate
	// that fails must be: their ratio less 1, from 0.001 to 1. Default 0.05.
	Precision float64

	// Confirm is how many trials must agree at either, 1 to 100. Default 3.
	Confirm int

	// MaxTrials bounds the search, 1 to 10,000 trials. Default 40.
	MaxTrials int
}

// resolve returns o with defaults filled in, or every problem it found.
func (o Options) resolve() (Options, error) {
	o.Precision = cmp.Or(o.Precision, 0.05)
	o.Confirm = cmp.Or(o.Confirm, 3)
	o.MaxTrials = cmp.Or(o.MaxTrials, 40)

	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !(o.Start > 0) {
		bad("start: %v/s is not above 0", o.Start)
	}
	if o.Max != 0 && !(o.Max >= o.Start) {
		bad("max: %v/s is below the start, %v/s", o.Max, o.Start)
	}
	if !(o.Precision >= 0.001 && o.Precision <= 1) {
		bad("precision: %v is outside 0.001 to 1", o.Precision)
	}
	if o.Confirm < 1 || o.Confirm > 100 {
		bad("confirm: %d is outside 1 to 100", o.Confirm)
	}
	if o.MaxTrials < 1 || o.MaxTrials > 10_000 {
		bad("trials: %d is outside 1 to 10000", o.MaxTrials)
	}
	return o, errors.Join(errs...)
}
