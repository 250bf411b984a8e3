package metrics

import "time"

// Trend is how the time that things take grows with when they were to begin, by least squares.
type Trend struct{ n, x, y, xx, xy, yy float64 }

const (
	// leastOfTrend is how many times tell a trend, and leastGrowth by how many seconds a
	// second they grow at least: less is as good as none.
	leastOfTrend = 10
	leastGrowth  = 0.02
	// explained is the share of the variation that the growth has to explain: where a queue
	// grows it is nearly all, where times differ by chance, or are long once, little.
	explained = 0.5
)

// Add adds what was to begin at a time and took so long from then.
func (t *Trend) Add(begin, took time.Duration) {
	x, y := begin.Seconds(), took.Seconds()
	t.n++
	t.x += x
	t.y += y
	t.xx += x * x
	t.xy += x * y
	t.yy += y * y
}

func (t *Trend) merge(o Trend) {
	t.n += o.n
	t.x += o.x
	t.y += o.y
	t.xx += o.xx
	t.xy += o.xy
	t.yy += o.yy
}

// Growth is by how many seconds more they took for each second that they began later; 0
// where they did not. Of a server that answers m of n a second it is n/m - 1.
func (t Trend) Growth() float64 {
	if t.n < leastOfTrend {
		return 0
	}
	xx, xy, yy := t.xx-t.x*t.x/t.n, t.xy-t.x*t.y/t.n, t.yy-t.y*t.y/t.n
	if xx <= 0 || yy <= 0 || xy < leastGrowth*xx || xy*xy < explained*xx*yy {
		return 0
	}
	return xy / xx
}
