package exhaustion

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"pgregory.net/rapid"

	"tcpbench/metrics"
)

// series makes n points of 64 connections each, whose connect(2) costs cost(i).
func series(n int, cost func(i int) float64) []metrics.Point {
	points := make([]metrics.Point, n)
	at := 0.0
	for i := range points {
		us := cost(i)
		at += 64 * (us + 10) / 1e6
		points[i] = metrics.Point{AfterConnections: int64(i+1) * 64, AtSeconds: at, CallUS: us, ConnectUS: us}
	}
	return points
}

// step costs 8 us before point at, and factor times that from there on.
func step(at int, factor float64) func(int) float64 {
	return func(i int) float64 {
		if i < at {
			return 8
		}
		return 8 * factor
	}
}

// noisy makes a cost go up and down by up to half.
func noisy(cost func(int) float64) func(int) float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	return func(i int) float64 { return cost(i) * (0.75 + 0.75*rng.Float64()) }
}

// spiky makes every nth point cost 50 times as much.
func spiky(n int, cost func(int) float64) func(int) float64 {
	return func(i int) float64 {
		if i%n == n/2 {
			return 50 * cost(i)
		}
		return cost(i)
	}
}

func TestFindKnee(t *testing.T) {
	const none = -1
	tests := []struct {
		name   string
		points []metrics.Point
		at     int // the points before the knee
		within int // how far off it may be
	}{
		{"a clean 20-fold step at half", series(200, step(100, 20)), 100, 0},
		{"a step at a fifth", series(200, step(40, 20)), 40, 0},
		{"a 3.5-fold step", series(200, step(100, 3.5)), 100, 0},
		{"a 20-fold step in noise", series(200, noisy(step(100, 20))), 100, 0},
		{"a 5-fold step in noise", series(200, noisy(step(100, 5))), 100, 1},
		{"a step among single spikes", series(200, spiky(7, step(100, 20))), 100, 1},
		{"a step in the fewest points", series(16, step(8, 20)), 8, 0},
		{"a step as near to the end as counts", series(200, step(180, 20)), 180, 0},
		{"no step", series(200, step(0, 1)), none, 0},
		{"no step in noise", series(200, noisy(step(0, 1))), none, 0},
		{"no step among single spikes", series(200, spiky(7, step(0, 1))), none, 0},
		{"a step of less than threefold", series(200, step(100, 2.5)), none, 0},
		{"a step down", series(200, step(100, 1.0/20)), none, 0},
		{"a step too near the beginning", series(200, step(4, 20)), none, 0},
		{"a step too near the end", series(200, step(197, 20)), none, 0},
		{"a steady climb to 20-fold", series(200, func(i int) float64 { return 8 * math.Pow(20, float64(i)/199) }),
			none, 0},
		{"a straight climb to 20-fold", series(200, func(i int) float64 { return 8 * (1 + 19*float64(i)/199) }), none,
			0},
		{"fast and slow in turn", series(200, func(i int) float64 { return 8 + 400*float64(i/20%2) }), none, 0},
		{"slow in the middle only", series(200, func(i int) float64 { return step(70, 20)(i) / step(130, 20)(i) * 8 }),
			none, 0},
		{"one point too few", series(15, step(8, 20)), none, 0},
		{"no points", nil, none, 0},
		{"costs of zero", series(200, step(0, 0)), none, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := FindKnee(tt.points)
			if k.Found != (tt.at != none) {
				t.Fatalf("FindKnee(%d points).Found = %t (%+v), want %t", len(tt.points), k.Found, k, !k.Found)
			}
			if !k.Found {
				if k != (Knee{}) {
					t.Errorf("FindKnee(%d points) = %+v, want the zero value", len(tt.points), k)
				}
				return
			}
			if got := int(*k.AfterConnections / 64); got < tt.at-tt.within || got > tt.at+tt.within {
				t.Errorf("FindKnee(%d points).AfterConnections = %d points, want %d", len(tt.points), got, tt.at)
			}
		})
	}
}

func TestKneeTellsBothSides(t *testing.T) {
	k := FindKnee(series(200, spiky(31, step(100, 20))))
	if !k.Found {
		t.Fatal("FindKnee(a step) found none")
	}
	near := func(name string, got *float64, want float64) {
		if got == nil || math.Abs(*got-want) > want/100 {
			t.Errorf("FindKnee(a step).%s = %v, want %v", name, got, want)
		}
	}
	near("ConnectBeforeUS", k.ConnectBeforeUS, 8)
	near("ConnectAfterUS", k.ConnectAfterUS, 160)
	k = FindKnee(series(200, step(100, 20)))
	near("RateBefore", k.RateBefore, 1e6/18)
	near("RateAfter", k.RateAfter, 1e6/170)
	near("AfterSeconds", k.AfterSeconds, 6400*18e-6)
}

// Two levels are found wherever they part, whatever the scale.
func TestKneeIsFoundAtAnyScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(16, 512).Draw(t, "points")
		side := max(kneeSide, int(kneeShare*float64(n)))
		at := rapid.IntRange(side, n-side).Draw(t, "at")
		scale := math.Pow(10, rapid.Float64Range(-1, 3).Draw(t, "scale"))
		points := series(n, func(i int) float64 { return scale * step(at, 10)(i) })
		k := FindKnee(points)
		if !k.Found || *k.AfterConnections != points[at-1].AfterConnections {
			t.Fatalf("FindKnee(%d points, a step after %d) = %+v, want it found there", n, at, k)
		}
	})
}

// readSeries reads the cost of connect(2) as measured on Linux 6.18.
func readSeries(t *testing.T, name string) []metrics.Point {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var points []metrics.Point
	if err := json.Unmarshal(data, &points); err != nil {
		t.Fatal(err)
	}
	return points
}

func TestFindKneeInRealSeries(t *testing.T) {
	tests := []struct {
		name  string
		file  string
		ports float64
		found bool
	}{
		{"28232 ports to exhaustion", "default-range", 28232, true},
		{"1000 ports to exhaustion", "1000-ports", 1000, true},
		{"linger 0 never searches", "linger-0", 28232, false},
		{"tcp_tw_reuse=1 goes past half the range and back", "tw-reuse-1", 28232, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := FindKnee(readSeries(t, tt.file))
			if k.Found != tt.found {
				t.Fatalf("FindKnee(%s).Found = %t, want %t", tt.file, k.Found, tt.found)
			}
			if !k.Found {
				return
			}
			if share := float64(*k.AfterConnections) / tt.ports; share < 0.49 || share > 0.51 {
				t.Errorf("FindKnee(%s).AfterConnections = %d, %.1f %% of the ports, "+
					"want 49 to 51 %%", tt.file, *k.AfterConnections, 100*share)
			}
		})
	}
}

func TestWithOccupancy(t *testing.T) {
	samples := []Sample{{Connections: 100, InUse: 100, Capacity: 1000}, {Connections: 900, InUse: 500, Capacity: 1000}}
	tests := []struct {
		name    string
		knee    Knee
		samples []Sample
		want    *float64
	}{
		{"between two samples", Knee{Found: true, AfterConnections: new(int64(500))}, samples, new(0.3)},
		{"before the first", Knee{Found: true, AfterConnections: new(int64(50))}, samples, new(0.05)},
		{"after the last", Knee{Found: true, AfterConnections: new(int64(2000))}, samples, new(0.5)},
		{"after a warm-up that took ports", Knee{Found: true, AfterConnections: new(int64(50))},
			append([]Sample{{InUse: 400, Capacity: 1000}}, Sample{Connections: 100, InUse: 500, Capacity: 1000}),
			new(0.45)},
		{"where the warm-up ended", Knee{Found: true, AfterConnections: new(int64(0))},
			[]Sample{{InUse: 400, Capacity: 1000}, {Connections: 100, InUse: 500, Capacity: 1000}}, new(0.4)},
		{"at a sample", Knee{Found: true, AfterConnections: new(int64(100))}, samples, new(0.1)},
		{"ports were not measured", Knee{Found: true, AfterConnections: new(int64(500))}, nil, nil},
		{"no capacity was measured", Knee{Found: true, AfterConnections: new(int64(500))},
			[]Sample{{Connections: 1, InUse: 1}}, nil},
		{"no knee", Knee{}, samples, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.knee.WithOccupancy(tt.samples).Occupancy
			if (got == nil) != (tt.want == nil) || got != nil && math.Abs(*got-*tt.want) > 1e-9 {
				t.Errorf("WithOccupancy(%v) = %v, want %v", tt.samples, got, tt.want)
			}
		})
	}
}

func TestOccupancyOfManyPlaces(t *testing.T) {
	got, ok := Occupancy([]Sample{{Connections: 1000, InUse: 1000, Capacity: 1000}}, []int64{0, 250, 1000, 5000})
	want := []float64{0, 0.25, 1, 1}
	if !ok || len(got) != len(want) {
		t.Fatalf("Occupancy() = %v, %t, want %v", got, ok, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("Occupancy()[%d] = %v, want %v", i, got[i], want[i])
		}
	}
	if got, ok := Occupancy(nil, []int64{1}); ok {
		t.Errorf("Occupancy(no samples) = %v, want none", got)
	}
}
