package scenario

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestParseNumber(t *testing.T) {
	tests := []struct {
		name, text string
		want       float64
		ok         bool
	}{
		{"a whole number", "500", 500, true},
		{"nothing", "0", 0, true},
		{"a part", "0.25", 0.25, true},
		{"thousands", "10k", 10_000, true},
		{"a part of thousands", "1.5k", 1500, true},
		{"thousands are not multiplied, which would round", "1.001k", 1001, true},
		{"millions", "2.5m", 2_500_000, true},
		{"zeros before it", "007", 7, true},
		{"empty", "", 0, false},
		{"a unit alone", "k", 0, false},
		{"two units", "1km", 0, false},
		{"a capital unit", "1K", 0, false},
		{"no digit before the point", ".5", 0, false},
		{"no digit after the point", "5.", 0, false},
		{"two points", "1.2.3", 0, false},
		{"negative", "-1", 0, false},
		{"a plus sign", "+1", 0, false},
		{"an exponent", "1e3", 0, false},
		{"hexadecimal", "0x10", 0, false},
		{"an underscore", "1_000", 0, false},
		{"infinite", "inf", 0, false},
		{"not a number", "nan", 0, false},
		{"a space", "1 k", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseNumber(tt.text)
			if got != tt.want || (err == nil) != tt.ok {
				t.Errorf("ParseNumber(%q) = %v, %v, want %v, ok %t", tt.text, got, err, tt.want, tt.ok)
			}
		})
	}
	if _, err := ParseNumber("1e3"); message(err) != `"1e3" is not a number such as 500, 1.5k or 2m` {
		t.Errorf("ParseNumber(1e3) = %v, want an error that shows the form", err)
	}
}

func TestParseRate(t *testing.T) {
	notARate := func(s string) string {
		return `"` + s + `" is not a rate such as 500, 10k, 50/1s, or 100..10k for a ramp`
	}
	tests := []struct {
		name, text string
		want       Rate
		err        string
	}{
		{"none", "none", Rate{}, ""},
		{"nothing", "", Rate{}, ""},
		{"per second", "500", Rate{500, 500}, ""},
		{"thousands", "10k", Rate{10_000, 10_000}, ""},
		{"a part of thousands", "1.5k", Rate{1500, 1500}, ""},
		{"per second, said so", "50/1s", Rate{50, 50}, ""},
		{"per a unit of time", "50/s", Rate{50, 50}, ""},
		{"per minute", "30/1m", Rate{0.5, 0.5}, ""},
		{"thousands per minute: the second m is time", "6k/m", Rate{100, 100}, ""},
		{"per part of a second", "5/500ms", Rate{10, 10}, ""},
		{"per a time that begins with a point", "5/.5s", Rate{10, 10}, ""},
		{"spaces around the stroke", "50 / 1s", Rate{50, 50}, ""},
		{"a ramp up", "100..10k", Rate{100, 10_000}, ""},
		{"a ramp down", "10k..100", Rate{10_000, 100}, ""},
		{"a ramp in parts", "0.5..1.5", Rate{0.5, 1.5}, ""},
		{"a ramp between rates per minute", "60/1m..120/m", Rate{1, 2}, ""},
		{"a ramp that stays where it is", "100..100", Rate{100, 100}, ""},
		{"the lowest", "0.01", Rate{0.01, 0.01}, ""},
		{"the highest", "10m", Rate{10_000_000, 10_000_000}, ""},
		{"nothing a second", "0", Rate{}, "a rate of 0 starts nothing; use none for a closed loop"},
		{"a ramp from nothing", "0..100", Rate{}, "a rate of 0 starts nothing; use none for a closed loop"},
		{"below the lowest", "0.009", Rate{}, "0.009/s is outside 0.01/s to 10000000/s"},
		{"below the lowest, per hour", "18/1h", Rate{}, "0.005/s is outside 0.01/s to 10000000/s"},
		{"above the highest", "10000001", Rate{}, "10000001/s is outside 0.01/s to 10000000/s"},
		{"a ramp to above the highest", "1..11m", Rate{}, "11000000/s is outside 0.01/s to 10000000/s"},
		{"a word", "fast", Rate{}, notARate("fast")},
		{"negative", "-5", Rate{}, notARate("-5")},
		{"a ramp with three points", "100...10k", Rate{}, notARate(".10k")},
		{"a ramp without an end", "100..", Rate{}, notARate("")},
		{"a ramp without a beginning", "..100", Rate{}, notARate("")},
		{"a ramp of three", "1..2..3", Rate{}, notARate("2..3")},
		{"a ramp written as a range", "100-10k", Rate{}, notARate("100-10k")},
		{"per nothing said", "50/", Rate{}, `"" is not a duration such as 10s or 250ms`},
		{"per a number", "50/2", Rate{}, `"2" has no unit; use 2s or 2ms`},
		{"per no time", "50/0s", Rate{}, "a rate per 0s has no meaning; use a longer time, such as 1s"},
		{"per less than no time", "50/-1s", Rate{}, "a rate per -1s has no meaning; use a longer time, such as 1s"},
		{"per two times", "50/1s/1s", Rate{}, `"1s/1s" is not a duration such as 10s or 250ms`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseRate(tt.text)
			if got != tt.want || message(err) != tt.err {
				t.Errorf("ParseRate(%q) = %+v, %q, want %+v, %q", tt.text, got, message(err), tt.want, tt.err)
			}
			if got.IsZero() != (tt.want == Rate{}) || got.Ramp() != (tt.want.From != tt.want.To) {
				t.Errorf("ParseRate(%q).IsZero() = %t, Ramp() = %t, want them of %+v", tt.text, got.IsZero(),
					got.Ramp(), tt.want)
			}
		})
	}
}

func TestRateString(t *testing.T) {
	tests := []struct {
		name string
		rate Rate
		want string
	}{
		{"none", Rate{}, "none"},
		{"a whole rate is a plain number", Rate{10_000, 10_000}, "10000"},
		{"the highest has no exponent", Rate{MaxRate, MaxRate}, "10000000"},
		{"a part", Rate{0.5, 0.5}, "0.5"},
		{"a ramp", Rate{100, 10_000}, "100..10000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.rate.String(); got != tt.want {
				t.Errorf("%#v.String() = %q, want %q", tt.rate, got, tt.want)
			}
		})
	}
}

func TestAPrintedRateIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) float64 {
			rate := math.Pow(10, rapid.Float64Range(-2, 7).Draw(t, "exponent"))
			return min(max(rate, MinRate), MaxRate)
		})
		r := Rate{From: draw.Draw(t, "from")}
		r.To = rapid.SampledFrom([]float64{r.From, draw.Draw(t, "to")}).Draw(t, "ramp")
		if got, err := ParseRate(r.String()); got != r || err != nil {
			t.Fatalf("ParseRate(%q) = %v, %v, want %v", r, got, err, r)
		}
	})
}

func FuzzParseRate(f *testing.F) {
	for _, s := range []string{"500", "10k", "1.5k", "50/1s", "30/1m", "100..10k", "none", "", "0", "1...2", "5/.5s",
		"9/0s", "1/m..2/h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRate(s)
		if err != nil {
			return
		}
		for _, end := range []float64{r.From, r.To} {
			if !r.IsZero() && !(end >= MinRate && end <= MaxRate) {
				t.Errorf("ParseRate(%q) = %+v, want both in %v to %v", s, r, MinRate, MaxRate)
			}
		}
		if again, err := ParseRate(r.String()); again != r || err != nil {
			t.Errorf("ParseRate(%q) = %v, %v, want %v", r.String(), again, err, r)
		}
	})
}
