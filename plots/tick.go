package plots

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// tickStep returns a round step that parts span into at most so many.
func tickStep(span float64, parts int) float64 {
	step := span / float64(parts)
	power := math.Pow(10, math.Floor(math.Log10(step)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= step*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

func linearTicks(lo, hi, step float64, format func(float64) string) []plot.Tick {
	var ticks []plot.Tick
	first := math.Ceil(lo/step - 1e-9)
	for i := first; i*step <= hi+step*1e-9; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: format(i * step)})
	}
	return ticks
}

// tickGap is the least distance between two labels.
const tickGap = 5

// space leaves out labels of p's axes that would lie on others when it is drawn on c: of
// each axis every second, third or later one stays, from the first on.
func space(p *plot.Plot, c draw.Canvas) {
	data := p.DataCanvas(c)
	spaceAxis(&p.X, func(t plot.Tick, sty text.Style) (from, to vg.Length) {
		x, half := data.X(p.X.Norm(t.Value)), sty.Width(t.Label)/2
		return x - half, x + half
	})
	spaceAxis(&p.Y, func(t plot.Tick, sty text.Style) (from, to vg.Length) {
		y, half := data.Y(p.Y.Norm(t.Value)), sty.Font.Size/2
		return y - half, y + half
	})
}

func spaceAxis(a *plot.Axis, extent func(plot.Tick, text.Style) (from, to vg.Length)) {
	ticks := a.Tick.Marker.Ticks(a.Min, a.Max)
	for every := 1; every <= len(ticks); every++ {
		kept, ok := spaced(ticks, every, func(t plot.Tick) (from, to vg.Length) { return extent(t, a.Tick.Label) })
		if ok {
			a.Tick.Marker = plot.ConstantTicks(kept)
			return
		}
	}
}

// spaced has the label of every so many of ticks, and reports whether none meets another.
func spaced(ticks []plot.Tick, every int, extent func(plot.Tick) (from, to vg.Length)) (kept []plot.Tick, ok bool) {
	last, n := vg.Length(math.Inf(-1)), 0
	for _, t := range ticks {
		if t.Label == "" {
			kept = append(kept, t)
			continue
		}
		if n%every == 0 {
			from, to := extent(t)
			if from < last+tickGap {
				return nil, false
			}
			last = to
		} else {
			t.Label = ""
		}
		n++
		kept = append(kept, t)
	}
	return kept, true
}

// logTicks labels 1, 2 and 5 of each power of ten on a short axis, the powers
// themselves on a long one.
func logTicks(lo, hi float64, format func(float64) string) []plot.Tick {
	decades := math.Log10(hi / lo)
	every := int(math.Ceil(decades / 7)) // powers from one label to the next
	var ticks []plot.Tick
	for e := int(math.Floor(math.Log10(lo))); e <= int(math.Ceil(math.Log10(hi))); e++ {
		for m := 1; m < 10; m++ {
			v := float64(m) * math.Pow(10, float64(e))
			if v < lo*(1-1e-9) || v > hi*(1+1e-9) {
				continue
			}
			t := plot.Tick{Value: v}
			if m == 1 && e%every == 0 || decades < 2.5 && (m == 1 || m == 2 || m == 5) {
				t.Label = format(v)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// roundDown and roundUp return the next 1, 2 or 5 times a power of ten.
func roundDown(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{5, 2} {
		if v >= m*power*(1-1e-9) {
			return m * power
		}
	}
	return power
}

func roundUp(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}
