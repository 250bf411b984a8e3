package plots

import (
	"math"
	"strings"
	"testing"
)

// values are so many numbers.
func values(n int, at func(i int) float64) []*float64 {
	out := make([]*float64, n)
	for i := range out {
		v := at(i)
		out[i] = &v
	}
	return out
}

func TestHistoryShowsRunsDriftAndChanges(t *testing.T) {
	h := History{Metric: "connect_p99", Unit: "us", Changes: []Change{{16, "Linux 6.19.1"}}, Lines: []HistoryLine{
		{Name: "linger=off", Values: values(30, func(i int) float64 { return 50 + 0.6*float64(i) + float64(i%5) }),
			Slope: 0.6},
		{Name: "linger=0", Values: append(values(10, func(i int) float64 { return 40 + float64(i%3) }), nil)},
	}}
	pics, err := h.Pictures()
	if err != nil || len(pics) != 1 || pics[0].Name != "history-connect_p99" {
		t.Fatalf("Pictures() = %v, %v, want one named history-connect_p99", pics, err)
	}
	svg := svgOf(t, pics[0])
	for _, want := range []string{"connect_p99 from run to run", "linger=off", "linger=0", "grey: the drift",
		"Linux 6.19.1", "60 us", ">run<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture has no %q", want)
		}
	}
	if n := len(h.found()); n != 1 {
		t.Errorf("the picture has %d drifts, want that of one line", n)
	}
	h.Lines[0].Slope = 0
	if pics, err = h.Pictures(); err != nil || strings.Contains(svgOf(t, pics[0]), "grey: the drift") {
		t.Errorf("a drift is explained where there is none, or %v", err)
	}
}

func TestHistoryOfManyGroupsIsSeveralPictures(t *testing.T) {
	h := History{Metric: "errors", Unit: "%", Lines: make([]HistoryLine, 17)}
	pics, err := h.Pictures()
	if err != nil || len(pics) != 4 || pics[3].Name != "history-errors-4" {
		t.Fatalf("Pictures() of 17 groups = %d, %v, want 4", len(pics), err)
	}
	if err := checkNames(pics); err != nil {
		t.Error(err)
	}
}

func TestHistoryDrawsWhatThereIs(t *testing.T) {
	tests := []struct {
		name   string
		values []*float64
	}{
		{"none", nil},
		{"one", values(1, func(int) float64 { return 5 })},
		{"nothing measured", make([]*float64, 4)},
		{"all zero", values(9, func(int) float64 { return 0 })},
		{"all the same", values(9, func(int) float64 { return 7 })},
		{"below zero", values(9, func(i int) float64 { return -float64(i) })},
		{"far apart, with zeros", values(9, func(i int) float64 { return float64(i * i * i * i) })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines := []HistoryLine{{Name: "all runs", Values: tt.values}}
			pics, err := History{Metric: "failed", Lines: lines}.Pictures()
			if err != nil || len(pics) != 1 {
				t.Fatalf("Pictures() = %v, %v, want one", pics, err)
			}
			if svg := svgOf(t, pics[0]); strings.Contains(svg, "NaN") || strings.Contains(svg, ">1.2<") {
				t.Errorf("the picture has a NaN, or a fifth of a run")
			}
		})
	}
	beyond := []HistoryLine{{Name: "all", Values: values(1, func(int) float64 { return math.Inf(1) })}}
	if _, err := (History{Metric: "x", Lines: beyond}).Pictures(); err == nil {
		t.Errorf("Pictures() of infinity = nil, want an error")
	}
}
