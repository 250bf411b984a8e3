package metrics

import (
	"bytes"
	"compress/zlib"
	"testing"
	"time"
)

// of is a window's histogram of some latencies.
func of(ds ...time.Duration) *Histogram {
	h := newCoarseHistogram()
	for _, d := range ds {
		h.Record(d)
	}
	return h
}

func TestAHistogramOfAnIntervalIsReadBack(t *testing.T) {
	full := newCoarseHistogram()
	for i := range full.bars[1:] { // nothing is shorter than 1 ns
		full.add(i+1, 1<<40) // the longest that there is
	}
	for _, tt := range []struct {
		name string
		h    *Histogram
	}{
		{"one", of(30 * time.Microsecond)},
		{"the shortest and the longest", of(0, MaxLatency)},
		{"every bar, with a million million each", full},
	} {
		got, err := DecodeHDR(tt.h.HDR())
		if err != nil {
			t.Fatalf("%s: DecodeHDR() = %v, want no error", tt.name, err)
		}
		back := newCoarseHistogram()
		back.Merge(got)
		if got.Count() != tt.h.Count() || back.HDR() != tt.h.HDR() {
			t.Errorf("%s: %d values are read back as %d", tt.name, tt.h.Count(), got.Count())
		}
	}
	if got := newCoarseHistogram().HDR(); got != "" {
		t.Errorf("HDR() of nothing = %q, want none", got)
	}
	if got := (*Histogram)(nil).HDR(); got != "" {
		t.Errorf("HDR() of no histogram = %q, want none", got)
	}
}

func TestHistogramsOfIntervalsAreJoined(t *testing.T) {
	with := func(h *Histogram) Interval {
		iv := Interval{LengthS: 1, ConnectHDR: h.HDR()}
		if h.Count() > 0 {
			iv.ConnectP50US = new(1.0)
		}
		return iv
	}
	unknown := with(of(time.Millisecond)).WithoutHDR()
	damaged := with(of(time.Millisecond))
	damaged.ConnectHDR = damaged.ConnectHDR[:20]
	a, b := with(of(time.Microsecond)), with(of(time.Second, 2*time.Second))
	for _, tt := range []struct {
		name string
		of   []Interval
		want string
	}{
		{"of two, all", []Interval{a, b}, of(time.Microsecond, time.Second, 2*time.Second).HDR()},
		{"of three, all", []Interval{a, a, b},
			of(time.Microsecond, time.Microsecond, time.Second, 2*time.Second).HDR()},
		{"of one that had none, the other", []Interval{with(of()), b, with(of())}, b.ConnectHDR},
		{"of none, none", []Interval{with(of()), with(of())}, ""},
		{"of one that is not known, none", []Interval{a, unknown}, ""},
		{"and it stays so", []Interval{unknown, a, b}, ""},
		{"of one that is damaged, none", []Interval{a, damaged}, ""},
	} {
		joined := tt.of[0]
		for _, next := range tt.of[1:] {
			joined = joined.Join(next)
		}
		if joined.ConnectHDR != tt.want {
			t.Errorf("%s: ConnectHDR = %q, want %q", tt.name, joined.ConnectHDR, tt.want)
		}
	}
}

// What is decoded at once is what the library decodes, and anything else is left to it.
func TestOwnHistogramsAreDecodedAsTheLibraryDoes(t *testing.T) {
	h := of(time.Microsecond, time.Millisecond, time.Millisecond, time.Second, MaxLatency)
	own, inflated, foreign := newCoarseHistogram(), newCoarseHistogram(), newCoarseHistogram()
	if !own.addOwn(h.HDR()) {
		t.Fatal("addOwn() of a histogram of an interval = false, want true")
	}
	if !inflated.addCompressed(compressed(h)) {
		t.Fatal("addCompressed() of a histogram that is compressed = false, want true")
	}
	if err := addForeign(foreign, compressed(h)); err != nil {
		t.Fatal(err)
	}
	if own.HDR() != h.HDR() || inflated.HDR() != h.HDR() || foreign.HDR() != h.HDR() {
		t.Errorf("decoded %d and %d values otherwise than they were encoded", own.Count(), foreign.Count())
	}
	text := h.HDR()
	for i := range text {
		for _, c := range []string{"A", "/", "=", " "} {
			into := newCoarseHistogram()
			if changed := text[:i] + c + text[i+1:]; changed != text && into.addOwn(changed) && into.HDR() != changed {
				t.Fatalf("addOwn() takes %q, and makes another of it", changed)
			}
		}
		if newCoarseHistogram().addOwn(text[:i]) {
			t.Fatalf("addOwn() takes the first %d bytes", i)
		}
	}
	if NewHistogram().addOwn(text) {
		t.Error("addOwn() takes a histogram of other bars")
	}
	full := newCoarseHistogram()
	full.add(1, 1<<63-3)
	if full.addOwn(text) || full.Count() != 1<<63-3 {
		t.Errorf("addOwn() beyond what can be counted gives %d", full.Count())
	}
}

// compressed is h as a summary has it, with so many bars that it is not stored as it is.
func compressed(h *Histogram) string { return enveloped(zlibOf(encodePlain(h))) }

func zlibOf(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(b) // to memory
	_ = w.Close()
	return out.Bytes()
}

func TestAStreamThatIsTooLongIsNotInflated(t *testing.T) {
	if b, ok := inflated(zlibOf(make([]byte, mostPlain))); ok {
		t.Errorf("inflated(a stream of %d bytes) = %d bytes, want it refused", mostPlain, len(b))
	}
	if b, ok := inflated(zlibOf(make([]byte, mostPlain-1))); !ok || len(b) != mostPlain-1 {
		t.Errorf("inflated(a stream of %d bytes) = %d bytes, %t", mostPlain-1, len(b), ok)
	}
	if _, ok := inflated([]byte("no stream")); ok {
		t.Error("inflated(no stream) = true, want false")
	}
}
