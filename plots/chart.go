package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// chart is a picture of lines over two axes. From top to bottom: heading,
// labels of the marks, data and axes, legend.
type chart struct {
	heading heading
	x, y    axis
	lines   []line
	marks   []mark
}

const chartHeight = 337.5 // 450 CSS pixels, with a legend of one row

func (ch chart) height() vg.Length {
	rows := ch.legend().rows(width - 2*margin)
	return chartHeight + vg.Length(max(rows-1, 0))*legendLine
}

func (ch chart) draw(c draw.Canvas) {
	c = ch.heading.draw(blank(c))
	c = ch.legend().draw(c)
	p := ch.plot()
	body := draw.Crop(c, axisLine, 0, axisLine, 0)
	x := func(v float64) vg.Length {
		data := p.DataCanvas(body)
		return data.X(p.X.Norm(v))
	}
	places := placeMarks(ch.marks, x, c.Min.X, c.Max.X)
	body = draw.Crop(body, 0, 0, 0, -places.height())
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
	p.Add(grid(true))
	for _, l := range ch.lines {
		p.Add(l)
	}
	ch.x.apply(&p.X)
	ch.y.apply(&p.Y)
	return p
}

func (ch chart) legend() legend {
	var entries []entry
	for _, l := range ch.lines {
		if l.name != "" {
			entries = append(entries, entry{l.name, l.sample})
		}
	}
	return legend{entries}
}

// grid is faint lines at the labelled ticks.
func grid(horizontal bool) plot.Plotter {
	g := plotter.NewGrid()
	g.Vertical = stroke(faint(), 0.6)
	g.Horizontal = stroke(faint(), 0.6)
	if !horizontal {
		g.Horizontal.Color = nil
	}
	return g
}

const margin = 10

// blank clears c and returns it without a margin.
func blank(c draw.Canvas) draw.Canvas {
	c.FillPolygon(white(), []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}})
	return draw.Crop(c, margin, -margin, margin, -margin)
}
