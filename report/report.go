// Package report writes what runs measured as one HTML page that needs
// nothing else: styles, pictures and the script that draws charts are part of it, and
// nothing is loaded. It opens with the verdict; the figures follow. Without the script,
// in print and for who cannot see charts, the same figures are there as tables and pictures.
package report

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"

	"tcpbench/internal/prose"
	"tcpbench/judge/gate"
	"tcpbench/results"
)

// Input is what a page is made of.
type Input struct {
	// Title is the page's heading.
	Title string

	// About says in a sentence or two what was run; it may be empty.
	About string

	// Runs are one run, or the cells of a sweep in the order to show them.
	Runs []*results.Run

	// Claim is what the runs were to test, judged; nil for none.
	Claim *results.Claim

	// Before is two sides that are compared, and Gate what a policy says of the runs; nil
	// for none.
	Before *Before
	Gate   *gate.Report
	// Scenario is the text of the scenario that was run; it may be empty.
	Scenario string
}

//go:embed page.html
var pageHTML string

//go:embed style.css
var styleCSS string

// Write writes the page to w.
func Write(w io.Writer, in Input) error {
	if len(in.Runs) == 0 {
		return errors.New("write report: there is no run to report")
	}
	t, err := template.New("page").Funcs(template.FuncMap{"stacks": stacks}).Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	pairs := in.Before.pairs(in.Runs)
	runs := make([]*results.Run, len(in.Runs))
	for i, r := range in.Runs {
		runs[i] = drawable(r)
	}
	in.Runs = runs
	p, err := newPage(in, pairs)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	// A page that failed half-way must not be taken for a whole one.
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// stacks reports whether the rows of a table are blocks of lines where the window is too
// narrow for columns: it has words beside the names of its rows. Rows that link to cells are
// compared down their columns, and stay one line each.
func stacks(t prose.Table) bool {
	words := slices.ContainsFunc(t.Head[1:], func(c prose.Column) bool { return !c.Number })
	return len(t.Head) > 2 && words && t.Rows[0][0].Link == ""
}
