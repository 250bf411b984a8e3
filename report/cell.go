package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tcpbench/metrics"
	"tcpbench/report/view"
	"tcpbench/results"
)

// cell is the part of the page that tells of one cell, with its repeats.
type cell struct {
	// Index is its place among those of the data block.
	Index                   int
	Label, Outcome, Class   string
	Command, WithoutCommand string
	// Notes say which of its figures are not the target's alone.
	Notes []string
	// Outcomes says how the repeats ended, where there are several.
	Outcomes string
	Runs     []run
	Repeated bool
}

// outcomes counts how repeats ended: "5 exhausted, 1 failed of 6 repeats".
func outcomes(runs []run) string {
	count := map[string]int64{}
	for _, r := range runs {
		count[r.Outcome]++
	}
	var parts []string
	for _, o := range metrics.MostFirst(count) {
		parts = append(parts, fmt.Sprintf("%d %s", count[o], o))
	}
	return fmt.Sprintf("%s of %d repeats; the first:", strings.Join(parts, ", "), len(runs))
}

// newCells are the cells of runs, whose parts are there already.
func newCells(runs []*results.Run, parts []run, cells [][]int, labels []string) []cell {
	out := make([]cell, len(cells))
	for i, of := range cells {
		first := runs[of[0]]
		c := cell{Index: i, Label: labels[i], Repeated: len(of) > 1}
		c.Outcome, c.Class = cmp.Or(view.OutcomeOn(first), view.Unmeasured), view.Class(first)
		c.Command, c.WithoutCommand = first.Command()
		for _, k := range of {
			c.note(runs[k])
			c.Runs = append(c.Runs, parts[k])
			if view.OutcomeOn(runs[k]) != view.OutcomeOn(first) {
				c.Outcome, c.Class = "mixed", "undecided"
			}
		}
		if c.Repeated {
			c.Outcomes = outcomes(c.Runs)
		}
		out[i] = c
	}
	return out
}

// note keeps, each once, which figures of a run are the generator's own.
func (c *cell) note(r *results.Run) {
	doubt := r.Doubt()
	if note := "In part the generator's own, and not the target's alone: " + doubt + "."; doubt != "" &&
		!slices.Contains(c.Notes, note) {
		c.Notes = append(c.Notes, note)
	}
}
