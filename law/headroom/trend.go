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
	_, growth := growths(points)
	g := stats.Sample{Xs: growth}
	return g.Mean() - 2*g.StdDev()/math.Sqrt(float64(len(growth)))
}

// unsure is by how much more y may grow a second, where it counts what comes at random: two
// standard errors. They are drawn from how far its points are from a straight line, which for
// what comes evenly is no further than that y is a whole number.
//
// Note: the square root of what was counted alone, as of random arrivals, made uncertain what
// a generator sends evenly; it bounds what one burst would have come to.
func unsure(points []point) float64 {
	const usual = 0.65 // of random arrivals' square root, at ten points
	first, last := points[0], points[len(points)-1]
	span, all := last.x-first.x, last.y-first.y
	if span <= 0 || all <= 0 {
		return 0
	}
	most := 1.
	for _, p := range points {
		most = max(most, math.Abs(p.y-first.y-all*(p.x-first.x)/span))
	}
	return 2 * min((most-1)/usual, math.Sqrt(all)) / span
}

// surely is of how many growths from point to point one can say whether they grow.
const surely = 5

// moves is how much y grows a second at the last point, and by how much more each second,
// and at most.
type moves struct{ now, growth, most float64 }

// motion is the line through the growths of y from point to point, by least squares. All is
// 0 where that line does not go up or down for sure, and of fewer than surely of them.
//
// Note: trend alone is that of 5 s ago, which on a ramp from 20/s to 100/s in a minute
// promised 20 s more than there were.
func motion(points []point) moves {
	xs, ys := growths(points)
	if len(xs) < surely {
		return moves{}
	}
	x, y := stats.Mean(xs), stats.Mean(ys)
	var xx, xy, off float64
	for i := range xs {
		xx += (xs[i] - x) * (xs[i] - x)
		xy += (xs[i] - x) * (ys[i] - y)
	}
	growth := xy / xx
	for i := range xs {
		rest := ys[i] - y - growth*(xs[i]-x)
		off += rest * rest
	}
	last := points[len(points)-1].x
	each := (last - points[0].x) / float64(len(xs))
	const (
		rounding = 1. / 6 // of the difference of two numbers that are whole ones: its variance
		sure     = 3.2    // Student's t of three degrees of freedom, 95 %
	)
	wrong := sure * math.Sqrt(max(off/float64(len(xs)-2), rounding/(each*each))/xx)
	if math.Abs(growth) < wrong {
		return moves{}
	}
	return moves{y + growth*(last-x), growth, growth + wrong}
}

// growths are how much y grows a second from point to point, in the middle between them.
func growths(points []point) (xs, ys []float64) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if b.x > a.x {
			xs, ys = append(xs, (a.x+b.x)/2), append(ys, (b.y-a.y)/(b.x-a.x))
		}
	}
	return xs, ys
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
