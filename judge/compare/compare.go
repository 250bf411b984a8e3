package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tcpbench/judge/metric"
	"tcpbench/results"
)

// Schema names the format of a comparison as JSON.
const Schema = "tcpbench.comparison/v1"

// Options change what is compared.
type Options struct {
	// Force compares what is not comparable, and says in what it differs.
	Force bool
	// Metrics are compared beside the usual ones.
	Metrics []metric.Metric
}

// Comparison is what differs between two sides.
type Comparison struct {
	Schema string `json:"schema"`
	Base   string `json:"base"`
	New    string `json:"new"`
	// Changed are the settings that differ: what is being tested.
	Changed []Difference `json:"changed"`
	// Forced are differences for which the sides are not comparable.
	Forced []Difference `json:"forced,omitempty"`
	Cells  []Cell       `json:"cells"`
	// Geomeans are over the cells, where there are several.
	Geomeans []Geomean `json:"geomeans,omitempty"`
	// Notes are what a reader must know.
	Notes []string `json:"notes"`
}

// Cell compares one cell.
type Cell struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"` // of the new side
	Rows   []Row             `json:"rows"`
}

// Row returns the row of a metric, nil when neither side measured it.
func (c *Cell) Row(metric string) *Row {
	i := slices.IndexFunc(c.Rows, func(r Row) bool { return r.Metric == metric })
	if i < 0 {
		return nil
	}
	return &c.Rows[i]
}

// pair is a cell on both sides.
type pair struct {
	name            string
	base, candidate Group
}

// Compare compares base with candidate. The error is an [*IncomparableError]
// for different machines or workloads, and another where there is nothing to
// compare or a histogram is damaged.
func Compare(base, candidate Side, o Options) (*Comparison, error) {
	c := &Comparison{Schema: Schema, Base: base.Name, New: candidate.Name, Changed: []Difference{}, Notes: []string{}}
	pairs, err := c.match(base, candidate)
	if err != nil {
		return nil, err
	}
	for _, journal := range slices.Concat(base.Unfinished, candidate.Unfinished) {
		c.note(journal + " is left out: the run was killed, or goes on, and has no result")
	}
	for _, p := range pairs {
		if err := p.distinct(); err != nil {
			return nil, err
		}
	}
	if err := c.conditions(pairs, o.Force); err != nil {
		return nil, err
	}
	for _, p := range pairs {
		cell, err := p.compare(o)
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", p.name, err)
		}
		c.note(cell.left("base", func(r Row) *Sample { return r.Base }))
		c.note(cell.left("new", func(r Row) *Sample { return r.New }))
		c.note(p.judgeSearch(cell))
		c.note(p.blocks())
		c.Cells = append(c.Cells, *cell)
	}
	c.leaveOutTwins(o.Metrics)
	c.control()
	c.Geomeans = geomeans(c.Cells)
	return c, nil
}

func (c *Comparison) note(text string) {
	if text != "" {
		c.Notes = append(c.Notes, text)
	}
}

// match pairs the cells of both sides and notes those that have no other side.
func (c *Comparison) match(base, candidate Side) ([]pair, error) {
	was, is := Groups(base.Runs), Groups(candidate.Runs)
	var pairs []pair
	if len(was) == 1 && len(is) == 1 {
		pairs = append(pairs, pair{pairName(was[0], is[0]), was[0], is[0]})
	} else {
		pairs = c.common(was, is)
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("%s and %s have no common cell: the one has %s, the other %s", base.Name, candidate.Name,
			cellNames(was), cellNames(is))
	}
	for i := range pairs {
		if err := c.leaveOut(base.Name, &pairs[i].base); err != nil {
			return nil, err
		}
		if err := c.leaveOut(candidate.Name, &pairs[i].candidate); err != nil {
			return nil, err
		}
	}
	return pairs, nil
}

// distinct refuses a run that is on both sides: it never differs from itself, so a
// gate that gets one directory twice would pass for ever.
func (p pair) distinct() error {
	for i, b := range p.base.Runs {
		for j, n := range p.candidate.Runs {
			if why := sameRun(b, n); why != "" {
				return fmt.Errorf("%s: run %d of the base is run %d of the new side too (%s): a run "+
					"shows nothing beside itself; measure both sides", p.name, i+1, j+1, why)
			}
		}
	}
	return nil
}

func pairName(base, candidate Group) string {
	if base.Name() == candidate.Name() {
		return base.Name()
	}
	return base.Name() + " -> " + candidate.Name()
}

// common are the pairs of cells with the same labels.
func (c *Comparison) common(base, candidate []Group) []pair {
	var pairs []pair
	for _, b := range base {
		i := b.Find(candidate)
		if i < 0 {
			c.note("only the base has " + b.Name())
			continue
		}
		pairs = append(pairs, pair{b.Name(), b, candidate[i]})
	}
	for _, n := range candidate {
		if n.Find(base) < 0 {
			c.note("only the new side has " + n.Name())
		}
	}
	return pairs
}

// cellNames lists a few cells.
func cellNames(gs []Group) string {
	if len(gs) == 0 {
		return "none"
	}
	var names []string
	for _, g := range gs {
		names = append(names, g.Name())
	}
	return few(names)
}

// leaveOut takes the runs that show nothing out of a group.
func (c *Comparison) leaveOut(side string, g *Group) error {
	fit, left := g.Fit()
	var whys []string
	for _, l := range left {
		whys = append(whys, fmt.Sprintf("%s, %s is left out: %s", g.Name(), l.Run, l.Why))
	}
	if len(fit.Runs) == 0 {
		return fmt.Errorf("%s has no run to compare: %s", side, strings.Join(whys, "; "))
	}
	for _, why := range whys {
		c.note(side + ": " + why)
	}
	*g = fit
	return nil
}

// conditions finds in what the two sides differ, and refuses to compare what
// is not comparable.
func (c *Comparison) conditions(pairs []pair, force bool) error {
	var all, repeats []Difference
	for _, p := range pairs {
		for _, d := range differences(p.base.Runs[0], p.candidate.Runs[0]) {
			d.Cells = []string{p.name}
			all = merge(all, d)
		}
		repeats = append(append(repeats, p.base.alike()...), p.candidate.alike()...)
	}
	if len(repeats) > 0 && !force {
		return &IncomparableError{"the repeats of a cell", repeats}
	}
	forbid, changed := part(all, len(pairs))
	if len(forbid) > 0 && !force {
		return &IncomparableError{c.Base + " and " + c.New, forbid}
	}
	c.Changed, c.Forced = append(c.Changed, changed...), append(forbid, repeats...)
	return nil
}

// pool is a group with the latencies of its runs merged.
type pool struct {
	Group
	all *results.Run
}

func newPool(side string, g Group) (*pool, error) {
	all, err := merged(g.Runs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", side, err)
	}
	return &pool{g, all}, nil
}

func (p pair) compare(o Options) (*Cell, error) {
	b, errBase := newPool("base", p.base)
	n, errNew := newPool("new", p.candidate)
	if err := errors.Join(errBase, errNew); err != nil {
		return nil, err
	}
	cell := &Cell{Name: p.name, Labels: p.candidate.Labels}
	for _, m := range known(o.Metrics) {
		if row := compared(m, b, n); row != nil {
			cell.Rows = append(cell.Rows, *row)
		}
	}
	return cell, nil
}
