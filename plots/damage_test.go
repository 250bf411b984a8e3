package plots

import (
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// clone copies r deeply.
func clone(t *testing.T, r *results.Run) *results.Run {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var out results.Run
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

// drawAll draws every picture of r, alone and beside a sound run. It returns
// ForRun's error.
func drawAll(t *testing.T, r *results.Run) error {
	t.Helper()
	pics, err := ForRun(r)
	more, _ := ForSweep([]*results.Run{r, sweep()[1]})
	for _, p := range append(pics, more...) {
		if err := p.Write(io.Discard, "svg"); err != nil {
			t.Errorf("Write(%s) = %v, want no error", p.Name, err)
		}
	}
	return err
}

func TestEveryPartMayBeMissing(t *testing.T) {
	for i := range reflect.TypeFor[results.Run]().NumField() {
		name := reflect.TypeFor[results.Run]().Field(i).Name
		t.Run(name, func(t *testing.T) {
			r := clone(t, sweep()[0])
			reflect.ValueOf(r).Elem().Field(i).SetZero()
			if err := drawAll(t, r); err != nil {
				t.Errorf("ForRun() without %s = %v, want no error", name, err)
			}
		})
	}
}

func TestSeriesMayBeOfAnyLength(t *testing.T) {
	for n := range 7 {
		r := clone(t, sweep()[0])
		r.Intervals = r.Intervals[:n]
		r.ConnectCost = r.ConnectCost[:n]
		if err := drawAll(t, r); err != nil {
			t.Errorf("ForRun() with %d points = %v, want no error", n, err)
		}
	}
}

// TestAnyNumberMayBeWrong spoils a few numbers of a run at a time, and cuts
// parts away.
func TestAnyNumberMayBeWrong(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	sound := []*results.Run{clone(t, sweep()[1]), resultstest.Real(t, "ramp"), resultstest.Real(t, "dead"),
		resultstest.Real(t, "planned")}
	sound[0].ConnectCost = sound[0].ConnectCost[:40]
	for i := range 300 {
		r := clone(t, sound[i%len(sound)])
		damage(random, reflect.ValueOf(r).Elem())
		_ = drawAll(t, r) // an error may be, a panic must not
	}
}

// damage walks v and spoils about one number in twenty.
func damage(random *rand.Rand, v reflect.Value) {
	floats := []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64,
		math.SmallestNonzeroFloat64, 1e-300}
	ints := []int64{0, -1, 1, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64}
	spoil := random.IntN(20) == 0
	switch v.Kind() {
	case reflect.Pointer:
		if spoil || v.IsNil() {
			v.SetZero()
			return
		}
		damage(random, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Field(i).CanSet() {
				damage(random, v.Field(i))
			}
		}
	case reflect.Slice:
		if spoil {
			v.SetLen(random.IntN(v.Len() + 1))
		}
		for i := range v.Len() {
			damage(random, v.Index(i))
		}
	case reflect.String:
		if spoil {
			v.SetString(v.String()[:random.IntN(v.Len()+1)])
		}
	case reflect.Float64:
		if spoil {
			v.SetFloat(floats[random.IntN(len(floats))])
		}
	case reflect.Int, reflect.Int64:
		if spoil {
			v.SetInt(ints[random.IntN(len(ints))])
		}
	}
}
