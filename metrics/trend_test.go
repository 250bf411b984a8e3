package metrics

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestTimesGrowWhereAQueueDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	const ms = time.Millisecond
	served := func(rate, most float64, n int) (tr Trend) {
		each, free := time.Duration(float64(time.Second)/most), time.Duration(0)
		for i := range n {
			at := time.Duration(float64(i) / rate * float64(time.Second))
			free = max(free, at) + each
			tr.Add(at, free-at)
		}
		return tr
	}
	times := func(n int, took func(i int) time.Duration) (tr Trend) {
		for i := range n {
			tr.Add(time.Duration(i)*ms, took(i))
		}
		return tr
	}
	parts := served(1000, 415, 2000)
	parts.merge(served(1000, 415, 2000))
	for _, tt := range []struct {
		name string
		tr   Trend
		want float64
	}{
		{"415 of 1000 a second", served(1000, 415, 2000), 1000.0/415 - 1},
		{"the same of two threads", parts, 1000.0/415 - 1},
		{"950 of 1000", served(1000, 950, 2000), 1000.0/950 - 1},
		{"990 of 1000, which is as good as all", served(1000, 990, 2000), 0},
		{"1001 of 1000", served(1000, 1001, 2000), 0},
		{"400 ms each", times(2000, func(int) time.Duration { return 400 * ms }), 0},
		{"some 400 ms each, by chance", times(2000, func(int) time.Duration {
			return time.Duration(random.ExpFloat64() * 400 * float64(ms))
		}), 0},
		{"a second's stop at the end", times(2000, func(i int) time.Duration {
			if i < 1000 {
				return ms
			}
			return time.Duration(2000-i) * ms
		}), 0},
		{"times that fall", times(2000, func(i int) time.Duration { return time.Duration(4000-i) * ms }), 0},
		{"too few to tell", served(1000, 415, 9), 0},
		{"none", Trend{}, 0},
	} {
		if got := tt.tr.Growth(); math.Abs(got-tt.want) > 0.01*tt.want {
			t.Errorf("%s: Growth() = %v, want %v", tt.name, got, tt.want)
		}
	}
}
