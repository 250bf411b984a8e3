package plots

import (
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// chart is a picture of lines over two axes. From top to bottom: heading,
// labels of the marks, data and axes, legend, notes. One of more lines than can be
// told apart is drawn as [multiples].
type chart struct {
	heading heading
	x, y    axis
	lines   []line
	marks   []mark
	notes   notes // more than what the marks mean
	silent  bool  // what the marks mean is said elsewhere in the picture

	// indent moves the data to the right, to stand below those of another chart.
	indent vg.Length

	// under is drawn below the lines, and key explains it; nil for nothing.
	under plot.Plotter
	key   []entry
}

// The size of a chart without its legend and its notes, but for a row of the legend.
const (
	chartLow  = 200
	chartHigh = 540
)

func (ch chart) height(width vg.Length) vg.Length {
	if ch.crowded() {
		return multiples{ch}.height(width)
	}
	return min(max(width*9/16, chartLow), chartHigh) + ch.below(width)
}

func (ch chart) least(width vg.Length) vg.Length {
	if ch.crowded() {
		return multiples{ch}.height(width)
	}
	return chartLow + ch.below(width)
}

// below is how much legend and title take beyond a row each, and the notes.
func (ch chart) below(width vg.Length) vg.Length {
	rows := ch.legend().rows(width - 2*margin)
	titles := len(ch.heading.lines(width - 2*margin))
	return vg.Length(max(rows-1, 0))*legendLine + ch.explained().height(width-2*margin) +
		vg.Length(max(titles-1, 0))*1.25*titleText
}

// crowded tells that there are more lines than can be told apart.
func (ch chart) crowded() bool { return len(ch.named()) > maxLines }

// named are the lines that the legend names.
func (ch chart) named() []line {
	return slices.DeleteFunc(slices.Clone(ch.lines), func(l line) bool { return l.name == "" })
}

func (ch chart) explained() notes {
	if ch.silent {
		return ch.notes
	}
	return slices.Concat(notesOf(ch.marks), ch.notes)
}

func (ch chart) draw(c draw.Canvas) {
	if ch.crowded() {
		multiples{ch}.draw(c)
		return
	}
	c = ch.heading.draw(blank(c))
	c = ch.explained().draw(c)
	c = ch.legend().draw(c)
	p := ch.plot()
	body := draw.Crop(c, axisLine+ch.indent, 0, axisLine, 0)
	x := func(v float64) vg.Length {
		data := p.DataCanvas(body)
		return data.X(p.X.Norm(v))
	}
	places := placeMarks(ch.marks, x, c.Min.X, c.Max.X)
	body = draw.Crop(body, 0, 0, 0, -places.height())
	space(p, body)
	p.Draw(body)
	data := p.DataCanvas(body)
	ch.x.labelBelow(c, data.Center().X)
	ch.y.labelBeside(c, data.Center().Y)
	places.draw(c, data.Min.Y, body.Max.Y)
}

// plot is the data and the axes alone.
func (ch chart) plot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	if ch.under != nil {
		p.Add(ch.under)
	}
	p.Add(grid(true))
	for _, l := range ch.lines {
		p.Add(band{l})
	}
	for _, l := range ch.lines {
		p.Add(l)
	}
	ch.x.apply(&p.X)
	ch.y.apply(&p.Y)
	return p
}

func (ch chart) legend() legend {
	entries := slices.Clone(ch.key)
	for _, l := range ch.named() {
		entries = append(entries, entry{name: l.name, sample: l.sample})
	}
	return legend{entries}
}

// grid is faint lines at the labelled ticks.
func grid(horizontal bool) plot.Plotter {
	g := plotter.NewGrid()
	g.Vertical = stroke(rule(), 0.6)
	g.Horizontal = stroke(rule(), 0.6)
	if !horizontal {
		g.Horizontal.Color = nil
	}
	return g
}

const margin = 10

// blank clears c and returns it without a margin.
func blank(c draw.Canvas) draw.Canvas {
	const over = 1 // the edge may lie within a dot, which would be half of another colour
	fillRect(c, paper(), c.Min.X-over, c.Min.Y-over, c.Max.X+over, c.Max.Y+over)
	return draw.Crop(c, margin, -margin, margin, -margin)
}
