package plots

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"

	"tcpbench/results"
)

func inFlightSeries() []Series {
	return []Series{
		{"ours", plotter.XYs{{X: 1, Y: 11}, {X: 100, Y: 10}, {X: 10000, Y: 13}}},
		{"theirs", plotter.XYs{{X: 1, Y: 15}, {X: 100, Y: 15}, {X: 10000, Y: 30}}},
		{"not measured", nil},
	}
}

func TestCostGrowthShowsBothCharts(t *testing.T) {
	pic, err := CostGrowth(inFlightSeries(), sweep()[:2])
	if err != nil {
		t.Fatalf("CostGrowth() = %v, want no error", err)
	}
	svg := svgOf(t, pic)
	for _, want := range append([]string{"ours", "theirs", "connections in flight", "10000", "local ports in use"},
		results.CellLabels(sweep()[:2])...) {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture has no %q", want)
		}
	}
	var b bytes.Buffer
	if err := pic.Write(&b, "png"); err != nil {
		t.Fatalf("Write(png) = %v, want no error", err)
	}
	got, err := png.DecodeConfig(&b)
	if err != nil || got.Width != 1600 || got.Height < 1800 {
		t.Errorf("PNG is %d x %d, %v; want 1600 x 1800 or more: two charts", got.Width, got.Height, err)
	}
}

func TestCostGrowthRefusesWhatItCannotDraw(t *testing.T) {
	unmeasured := *sweep()[0]
	unmeasured.ConnectCost = nil
	tests := []struct {
		name   string
		series []Series
		runs   []*results.Run
		want   string
	}{
		{"no point at all", nil, sweep()[:1], "there is no point"},
		{"a cost of 0", []Series{{"ours", plotter.XYs{{X: 1, Y: 0}}}}, sweep()[:1],
			"ours: the point (1, 0) is not above 0"},
		{"a cost that is no number", []Series{{"ours", plotter.XYs{{X: 1, Y: math.NaN()}}}}, sweep()[:1],
			"not above 0"},
		{"a run without the cost of connect", inFlightSeries(), []*results.Run{&unmeasured},
			"the ports in use were not measured"},
		{"no run", inFlightSeries(), nil, "no run has a cost"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := CostGrowth(tt.series, tt.runs)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("CostGrowth() = %v, want an error with %q", err, tt.want)
			}
		})
	}
}
