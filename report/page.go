package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/plots"
	"tcpbench/report/view"
	"tcpbench/results"
)

// page is what the template shows.
type page struct {
	Title, About string

	// Style is the style sheet, Script draws what Data has, and Policy is the
	// Content-Security-Policy that lets in these two and nothing else.
	Style        template.CSS
	Script, Data template.JS
	Policy       string

	// Facts are a line on where and when.
	Facts string

	// Claim is nil where none was tested.
	Claim *claim

	// Before is nil where there are no two sides, and Gate where no policy judged.
	Before *before
	Gate   *judged
	// Conclusion is over all cells; empty for a single run.
	Conclusion []view.Part

	Warnings []warning

	// Matrix is empty for a single run.
	Matrix   prose.Table
	Pictures []picture

	// Runs are all runs, and Cells the same by cell; Single tells that there is one run
	// only. Heat tells that the matrix is also in colours, and Overlay that cells are laid
	// over each other by choice.
	Runs                  []run
	Cells                 []cell
	Single, Heat, Overlay bool

	// Environment is what all runs have in common, Differences what they have not.
	Environment, Differences prose.Table
	Scenario                 string
}

func newPage(in Input, pairs []sides) (*page, error) {
	labels := results.CellLabels(in.Runs)
	environment, own := view.Environments(in.Runs)
	p := &page{
		Title:       in.Title,
		About:       in.About,
		Style:       template.CSS(style()),
		Script:      script(),
		Policy:      policy(style(), string(script())),
		Facts:       facts(in.Runs),
		Single:      len(in.Runs) == 1,
		Environment: environment,
		Differences: view.Differences(own),
		Scenario:    in.Scenario,
		Before:      newBefore(in.Before),
		Gate:        newJudged(in.Gate),
	}
	for i, r := range in.Runs {
		one, err := newRun(i, labels[i], r, own[i])
		if err != nil {
			return nil, err
		}
		p.Runs = append(p.Runs, one)
	}
	cells := cellsOf(in.Runs)
	names := cellLabels(in.Runs, cells)
	if err := p.draw(in.Runs, cells, names, pairs); err != nil {
		return nil, err
	}
	if p.Single {
		p.Pictures, p.Runs[0].Pictures = p.Runs[0].Pictures, nil
	} else if err := p.compare(in.Runs, in.Claim); err != nil {
		return nil, err
	}
	p.Cells = newCells(in.Runs, p.Runs, cells, names)
	p.Warnings = warnings(in.Runs, p.Runs)
	if in.Claim != nil {
		var err error
		if p.Claim, err = newClaim(in.Claim); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// draw fills in what the script draws.
func (p *page) draw(runs []*results.Run, cells [][]int, labels []string, pairs []sides) error {
	d := newData(runs, cells, labels)
	d.Sides = pairs
	if p.Before != nil {
		p.Before.Drawn = len(pairs) > 0
	}
	p.Heat, p.Overlay = d.Matrix != nil, len(cells) > 2 || len(pairs) == 0
	var err error
	p.Data, err = d.block()
	return err
}

// compare fills in what is reported of several runs only.
func (p *page) compare(runs []*results.Run, c *results.Claim) error {
	p.Conclusion = view.ConclusionOf(runs, c)
	p.Matrix = view.Matrix(runs)
	pics, problem := plots.ForSweep(runs)
	drawn, err := draw(pics)
	if err != nil {
		return err
	}
	p.Pictures = drawn
	p.Runs[0].problem(problem) // warnings belong to runs; the text names the cell
	return nil
}

// policy allows the style sheet and the script by their hashes.
func policy(css, js string) string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'",
		hash(css), hash(js))
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// facts tell where and when the first run took place.
func facts(runs []*results.Run) string {
	r := runs[0]
	var parts []string
	add := func(ok bool, format string, args ...any) {
		if ok {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(r.Tool.Version != "", "tcpbench %s", r.Tool.Version)
	add(!r.StartedAt.IsZero(), "%s", r.StartedAt.UTC().Format("2006-01-02 15:04 UTC"))
	add(r.Environment.Kernel != "", "%s", r.Environment.Kernel)
	add(r.Environment.CPUs > 0, "%s", figure.Plural(int64(r.Environment.CPUs), "CPU"))
	add(len(runs) == 1 && r.DurationS > 0, "%s long", figure.Seconds(r.DurationS))
	return strings.Join(parts, ", ")
}
