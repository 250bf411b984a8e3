package metrics

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawInterval is one that a run may have; what may be absent sometimes is.
func drawInterval(t *rapid.T, at float64) Interval {
	number := func(name string) *int {
		if rapid.Bool().Draw(t, "has "+name) {
			return new(rapid.IntRange(0, 30000).Draw(t, name))
		}
		return nil
	}
	micros := func(name string) *float64 {
		if n := number(name); n != nil {
			return new(float64(*n) / 7)
		}
		return nil
	}
	iv := Interval{
		LengthS:      float64(rapid.IntRange(1, 3000).Draw(t, "ms")) / 1000,
		Attempted:    rapid.Int64Range(0, 1e6).Draw(t, "attempted"),
		Obtained:     rapid.Int64Range(0, 1e6).Draw(t, "obtained"),
		Succeeded:    rapid.Int64Range(0, 1e6).Draw(t, "succeeded"),
		Failed:       rapid.Int64Range(0, 1e6).Draw(t, "failed"),
		ServerErrors: rapid.Int64Range(0, 9).Draw(t, "server errors"),
		Errors: rapid.MapOf(rapid.SampledFrom([]string{"connect: EADDRNOTAVAIL", "recv: EOF"}),
			rapid.Int64Range(1, 9)).Draw(t, "errors"),
		InFlight: rapid.IntRange(0, 1000).Draw(t, "in flight"),
		TimeWait: number("time_wait"), PortsInUse: number("ports"), KeepaliveProbes: number("probes"),
		ConnectP50US: micros("p50"), ConnectP99US: micros("p99"), ResponseP99US: micros("response"),
		CPUUserS: new(float64(rapid.IntRange(0, 1000).Draw(t, "user")) / 1000), CPUSystemS: new(0.001),
	}
	iv.TS = at + iv.LengthS
	iv.ConnectionsPerSecond = float64(iv.Succeeded) / iv.LengthS
	iv.RequestsPerSecond = float64(rapid.Int64Range(0, 1e6).Draw(t, "requests")) / iv.LengthS
	return iv
}

// joinAll joins neighbours in an order that is drawn, until one is left.
func joinAll(t *rapid.T, all []Interval) Interval {
	left := slices.Clone(all)
	for len(left) > 1 {
		i := rapid.IntRange(0, len(left)-2).Draw(t, "pair")
		left = slices.Replace(left, i, i+2, left[i].Join(left[i+1]))
	}
	return left[0]
}

func drawIntervals(t *rapid.T) []Interval {
	var all []Interval
	at := 0.0
	for range rapid.IntRange(2, 8).Draw(t, "intervals") {
		all = append(all, drawInterval(t, at))
		at = all[len(all)-1].TS
	}
	return all
}

// sums are what of an interval adds up, its rates times its length too.
func sums(iv Interval) []float64 {
	return []float64{float64(iv.Attempted), float64(iv.Obtained), float64(iv.Succeeded), float64(iv.Failed),
		float64(iv.ServerErrors), iv.LengthS, iv.ConnectionsPerSecond * iv.LengthS, iv.RequestsPerSecond * iv.LengthS,
		*iv.CPUUserS, *iv.CPUSystemS, float64(max(iv.Merged, 1)),
		float64(iv.Errors["connect: EADDRNOTAVAIL"]), float64(iv.Errors["recv: EOF"])}
}

func TestJoinPreservesSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawIntervals(t)
		want := make([]float64, len(sums(all[0])))
		for _, iv := range all {
			for i, n := range sums(iv) {
				want[i] += n
			}
		}
		got := joinAll(t, all)
		for i, n := range sums(got) {
			if math.Abs(n-want[i]) > 1e-9*(1+want[i]) {
				t.Fatalf("sum %d of the joined one is %v, want %v", i, n, want[i])
			}
		}
		if last := all[len(all)-1]; got.TS != last.TS || got.InFlight != last.InFlight ||
			!cmp.Equal(got.TimeWait, last.TimeWait) || !cmp.Equal(got.PortsInUse, last.PortsInUse) {
			t.Fatalf("the joined one ends as %+v, want what the last ended as: %+v", got, last)
		}
	})
}

// figuresOf are the numbers of f by their names.
func figuresOf(t *rapid.T, f *Figures) map[string]float64 {
	b, err := json.Marshal(f)
	out := map[string]float64{}
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestJoinKeepsTheBoundsOfWhatDoesNotAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawIntervals(t)
		least, most := map[string]float64{}, map[string]float64{}
		for i := range all {
			for name, v := range figuresOf(t, all[i].Highest()) {
				if was, ok := least[name]; !ok || v < was {
					least[name] = v
				}
				if was, ok := most[name]; !ok || v > was {
					most[name] = v
				}
			}
		}
		got := joinAll(t, all)
		if diff := cmp.Diff(least, figuresOf(t, got.Lowest())); diff != "" {
			t.Fatalf("the least (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(most, figuresOf(t, got.Highest())); diff != "" {
			t.Fatalf("the most (-want +got):\n%s", diff)
		}
	})
}

func TestAPercentileOfJoinedIntervalsIsNeverMadeUp(t *testing.T) {
	with, without := Interval{LengthS: 1, ConnectP99US: new(7.0)}, Interval{LengthS: 1}
	tests := []struct {
		name string
		got  Interval
		want *float64
	}{
		{"both had latencies", with.Join(with), nil},
		{"only the first had", with.Join(without), new(7.0)},
		{"only the second had", without.Join(with), new(7.0)},
		{"neither had", without.Join(without), nil},
		{"three had", with.Join(with).Join(with), nil},
		{"one of three had", without.Join(with).Join(without), new(7.0)},
	}
	for _, tt := range tests {
		if !cmp.Equal(tt.got.ConnectP99US, tt.want) {
			t.Errorf("%s: Join() has a 99th percentile of %v, want %v", tt.name, tt.got.ConnectP99US, tt.want)
		}
	}
}

func TestWhatWasNotMeasuredIsAbsentOfJoinedIntervalsToo(t *testing.T) {
	b, err := json.Marshal(Interval{LengthS: 1}.Join(Interval{LengthS: 1}))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"time_wait", "ports_in_use", "connect_p50_us", "cpu_user_s", "keepalive_probes"} {
		if strings.Contains(string(b), name) {
			t.Errorf("two intervals without %s give %s", name, b)
		}
	}
	if !strings.Contains(string(b), `"merged":2`) || !strings.Contains(string(b), `"length_s":2`) {
		t.Errorf("two intervals of 1 s give %s", b)
	}
}

// Joining must not change what was joined: the history's last are shown elsewhere too.
func TestJoinLeavesItsPartsAlone(t *testing.T) {
	a, b := Interval{LengthS: 1, PortsInUse: new(9), InFlight: 4}, Interval{LengthS: 1, PortsInUse: new(3)}
	ab := a.Join(b)
	*ab.Most.PortsInUse, *ab.Least.PortsInUse = 100, 100
	if *a.PortsInUse != 9 || *b.PortsInUse != 3 {
		t.Errorf("a change of the joined one changed its parts to %d and %d ports", *a.PortsInUse, *b.PortsInUse)
	}
}

func TestJoinNamesTheAgentsThatWereLateInEither(t *testing.T) {
	late := func(names ...string) Interval { return Interval{LengthS: 1, Late: names} }
	tests := []struct {
		name string
		got  Interval
		want []string
	}{
		{"none was", late().Join(late()), nil},
		{"one was in the first", late("b").Join(late()), []string{"b"}},
		{"one was in the second", late().Join(late("b")), []string{"b"}},
		{"one was in both", late("a", "b").Join(late("b", "c")), []string{"a", "b", "c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !slices.Equal(tt.got.Late, tt.want) {
				t.Errorf("Late = %v, want %v", tt.got.Late, tt.want)
			}
		})
	}
}
