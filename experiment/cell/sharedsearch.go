package cell

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/results"
)

// sharedSearch warns of threads that meet where the kernel searches for a port; nil where
// each has ports of its own, or where connections are held.
//
// What it costs is the median of 15 rounds of a loop of connect(2) to a port that refuses,
// below half of the ports: 1.009 of the CPU of a source each, quartiles 1.004 to 1.017.
func sharedSearch(r *results.Run) *results.Warning {
	if !r.ShareSearch() {
		return nil
	}
	n := len(r.Threads)
	more := fmt.Sprintf("--source with %d addresses", n)
	if r.Environment.Lab {
		more = fmt.Sprintf("--source %d", n)
	}
	return &results.Warning{Code: "shared-search", Text: fmt.Sprintf("%d threads connect from %s to %s: they share "+
		"ports, and meet where the kernel searches for one. Below half of the ports two such threads took 1 %% more "+
		"CPU for a connect(2) than two with a source each, measured on 2 CPUs; what it costs more threads is not "+
		"measured (docs/scale.md). %s gives each its own",
		n, figure.Plural(max(len(r.Options.Source.Addrs), 1), "source"), figure.Plural(len(r.Targets), "destination"),
		more)}
}
