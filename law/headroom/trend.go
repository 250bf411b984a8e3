package headroom

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// point is a value y at the time x, in seconds.
type point struct{ x, y float64 }

// trend is how much y grows a second, after Theil and Sen: the median of the
// slopes between every two points, which one burst does not move far. It is 0
// for fewer than two points.
func trend(points []point) float64 {
	s := slopes(points)
	if len(s) == 0 {
		return 0
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// sureTrend is trend where the middle half of at least three slopes agree on
// its sign, and 0 where y only goes up and down.
func sureTrend(points []point) float64 {
	s := slopes(points)
	if len(s) < 3 || s[len(s)/4]*s[(3*len(s)-1)/4] <= 0 {
		return 0
	}
	return trend(points)
}

// leastTrend is how much y grows a second at least, by how much its growth differs from
// point to point: two standard errors less than the mean. It is 0 for fewer than four
// points.
func leastTrend(points []point) float64 {
	if len(points) < 4 {
		return 0
	}
	var growth []float64
	for i, p := range points[1:] {
		if last := points[i]; p.x > last.x {
			growth = append(growth, (p.y-last.y)/(p.x-last.x))
		}
	}
	g := stats.Sample{Xs: growth}
	return g.Mean() - 2*g.StdDev()/math.Sqrt(float64(len(growth)))
}

// slopes are those between every two points, the smallest first.
func slopes(points []point) []float64 {
	out := make([]float64, 0, len(points)*(len(points)-1)/2)
	for i, a := range points {
		for _, b := range points[i+1:] {
			if b.x > a.x {
				out = append(out, (b.y-a.y)/(b.x-a.x))
			}
		}
	}
	slices.Sort(out)
	return out
}
