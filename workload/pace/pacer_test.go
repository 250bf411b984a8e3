package pace

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// starts are all that a pacer plans.
func starts(w *Pacer) []time.Duration {
	var all []time.Duration
	for at, ok := w.Next(); ok; at, ok = w.Next() {
		all = append(all, at)
	}
	return all
}

// union are the starts of all n workers, in order.
func union(p Plan, n int) []time.Duration {
	var all []time.Duration
	for k := range n {
		all = append(all, starts(p.Worker(k, n))...)
	}
	slices.Sort(all)
	return all
}

func TestPacerStarts(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	tests := []struct {
		name string
		plan Plan
		k, n int
		want []time.Duration
	}{
		{"the first start is at once and the end is not a start", Plan{From: 4, To: 4, Duration: s}, 0, 1,
			[]time.Duration{0, 250 * ms, 500 * ms, 750 * ms}},
		{"a rate that does not divide a second", Plan{From: 3, To: 3, Duration: s}, 0, 1,
			[]time.Duration{0, 333333333, 666666667}},
		{"a rate below one a second", Plan{From: 0.5, To: 0.5, Duration: 5 * s}, 0, 1,
			[]time.Duration{0, 2 * s, 4 * s}},
		{"a duration shorter than a gap has the first start", Plan{From: 0.01, To: 0.01, Duration: ms}, 0, 1,
			[]time.Duration{0}},
		{"the first of two workers has the even starts", Plan{From: 4, To: 4, Duration: s}, 0, 2,
			[]time.Duration{0, 500 * ms}},
		{"the second of two workers has the odd starts", Plan{From: 4, To: 4, Duration: s}, 1, 2,
			[]time.Duration{250 * ms, 750 * ms}},
		{"a worker for which no start is left has none", Plan{From: 2, To: 2, Duration: s}, 2, 3, nil},
		{"a ramp from nothing goes with the square root of time", Plan{From: 0, To: 2, Duration: 4 * s}, 0, 1,
			[]time.Duration{0, 2 * s, 2828427125, 3464101615}},
		{"a ramp to nothing is the same seen from its end", Plan{From: 2, To: 0, Duration: 4 * s}, 0, 1,
			[]time.Duration{0, 535898385, 1171572875, 2 * s}},
		{"a ramp between two rates", Plan{From: 1, To: 3, Duration: 4 * s}, 0, 1,
			[]time.Duration{0, 828427125, 1464101615, 2 * s, 2472135955, 2898979486, 3291502622, 3656854249}},
		{"a ramp's second worker has every other start", Plan{From: 0, To: 2, Duration: 4 * s}, 1, 2,
			[]time.Duration{2 * s, 3464101615}},
		{"the zero plan has no start", Plan{}, 0, 1, nil},
		{"no rate, no start", Plan{Duration: s}, 0, 1, nil},
		{"no rate, no random start either", Plan{Duration: s, Arrival: Poisson}, 0, 1, nil},
		{"no time, no start", Plan{From: 5, To: 5}, 0, 1, nil},
		{"no time, no random start either", Plan{From: 5, To: 5, Arrival: Poisson}, 0, 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := tt.plan.Worker(tt.k, tt.n)
			if got := starts(w); !slices.Equal(got, tt.want) {
				t.Errorf("%+v.Worker(%d, %d) starts at %v, want %v", tt.plan, tt.k, tt.n, got, tt.want)
			}
			if at, ok := w.Next(); at != 0 || ok {
				t.Errorf("Next() after the end = %v, %t, want 0, false", at, ok)
			}
		})
	}
}

func TestStartDoesNotDrift(t *testing.T) {
	tests := []struct {
		name string
		rate float64
		i    float64
		want time.Duration
	}{
		{"an hour at a rate that does not divide a second", 3, 3 * 3600, time.Hour},
		{"a day at such a rate", 7, 7 * 86400, 24 * time.Hour},
		{"a day at the highest rate", 1e7, 1e7 * 86400, 24 * time.Hour},
		{"the start before that", 1e7, 1e7*86400 - 1, 24*time.Hour - 100},
		{"a day at a rate that is no whole number", 28232.0 / 60, 28232 * 60 * 24, 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Plan{From: tt.rate, To: tt.rate, Duration: 48 * time.Hour}
			if got := p.start(tt.i); got != tt.want {
				t.Errorf("start %.0f at %v/s is at %v, want %v", tt.i, tt.rate, got, tt.want)
			}
		})
	}
}

func TestPlanCount(t *testing.T) {
	tests := []struct {
		name string
		plan Plan
		want int64
	}{
		{"rate times duration", Plan{From: 500, To: 500, Duration: 10 * time.Second}, 5000},
		{"a part of a gap at the end has its start", Plan{From: 3, To: 3, Duration: 1100 * time.Millisecond}, 4},
		{"a product that is rounded up adds no start", Plan{From: 1.1, To: 1.1, Duration: 10 * time.Second}, 11},
		{"a ramp has the mean of its rates", Plan{From: 100, To: 10000, Duration: 10 * time.Second}, 50500},
		{"a ramp down has as many", Plan{From: 10000, To: 100, Duration: 10 * time.Second}, 50500},
		{"a ramp to nothing", Plan{From: 10000, To: 0, Duration: 10 * time.Second}, 50000},
		{"random arrivals have the expected number",
			Plan{From: 100, To: 10000, Arrival: Poisson, Duration: 10 * time.Second},
			50500},
		{"the most there can be", Plan{From: 1e7, To: 1e7, Duration: 24 * time.Hour}, 864_000_000_000},
		{"no rate", Plan{Duration: time.Hour}, 0},
		{"no time", Plan{From: 100, To: 100}, 0},
		{"less than no time", Plan{From: 100, To: 100, Duration: -time.Second}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.plan.Count(); got != tt.want {
				t.Errorf("%+v.Count() = %d, want %d", tt.plan, got, tt.want)
			}
		})
	}
}

// drawPlan makes up a plan of up to 55,000 starts at any rate.
func drawPlan(t *rapid.T) Plan {
	rate := rapid.SampledFrom([]float64{0.01, 1, 100, 10_000, 1e7}).Draw(t, "rate") *
		rapid.Float64Range(0.5, 1).Draw(t, "part")
	count := rapid.SampledFrom([]float64{1, 10, 1000, 10_000}).Draw(t, "count") *
		rapid.Float64Range(0.5, 1).Draw(t, "share")
	p := Plan{From: rate, Duration: time.Duration(count / rate * 1e9)}
	switch rapid.IntRange(0, 3).Draw(t, "shape") {
	case 0:
		p.To = p.From * rapid.Float64Range(0.001, 10).Draw(t, "ratio")
	case 1:
		p.To = 0
	case 2:
		p.From, p.To = 0, p.From
	default:
		p.To = p.From
	}
	return p
}

func drawArrival(t *rapid.T, p Plan) Plan {
	p.Arrival = rapid.SampledFrom([]Arrival{Constant, Poisson}).Draw(t, "arrival")
	p.Seed = rapid.Int64().Draw(t, "seed")
	return p
}

func TestWorkersShareTheConstantPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t)
		n := rapid.IntRange(1, 9).Draw(t, "workers")
		one := starts(p.Worker(0, 1))
		if got := union(p, n); !slices.Equal(got, one) {
			t.Fatalf("%d workers start at %v, want %v as one does", n, got, one)
		}
		if got := p.Count(); got != int64(len(one)) {
			t.Fatalf("Count() = %d, want %d", got, len(one))
		}
		if at := p.start(float64(len(one))); at < p.Duration {
			t.Fatalf("start %d at %v is left out of a plan of %v", len(one), at, p.Duration)
		}
	})
}

func TestStartsRiseWithinTheDuration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawArrival(t, drawPlan(t))
		n := rapid.IntRange(1, 9).Draw(t, "workers")
		got := starts(p.Worker(rapid.IntRange(0, n-1).Draw(t, "worker"), n))
		if !slices.IsSorted(got) {
			t.Fatalf("starts %v are out of order", got)
		}
		if len(got) > 0 && (got[0] < 0 || got[len(got)-1] >= p.Duration) {
			t.Fatalf("starts from %v to %v, want them in 0 to %v", got[0], got[len(got)-1], p.Duration)
		}
	})
}

// At the start's own time, the area under the rate is its number.
func TestStartInvertsTheCumulativeRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t)
		for i, at := range starts(p.Worker(0, 1)) {
			s, d := at.Seconds(), p.Duration.Seconds()
			got := p.From*s + (p.To-p.From)/(2*d)*s*s
			rate := p.From + (p.To-p.From)*s/d
			// The start was rounded to 1 ns; near a rate of 0 that is a second-order term.
			if off := math.Abs(got - float64(i)); off > 1e-9*(1+rate+math.Abs(p.To-p.From)/d*1e-9)+1e-12*float64(i) {
				t.Fatalf("the rate amounts to %v starts by start %d at %v", got, i, at)
			}
		}
	})
}

func TestSeedsDetermineRandomStarts(t *testing.T) {
	p := Plan{From: 1000, To: 1000, Arrival: Poisson, Duration: time.Second, Seed: 1}
	again, other := p, p
	other.Seed = 2
	if !slices.Equal(union(p, 3), union(again, 3)) {
		t.Errorf("seed %d gives other starts the second time", p.Seed)
	}
	if slices.Equal(union(p, 3), union(other, 3)) {
		t.Errorf("seeds 1 and 2 give the same starts")
	}
	if slices.Equal(starts(p.Worker(0, 2)), starts(p.Worker(1, 2))) {
		t.Errorf("two workers have the same starts")
	}
}

func TestNextDoesNotAllocate(t *testing.T) {
	for _, p := range []Plan{
		{From: 1e6, To: 1e6, Duration: time.Hour},
		{From: 1, To: 1e6, Duration: time.Hour},
		{From: 1, To: 1e6, Duration: time.Hour, Arrival: Poisson},
	} {
		w := p.Worker(0, 2)
		if got := testing.AllocsPerRun(1000, func() { w.Next() }); got != 0 {
			t.Errorf("Next() of %+v allocates %v times, want none", p, got)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	for _, bb := range []struct {
		name string
		plan Plan
	}{
		{"arrival=constant", Plan{From: 1e6, To: 1e6}},
		{"arrival=constant/ramp", Plan{From: 1e5, To: 1e6}},
		{"arrival=poisson", Plan{From: 1e6, To: 1e6, Arrival: Poisson}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			bb.plan.Duration = 24 * time.Hour
			w := bb.plan.Worker(0, 2)
			b.ReportAllocs()
			for b.Loop() {
				w.Next()
			}
		})
	}
}
