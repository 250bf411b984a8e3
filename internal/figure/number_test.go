package figure

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNumberAndLimit(t *testing.T) {
	tests := []struct {
		name          string
		v             float64
		number, limit string
	}{
		{"nothing", 0, "0", "0"},
		{"minus nothing", math.Copysign(0, -1), "0", "0"},
		{"three digits", 16.6666, "16.7", "16.6"},
		{"zeros at the end are left out", 60, "60", "60"},
		{"a tenth that binary cannot hold is not rounded down", 16.7, "16.7", "16.7"},
		{"whole from 100 on", 470.53, "471", "470"},
		{"all digits of what is large", 28232.9, "28233", "28232"},
		{"large ones have no exponent", 1.5e21, "1500000000000000000000", "1500000000000000000000"},
		{"small ones have none either", 0.0000123456, "0.0000123", "0.0000123"},
		{"carried to a digit before the point", 9.996, "10", "9.99"},
		{"carried to whole digits", 99.95, "100", "99.9"},
		{"carried to a unit", 0.9996, "1", "0.999"},
		{"not carried", 99.94, "99.9", "99.9"},
		{"what is nearly whole", 999.9995, "1000", "999"},
		{"below nothing, down is away from it", -16.64, "-16.6", "-16.7"},
		{"below nothing, carried", -99.94, "-99.9", "-100"},
		{"no number", math.NaN(), Unmeasured, Unmeasured},
		{"infinite", math.Inf(1), Unmeasured, Unmeasured},
		{"infinite below", math.Inf(-1), Unmeasured, Unmeasured},
	}
	for _, tt := range tests {
		if got := Number(tt.v); got != tt.number {
			t.Errorf("%s: Number(%v) = %q, want %q", tt.name, tt.v, got, tt.number)
		}
		if got := Limit(tt.v); got != tt.limit {
			t.Errorf("%s: Limit(%v) = %q, want %q", tt.name, tt.v, got, tt.limit)
		}
	}
}

func TestExact(t *testing.T) {
	for v, want := range map[float64]string{1250.5: "1250.5", 0.1: "0.1", 2e6: "2000000", 0: "0",
		math.Inf(1): Unmeasured} {
		if got := Exact(v); got != want {
			t.Errorf("Exact(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestRound(t *testing.T) {
	for _, tt := range []struct {
		v      float64
		digits int
		want   float64
	}{{1234.5, 2, 1200}, {0.0996, 2, 0.1}, {0, 3, 0}, {-1.2345, 3, -1.23}} {
		if got := Round(tt.v, tt.digits); got != tt.want {
			t.Errorf("Round(%v, %d) = %v, want %v", tt.v, tt.digits, got, tt.want)
		}
	}
}

func TestSprintfWritesNumbers(t *testing.T) {
	got, want := Sprintf("%v of %d in %s, %v times", 470.53, 1000, "all", 1.0), "471 of 1000 in all, 1 times"
	if got != want {
		t.Errorf("Sprintf = %q, want %q", got, want)
	}
}

// value draws what a figure may be: of either sign, from a millionth to 1e15.
func value(t *rapid.T) float64 {
	v := rapid.Float64Range(1, 10).Draw(t, "mantissa") * math.Pow(10,
		float64(rapid.IntRange(-6, 14).Draw(t, "exponent")))
	if rapid.Bool().Draw(t, "negative") {
		return -v
	}
	return v
}

// lastPlace is what one more in the last place that is kept of v comes to.
func lastPlace(v float64) float64 { return math.Pow10(-places(v)) }

// near allows for what a float64 cannot hold.
func near(v float64) float64 { return 1e-12 * math.Abs(v) }

func TestNumberIsNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := value(t)
		if off := math.Abs(parsed(Number(v)) - v); off > lastPlace(v)/2+near(v) {
			t.Fatalf("Number(%v) = %q, which is %v off", v, Number(v), off)
		}
	})
}

func TestLimitIsNeverExceeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := value(t)
		if got := parsed(Limit(v)); got > v || v-got > lastPlace(v)+near(v) {
			t.Fatalf("Limit(%v) = %q", v, Limit(v))
		}
	})
}

func TestThreeDigitsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := value(t)
		if unit := lastPlace(v); math.Abs(v)/unit < 99.99 {
			t.Fatalf("of %v only so much as %v is kept", v, unit)
		}
		if whole := math.Abs(v) >= 100; whole && strings.Contains(Number(v)+Limit(v), ".") {
			t.Fatalf("Number(%v) = %q, Limit = %q, which are not whole", v, Number(v), Limit(v))
		}
	})
}

func TestExactIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := value(t)
		if got := parsed(Exact(v)); got != v {
			t.Fatalf("Exact(%v) = %q, which is %v", v, Exact(v), got)
		}
	})
}
