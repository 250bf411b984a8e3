package figure

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestUnits(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"no time", Micros(0), "0 s"},
		{"microseconds", Micros(35.26), "35.3 us"},
		{"less than one", Micros(0.25), "0.25 us"},
		{"carried to milliseconds", Micros(999.9995), "1 ms"},
		{"not carried to milliseconds", Micros(999.4), "999 us"},
		{"milliseconds", Micros(1405), "1.41 ms"},
		{"carried to seconds", Seconds(0.9999995), "1 s"},
		{"seconds", Seconds(1.2345), "1.23 s"},
		{"carried to whole seconds", Seconds(99.95), "100 s"},
		{"whole seconds", Seconds(1234.5), "1234 s"},
		{"a time that is negative", Seconds(-0.012345), "-12.3 ms"},
		{"no time at all", Seconds(math.NaN()), Unmeasured},
		{"an endless time", Micros(math.Inf(1)), Unmeasured},
		{"a time in full", ExactMicros(1234.5678), "1.2345678ms"},
		{"no time in full", ExactMicros(0), "0s"},
		{"an hour in full", ExactMicros(3.6e9), "3600s"},
		{"a span of milliseconds", Span(0.9996), "1 s"},
		{"a span of seconds", Span(45.6), "45.6 s"},
		{"a span of minutes", Span(760), "13 min"},
		{"a span of hours", Span(5 * 3600), "5 h"},
		{"an endless span", Span(math.Inf(1)), Unmeasured},
		{"a percentage", Percent(99.57), "99.6 %"},
		{"no percentage", Percent(math.NaN()), Unmeasured},
		{"a rough share", AboutPercent(0.504), "50 %"},
		{"about", About(12.6), "13"},
		{"no bytes", Bytes(0), "0 bytes"},
		{"one byte", Bytes(1), "1 byte"},
		{"bytes in full", Bytes(1<<20 - 1), "1048575 bytes"},
		{"MiB", Bytes(5<<20 + 1<<18), "5.25 MiB"},
		{"MiB below a GiB", Bytes(1000 << 20), "1000 MiB"},
		{"carried to GiB", Bytes(1<<30 - 1), "1 GiB"},
		{"GiB", Bytes(4123456789), "3.84 GiB"},
		{"one", Plural(1, "port"), "1 port"},
		{"none", Plural(0, "port"), "0 ports"},
		{"many", Plural(int64(2), "port"), "2 ports"},
		{"a mean of one", Counted(1, "SYN"), "1 SYN"},
		{"a mean", Counted(2.5, "SYN"), "2.5 SYNs"},
		{"a tick", Tick(500), "500"},
		{"a tick of thousands", Tick(28232), "28.2k"},
		{"a tick below a thousand", Tick(470.6), "471"},
		{"a tick carried to millions", Tick(999999), "1M"},
		{"a tick below nothing", Tick(-1500), "-1.5k"},
		{"a tick of billions", Tick(2.5e12), "2500G"},
		{"no tick", Tick(math.NaN()), Unmeasured},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestTimesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		us := math.Abs(value(t))
		for _, s := range []string{strings.ReplaceAll(Micros(us), " ", ""), ExactMicros(us)} {
			v, unit := strings.TrimRight(s, "mus"), strings.TrimLeft(s, "0123456789.")
			got := parsed(v) * map[string]float64{"us": 1, "ms": 1e3, "s": 1e6}[unit]
			if off := math.Abs(got - us); off > us/199 || strings.Contains(v, "e") {
				t.Fatalf("%v us reads %q, which is %v us", us, s, got)
			}
		}
	})
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		vs   []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 3}, 2.5}} {
		vs := append([]float64(nil), tt.vs...)
		if got := Median(vs); got != tt.want {
			t.Errorf("Median(%v) = %v, want %v", tt.vs, got, tt.want)
		}
		for i := range vs {
			if vs[i] != tt.vs[i] {
				t.Fatalf("Median changed %v to %v", tt.vs, vs)
			}
		}
	}
	if got := Median(nil); !math.IsNaN(got) {
		t.Errorf("Median of none = %v", got)
	}
}
