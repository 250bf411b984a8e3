package metrics

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"pgregory.net/rapid"
)

// precision is what three significant digits promise.
const precision = 0.001

func within(got, want time.Duration) bool {
	return math.Abs(float64(got-want)) <= precision*float64(want)
}

// drawLatency makes up a latency of any scale.
func drawLatency(t *rapid.T) time.Duration {
	exp := rapid.Float64Range(0, math.Log10(float64(MaxLatency))).Draw(t, "exponent")
	return max(time.Duration(math.Pow(10, exp)), 1)
}

func drawLatencies(t *rapid.T, name string) []time.Duration {
	return rapid.SliceOfN(rapid.Custom(drawLatency), 1, 300).Draw(t, name)
}

func record(values ...time.Duration) *Histogram {
	h := NewHistogram()
	for _, v := range values {
		h.Record(v)
	}
	return h
}

func TestAboveCountsWhatIsLonger(t *testing.T) {
	h := NewHistogram()
	for i := range 100 {
		h.Record(time.Duration(i+1) * time.Millisecond)
	}
	for d, want := range map[time.Duration]int64{0: 100, 30 * time.Millisecond: 70, time.Second: 0} {
		if got := h.Above(d); got != want {
			t.Errorf("Above(%v) = %d, want %d", d, got, want)
		}
	}
}

func TestPercentileIsWithinAThousandth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := drawLatencies(t, "values")
		h := record(values...)
		slices.Sort(values)
		for _, p := range []float64{1, 50, 90, 99, 99.9, 100} {
			rank := max(int(math.Round(p/100*float64(len(values)))), 1)
			got, want := h.Percentile(p), values[rank-1]
			if !within(got, want) {
				t.Fatalf("Percentile(%v) of %v = %v, want %v", p, values, got, want)
			}
			if many := h.Percentiles([]float64{p}); many[0] != got {
				t.Fatalf("Percentiles(%v) of %v = %v, want %v as from Percentile", p, values, many[0], got)
			}
		}
		if got := h.Count(); got != int64(len(values)) {
			t.Fatalf("Count() = %d, want %d", got, len(values))
		}
	})
}

func TestHistogramOfHalfAMillion(t *testing.T) {
	h := NewHistogram()
	for i := range 500_000 {
		h.Record(time.Duration(i+1) * time.Microsecond)
	}
	ps := []float64{0.1, 50, 90, 99, 99.9, 99.99, 100}
	for i, got := range h.Percentiles(ps) {
		if want := time.Duration(ps[i] / 100 * 500_000 * float64(time.Microsecond)); !within(got, want) {
			t.Errorf("Percentiles(%v) = %v, want %v", ps[i], got, want)
		}
		if one := h.Percentile(ps[i]); one != got {
			t.Errorf("Percentile(%v) = %v, want %v as from Percentiles", ps[i], one, got)
		}
	}
}

func TestRecordClamps(t *testing.T) {
	tests := []struct {
		name     string
		recorded time.Duration
		want     time.Duration
	}{
		{"the longest", MaxLatency, MaxLatency},
		{"longer than the longest", MaxLatency + time.Nanosecond, MaxLatency},
		{"the longest duration of all", math.MaxInt64, MaxLatency},
		{"the shortest", time.Nanosecond, time.Nanosecond},
		{"no time", 0, time.Nanosecond},
		{"a clock that went back", -time.Hour, time.Nanosecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := record(tt.recorded)
			if got := h.Percentile(50); h.Count() != 1 || !within(got, tt.want) {
				t.Errorf("Record(%v): Percentile(50) = %v of %d values, want %v of 1", tt.recorded, got,
					h.Count(), tt.want)
			}
		})
	}
}

func TestMergeIsAsRecordingIntoOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawLatencies(t, "a"), drawLatencies(t, "b")
		merged := record(a...)
		merged.Merge(record(b...))
		one := record(append(slices.Clone(a), b...)...)
		if got, want := *Summarize(merged), *Summarize(one); got != want {
			t.Fatalf("Merge(%v, %v) = %+v, want %+v", a, b, got, want)
		}
	})
}

func TestResetForgets(t *testing.T) {
	h := record(time.Second, time.Minute)
	h.Reset()
	if h.Count() != 0 || h.Percentile(50) != 0 || Summarize(h) != nil {
		t.Errorf("Reset() leaves %d values, Percentile(50) = %v", h.Count(), h.Percentile(50))
	}
}

// library is the same histogram by the library.
func library(values []time.Duration) *hdr.Histogram {
	h := hdr.New(1, int64(MaxLatency), 3)
	for _, v := range values {
		_ = h.RecordValue(int64(v)) // in range
	}
	return h
}

func TestAHistogramIsWhatTheLibrarySays(t *testing.T) {
	us := func(ns int64) float64 { return float64(ns) / 1e3 }
	var s Summarizer // what it keeps for the next one does not matter
	rapid.Check(t, func(t *rapid.T) {
		values := drawLatencies(t, "values")
		for range rapid.IntRange(0, 3).Draw(t, "more") { // counts of several bytes, neighbours, a lone gap
			v := min(drawLatency(t), MaxLatency-MaxLatency/100)
			values = append(values, v+v/1000, v+v/500)
			for range rapid.IntRange(1, 20_000).Draw(t, "times") {
				values = append(values, v)
			}
		}
		h, lib := record(values...), library(values)
		want := Summary{
			Count: lib.TotalCount(), MinUS: us(lib.Min()), MeanUS: lib.Mean() / 1e3, MaxUS: us(lib.Max()),
			P50US: us(lib.ValueAtPercentile(50)), P90US: us(lib.ValueAtPercentile(90)),
			P99US: us(lib.ValueAtPercentile(99)), P999US: us(lib.ValueAtPercentile(99.9)),
		}
		got := *s.Summarize(h)
		decoded, err := hdr.Decode([]byte(got.HDR))
		if err != nil || !decoded.Equals(lib) {
			t.Fatalf("the library decodes another histogram from %s, %v", got.HDR, err)
		}
		if encoded, _ := lib.Encode(hdr.V2CompressedEncodingCookieBase); len(encoded) >= 2*worthCompressing &&
			string(encoded) != got.HDR {
			t.Fatalf("encoded as %s, want %s", got.HDR, encoded)
		}
		if got.HDR = ""; got != want {
			t.Fatalf("Summarize() = %+v, want %+v", got, want)
		}
		for p, want := range map[float64]int64{0: lib.ValueAtPercentile(0), 10: lib.ValueAtPercentile(10)} {
			if got := h.Percentile(p); int64(got) != want {
				t.Fatalf("Percentile(%v) = %v, want %v", p, got, time.Duration(want))
			}
		}
	})
}

func TestBarsAreThoseOfTheirLatencies(t *testing.T) {
	for _, p := range []resolution{fine(), coarse()} {
		rapid.Check(t, func(t *rapid.T) {
			d := drawLatency(t)
			bar := p.bar(d)
			if low, next := p.least(bar), p.least(bar+1); d < low || d >= next {
				t.Fatalf("%d digits: %v is in the bar of %v to %v", p.digits, d, low, next)
			}
			if width := p.least(bar+1) - p.least(bar); float64(width-1) > float64(d)/math.Pow10(p.digits) {
				t.Fatalf("%d digits: the bar of %v is %v wide", p.digits, d, width)
			}
		})
	}
}

func TestADecodedHistogramHasOurBars(t *testing.T) {
	for _, digits := range []int{1, 2, 5} {
		other := hdr.New(1, int64(4*MaxLatency), digits)
		for _, d := range []time.Duration{time.Microsecond, time.Second, 3 * MaxLatency} {
			if err := other.RecordValue(int64(d)); err != nil {
				t.Fatal(err)
			}
		}
		encoded, err := other.Encode(hdr.V2CompressedEncodingCookieBase)
		if err != nil {
			t.Fatal(err)
		}
		h, err := (&Summary{HDR: string(encoded)}).Histogram()
		if err != nil || h.Count() != 3 || h.Above(2*time.Second) != 1 || !within(h.Percentile(100), MaxLatency) {
			t.Errorf("one of %d digits is decoded as %+v, %v; want 3 values, the longest %v", digits, Summarize(h), err,
				MaxLatency)
		}
	}
}

func TestSummaryHoldsTheWholeHistogram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Summarize(record(drawLatencies(t, "values")...))
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var read Summary
		if err := json.Unmarshal(data, &read); err != nil {
			t.Fatal(err)
		}
		h, err := read.Histogram()
		if err != nil {
			t.Fatalf("Histogram() = %v, want no error", err)
		}
		if got := *Summarize(h); got != *s {
			t.Fatalf("Summarize(Histogram()) = %+v, want %+v", got, *s)
		}
		h.Merge(record(time.Second)) // a decoded histogram can be merged with
		if got := h.Count(); got != s.Count+1 {
			t.Fatalf("Count() after a merge = %d, want %d", got, s.Count+1)
		}
	})
}

func TestSummaryOfKnownValues(t *testing.T) {
	h := NewHistogram()
	for i := range 1000 {
		h.Record(time.Duration(i+1) * time.Microsecond)
	}
	s := Summarize(h)
	tests := []struct {
		name      string
		got, want float64
	}{
		{"min_us", s.MinUS, 1}, {"mean_us", s.MeanUS, 500.5}, {"p50_us", s.P50US, 500}, {"p90_us", s.P90US, 900},
		{"p99_us", s.P99US, 990}, {"p999_us", s.P999US, 999}, {"max_us", s.MaxUS, 1000},
	}
	for _, tt := range tests {
		if math.Abs(tt.got-tt.want) > precision*tt.want {
			t.Errorf("Summarize(1 us to 1 ms).%s = %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestSummaryOfNothingIsAbsent(t *testing.T) {
	if got := Summarize(nil); got != nil {
		t.Errorf("Summarize(nil) = %v, want nil", got)
	}
	if got := Summarize(NewHistogram()); got != nil {
		t.Errorf("Summarize(an empty histogram) = %v, want nil", got)
	}
}

func TestBrokenHistogramIsAnError(t *testing.T) {
	good := Summarize(record(time.Second)).HDR
	for _, hdr := range []string{"", "AAAA", "not base64!", good[:len(good)/2], "HISTFAAAAAA="} {
		if h, err := (&Summary{HDR: hdr}).Histogram(); err == nil {
			t.Errorf("Summary{HDR: %.20q}.Histogram() = %d values, want an error", hdr, h.Count())
		}
	}
}

// Result files come from elsewhere: a broken histogram is an error, never a panic.
func FuzzSummaryHistogram(f *testing.F) {
	f.Add(Summarize(record(time.Second, time.Minute)).HDR)
	f.Add("HISTFAAAAAA=")
	f.Add("")
	f.Fuzz(func(_ *testing.T, hdr string) {
		h, err := (&Summary{HDR: hdr}).Histogram()
		if err == nil {
			_ = Summarize(h)
		}
	})
}

func BenchmarkHistogramRecord(b *testing.B) {
	h := NewHistogram()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		h.Record(time.Duration(i%1_000_000) * time.Microsecond)
	}
}
