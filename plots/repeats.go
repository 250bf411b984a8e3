package plots

import (
	"cmp"
	"slices"
	"sort"

	"gonum.org/v1/plot/plotter"

	"tcpbench/internal/figure"
)

// repeated is the line of a cell: the median of its repeats, and from the lowest to the
// highest of them. The name and the look are those of main. One repeat is drawn as it is.
func repeated(main line, repeats []plotter.XYs, across across) line {
	main.points = across(repeats, figure.Median)
	if len(repeats) == 1 {
		main.points = repeats[0]
		return main
	}
	main.low, main.high = across(repeats, slices.Min), across(repeats, slices.Max)
	return main
}

// across is one line of several, by what of makes of their values at each place.
type across func(repeats []plotter.XYs, of func([]float64) float64) plotter.XYs

// acrossSteps is that of rates over time, each of them in steps: two points a step. It is
// there while half of them are.
func acrossSteps(repeats []plotter.XYs, of func([]float64) float64) plotter.XYs {
	var edges []float64
	for _, points := range repeats {
		edges = append(edges, xValues(points)...)
	}
	slices.Sort(edges)
	edges = few(slices.Compact(edges))
	var out plotter.XYs
	for i := 1; i < len(edges); i++ {
		from, to := edges[i-1], edges[i]
		var ys []float64
		for _, points := range repeats {
			if y, ok := stepAt(points, (from+to)/2); ok {
				ys = append(ys, y)
			}
		}
		if 2*len(ys) >= len(repeats) {
			y := of(ys)
			out = append(out, plotter.XY{X: from, Y: y}, plotter.XY{X: to, Y: y})
		}
	}
	return out
}

// stepAt is what steps are at x; false between and beyond them.
func stepAt(points plotter.XYs, x float64) (float64, bool) {
	n := sort.Search(len(points)/2, func(i int) bool { return x < points[2*i+1].X })
	if 2*n+1 >= len(points) || points[2*n].X > x {
		return 0, false
	}
	return points[2*n].Y, true
}

// few are at most as many of the edges as can be seen.
func few(edges []float64) []float64 {
	const most = 1000
	if len(edges) <= most {
		return edges
	}
	var out []float64
	for i := range most {
		out = append(out, edges[i*(len(edges)-1)/(most-1)])
	}
	return out
}

// acrossPoints is that of lines where half of them have a point.
func acrossPoints(repeats []plotter.XYs, of func([]float64) float64) plotter.XYs {
	at := map[float64][]float64{}
	for _, points := range repeats {
		for _, p := range points {
			at[p.X] = append(at[p.X], p.Y)
		}
	}
	var out plotter.XYs
	for x, ys := range at {
		if 2*len(ys) >= len(repeats) {
			out = append(out, plotter.XY{X: x, Y: of(ys)})
		}
	}
	slices.SortFunc(out, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
	return out
}

// repeatsNote says what lines are where cells have several repeats.
func repeatsNote(cells []cell, each string) string {
	if !repeats(cells) {
		return ""
	}
	return " A line is the median of a cell's repeats at each " + each + ", as long as half of them last, and the " +
		"band is from the lowest to the highest."
}

// medianNote says what a bar or a dot is where cells have several repeats.
func medianNote(cells []cell) string {
	if !repeats(cells) {
		return ""
	}
	return " Of repeats it is the median."
}

// aboutLines is that in a few words, for a picture without its caption.
func aboutLines(cells []cell) string {
	if !repeats(cells) {
		return ""
	}
	return "Line: median of the repeats. Band: from the lowest to the highest."
}

func repeats(cells []cell) bool {
	return slices.ContainsFunc(cells, func(c cell) bool { return len(c.runs) > 1 })
}
