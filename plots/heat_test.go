package plots

import (
	"math"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot/plotter"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// heated is a run with so many intervals of 1 s, in each of which 99 connects took 100 us
// and one took 10 ms.
func heated(t *testing.T, intervals int) *results.Run {
	t.Helper()
	r := resultstest.Minimal()
	r.Options.Interval, r.DurationS = time.Second, float64(intervals)
	rec := metrics.NewRecorder()
	for i := range intervals {
		for range 99 {
			rec.Established(0, 0, 0, 100*time.Microsecond)
		}
		rec.Established(0, 0, 0, 10*time.Millisecond)
		r.Intervals = append(r.Intervals, results.Interval{TS: float64(i + 1), LengthS: 1,
			ConnectHDR: rec.Cut(0, nil).Connect.HDR()})
	}
	return r
}

func TestAHeatMapHasEveryLatency(t *testing.T) {
	for _, tt := range []struct {
		name               string
		intervals, columns int
		count              int64
	}{
		{"a column an interval", 7, 7, 100},
		{"of a long run several intervals a column", 480, 240, 200},
		{"the last column has the rest", 481, 161, 300},
	} {
		columns, err := heatColumns(heated(t, tt.intervals), "connect")
		if err != nil || len(columns) != tt.columns || columns[0].count != tt.count {
			t.Fatalf("%s: %d columns, the first of %d, %v; want %d of %d", tt.name, len(columns), columns[0].count, err,
				tt.columns, tt.count)
		}
		var all int64
		for i, c := range columns {
			all += c.count
			if c.rows[heatRow(100)] != c.count/100*99 || c.rows[heatRow(10_000)] != c.count/100 {
				t.Fatalf("%s: column %d has %v, want 99 of 100 us for one of 10 ms", tt.name, i, c.rows)
			}
			if math.Abs(c.p50-100) > 1 || c.from >= c.to {
				t.Errorf("%s: column %d from %v to %v has a median of %v us, want 100", tt.name, i, c.from, c.to, c.p50)
			}
		}
		if all != int64(100*tt.intervals) {
			t.Errorf("%s: the columns have %d connects, want %d", tt.name, all, 100*tt.intervals)
		}
	}
}

func TestAHeatMapIsDrawnOfHistogramsAlone(t *testing.T) {
	p := find(t, forRun(t, heated(t, 5)), "latency-heat")
	if svg := svgOf(t, p); !strings.Contains(svg, "time of connect") || svg != svgOf(t, p) {
		t.Error("the heat map is not that of connects, or differs from one time to the next")
	}
	r := heated(t, 5)
	for i := range r.Intervals {
		r.Intervals[i] = r.Intervals[i].WithoutHDR()
	}
	if _, ok, err := heatPicture(r); ok || err != nil {
		t.Errorf("heatPicture() without histograms = %t, %v, want none", ok, err)
	}
	damaged := heated(t, 5)
	damaged.Intervals[2].ConnectHDR = damaged.Intervals[2].ConnectHDR[:30]
	p, ok, err := heatPicture(damaged)
	if !ok || err == nil || !strings.Contains(err.Error(), "latencies of the interval up to 3 s") {
		t.Errorf("heatPicture() of a damaged interval = %t, %v, want the others, and an error that names it", ok, err)
	}
	if columns := p.drawing.(chart).under.(heat).columns; len(columns) != 4 {
		t.Errorf("it has %d columns, want 4", len(columns))
	}
}

func TestHeatIsALogarithm(t *testing.T) {
	for _, tt := range []struct {
		share float64
		want  int
	}{{1, heatLevels - 1}, {leastShare, 0}, {leastShare / 100, 0}, {0.011, heatLevels / 2}} {
		if got := heatLevel(tt.share); got != tt.want {
			t.Errorf("heatLevel(%v) = %d, want %d of %d", tt.share, got, tt.want, heatLevels)
		}
	}
}

func TestWhoKeepsTheTimeWaitIsDrawn(t *testing.T) {
	r := heated(t, 3)
	at := func(n int) *results.Host {
		return &results.Host{Samples: []results.HostSample{{TS: 1, TimeWait: new(0)}, {TS: 2, TimeWait: &n}}}
	}
	r.Hosts = &results.Hosts{Client: at(5), Server: at(0)}
	if _, ok, _ := hostsPicture(r); ok {
		t.Error("TIME_WAITs of the client alone have a picture of hosts, where that of its ports shows them")
	}
	r.Hosts.Server = at(7)
	p, ok, _ := hostsPicture(r)
	if !ok || len(p.drawing.(chart).named()) != 2 {
		t.Fatalf("hostsPicture() of TIME_WAITs on the server = %t, want a line for it and one for the client", ok)
	}
	r.Hosts.Server = at(0)
	r.NAT = &results.NAT{Ports: 100, Samples: []results.NATSample{{TS: 1, PortsInUse: 90}, {TS: 2, PortsInUse: 100}}}
	if p, ok, _ = hostsPicture(r); !ok {
		t.Fatal("hostsPicture() of a NAT that holds ports = false, want a picture")
	}
	svg := svgOf(t, p)
	for _, want := range []string{"TIME_WAIT on the client", "ports in use on the NAT", "TIME_WAIT on the server",
		"ports of the NAT: 100"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture has no %q", want)
		}
	}
}

func TestWhereARampFallsBehindIsMarked(t *testing.T) {
	for _, tt := range []struct {
		name     string
		achieved []float64 // of 100, 200, ..
		want     float64   // 0 for never
	}{
		{"never", []float64{100, 199, 296}, 0},
		{"from the third on", []float64{100, 200, 270, 280}, 300},
		{"a stall that it made up for is none", []float64{100, 150, 300, 400}, 0},
		{"always", []float64{50, 60}, 100},
		{"no point", nil, 0},
	} {
		var achieved plotter.XYs
		for i, v := range tt.achieved {
			achieved = append(achieved, plotter.XY{X: float64(100 * (i + 1)), Y: v})
		}
		if got, ok := behind(achieved); ok != (tt.want > 0) || got != tt.want {
			t.Errorf("%s: behind() = %v, %t, want %v", tt.name, got, ok, tt.want)
		}
	}
}
