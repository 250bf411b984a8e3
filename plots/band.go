package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// band is the area between the lowest and the highest of a line's repeats.
type band struct{ line }

// Plot draws b, as [plot.Plotter]; nothing where the line has no repeats.
func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	if len(b.low) == 0 || len(b.low) != len(b.high) {
		return
	}
	at := func(xy plotter.XY) vg.Point { return vg.Point{X: c.X(p.X.Norm(xy.X)), Y: c.Y(p.Y.Norm(xy.Y))} }
	for _, part := range b.parts() {
		var around []vg.Point
		for i := part.from; i < part.to; i++ {
			around = append(around, at(b.high[i]))
		}
		for i := part.to - 1; i >= part.from; i-- {
			around = append(around, at(b.low[i]))
		}
		if len(around) > 2 {
			c.FillPolygon(through(b.style.Color, bandClear), c.ClipPolygonXY(around))
		}
	}
}

// bandClear is how much shows through a band.
const bandClear = 0.78
