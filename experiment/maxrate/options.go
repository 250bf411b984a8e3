package maxrate

import (
	"errors"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/search"
	"tcpbench/internal/fault"
	"tcpbench/judge/slo"
	"tcpbench/scenario"
)

// Options are what to search.
type Options struct {
	// Cell is what every trial measures; the rate is the search's to set.
	Cell cell.Spec
	// Limits are those that a rate must keep.
	Limits slo.Limits
	// Search bounds the rates, and says how sure to be.
	Search search.Options
}

// Validate reports every option that cannot go with a search.
func (o Options) Validate() error {
	w := o.Cell.Workload
	errs := []error{o.Cell.Validate()}
	bad := func(text string) { errs = append(errs, errors.New(text)) }
	if !w.Rate.IsZero() {
		bad("rate: a search sets the rate of every trial itself; leave it out, and bound the search with --min-rate " +
			"and --max-rate")
	}
	if w.Until == scenario.UntilExhausted {
		bad("until: a trial that goes on until ports run out has no rate to hold; " +
			"leave until=exhausted out, and limit " +
			"exhausted==false instead")
	}
	if w.Count > 0 {
		bad("count: a trial at a high rate would be over at once; bound trials with --duration instead")
	}
	if w.Mode == scenario.ModeIdle {
		bad("mode: idle connections are opened once and held, so there is no rate to hold; use short or keepalive")
	}
	if w.OnExhausted == scenario.OnExhaustedRecover {
		bad("on-exhausted: recover ends a trial early; leave it out")
	}
	if w.CutLink > 0 {
		bad("cut-link: no rate holds without a link; leave it out")
	}
	if w.Capture > 0 {
		bad("capture: a search has many runs, and its result keeps the packets of none; leave it out")
	}
	_, err := search.New(o.Search)
	return fault.Usage(errors.Join(append(errs, err)...))
}
