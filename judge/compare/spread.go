package compare

import (
	"fmt"
	"io"
	"slices"

	"tcpbench/internal/prose"
	"tcpbench/judge/slo"
	"tcpbench/results"
)

// WriteSpread writes, for the repeats of one cell, every metric's figure, its
// interval, and the least and the most that a repeat had.
func WriteSpread(w io.Writer, runs []*results.Run) error {
	all, err := merged(runs)
	if err != nil {
		return fmt.Errorf("merge repeats: %w", err)
	}
	t := prose.Table{Head: slices.Concat(prose.Words(fmt.Sprintf("%d repeats", len(runs))),
		prose.Numbers("all repeats", "least", "most", "n"))}
	for _, m := range figures() {
		s, _ := measured(m, runs, all)
		if s == nil {
			continue
		}
		value := func(f float64) string { return slo.Value{Unit: m.Unit, Float: f}.Brief() }
		t.Add(m.Name, s, value(slices.Min(s.Values)), value(slices.Max(s.Values)), s.N())
	}
	_, err = fmt.Fprintf(w, "%s\n\n%s\n", t, spreadNote)
	if err != nil {
		return fmt.Errorf("write spread: %w", err)
	}
	return nil
}

const spreadNote = `Rates and times of CPU are the median of the repeats, latencies those of all repeats in one
histogram; ± is the 95 % interval of the median, which takes 6 repeats. Other runs on this machine
may differ by more than these did among themselves.`
