package report

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// chartOf is a run's chart by its id; nil where there is none.
func chartOf(r *results.Run, id string) *chart {
	for _, c := range newDataRun(r, metrics.TimelineMost).Charts {
		if c.ID == id {
			return &c
		}
	}
	return nil
}

func lineNames(c *chart) []string {
	if c == nil {
		return nil
	}
	var out []string
	for _, l := range c.Lines {
		out = append(out, l.Name)
	}
	for _, l := range c.Levels {
		out = append(out, l.Name+" "+l.Text)
	}
	return out
}

func TestChartsHaveWhatWasMeasured(t *testing.T) {
	refused := *sweep()[4]
	refused.Intervals = append([]results.Interval(nil), refused.Intervals...)
	refused.Intervals[1].Errors = map[string]int64{"connect: ECONNREFUSED": 4, "recv: ECONNRESET": 9}
	tests := []struct {
		name, chart string
		run         *results.Run
		want        []string
	}{
		{"connections, with both predicted rates", "rate", sweep()[0], []string{"connections",
			"predicted: lasts only for a while above 470/s", "predicted: lasts for ever up to 432/s"}},
		{"ports that are not held have no predicted rate", "rate", sweep()[4], []string{"connections"}},
		{"ports with half of them and what is safe", "ports", sweep()[0], []string{"in use", "there are 28232",
			"half: from here on the search is long 14116", "safe: what 432/s hold 25966"}},
		{"a planned rate", "rate", resultstest.Real(t, "planned"), []string{"requests", "offered"}},
		{"connections that carry many have no law over time", "ports", resultstest.Real(t, "planned"),
			[]string{"in use", "there are 28232"}},
		{"latencies of answers where they are what is measured", "latency", resultstest.Real(t, "planned"),
			[]string{"answer p50", "answer p99", "response p99, from the planned start"}},
		{"connections that are held", "held", resultstest.Real(t, "idle"), []string{"open"}},
		{"no failure is no chart", "errors", sweep()[4], nil},
		{"failures of an earlier version's result", "errors", sweep()[0], []string{"failed connections"}},
		{"failures by call and errno, the most frequent first", "errors", &refused,
			[]string{"recv: ECONNRESET", "connect: ECONNREFUSED"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lineNames(chartOf(tt.run, tt.chart))); diff != "" {
				t.Errorf("lines and levels (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryLineHasAValueForEachPoint(t *testing.T) {
	runs := sweep()
	for _, name := range resultstest.Names() {
		runs = append(runs[:len(runs):len(runs)], resultstest.Real(t, name))
	}
	for _, r := range append(runs, resultstest.Day(), resultstest.Full()) {
		d := newDataRun(r, metrics.TimelineMost)
		for _, c := range d.Charts {
			points := c.T
			if points == nil {
				points = d.T
			}
			for i := 1; i < len(points); i++ {
				if !(points[i] > points[i-1]) {
					t.Errorf("%s: point %d is at %v, and the one before it at %v", c.ID, i, points[i], points[i-1])
				}
			}
			for _, l := range c.Lines {
				if len(l.V) != len(points) {
					t.Errorf("%s of %s has %d values for %d points", l.Name, c.ID, len(l.V), len(points))
				}
			}
		}
	}
}

func TestAPauseIsNoLine(t *testing.T) {
	r := &results.Run{Options: scenario.DefaultWorkload(), DurationS: 12}
	for _, end := range []float64{1, 2, 11, 12} {
		r.Intervals = append(r.Intervals, results.Interval{TS: end, LengthS: 1, Succeeded: 5, ConnectionsPerSecond: 5,
			TimeWait: new(7)})
	}
	d := newDataRun(r, metrics.TimelineMost)
	if diff := cmp.Diff([]number{0, 1, 2, 6, 10, 11, 12}, d.T); diff != "" {
		t.Errorf("points (-want +got):\n%s", diff)
	}
	b, err := json.Marshal(chartOf(r, "time-wait").Lines[0].V)
	if want := "[null,7,7,null,null,7,7]"; err != nil || string(b) != want {
		t.Errorf("values = %s, %v, want %s: not known at the start, nor in the pause", b, err, want)
	}
}

func TestNumbersOfTheData(t *testing.T) {
	b, err := json.Marshal([]number{28232, 0.000123456789, 1234567, absent(), number(math.Inf(1)), 0})
	if want := "[28232,0.000123457,1.23457e+06,null,null,0]"; err != nil || string(b) != want {
		t.Errorf("Marshal() = %s, %v, want %s", b, err, want)
	}
}

func TestMarksSayWhatHappened(t *testing.T) {
	failed := *sweep()[4]
	failed.Intervals = append([]results.Interval(nil), failed.Intervals...)
	failed.Intervals[1].Failed = 3
	recovered := *sweep()[0]
	finding := *recovered.Exhaustion
	finding.RecoveredAfterSeconds = new(5.5)
	recovered.Exhaustion = &finding
	tests := []struct {
		name, mark string
		run        *results.Run
		want       []string
	}{
		{"knee", "knee", sweep()[0], []string{"50 % of the ports are in use", "connect(2) went from 35 us to",
			"Throughput went from 14104/s to"}},
		{"exhausted", "ports exhausted", sweep()[0], []string{"connect(2) failed with EADDRNOTAVAIL",
			"after 28232 connections", "the law predicts 28232"}},
		{"another failure", "first failure", &failed, []string{"3 connections"}},
		{"the link was cut", "link cut", resultstest.Real(t, "dead"), []string{"--cut-link"}},
		{"recovered", "recovered", &recovered, []string{"given a port again, 5.5 s after"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, m := range marks(tt.run) {
				if m.Name != tt.mark {
					continue
				}
				for _, want := range tt.want {
					if !strings.Contains(m.Why, want) {
						t.Errorf("%s: %q, want %q in it", m.Name, m.Why, want)
					}
				}
				return
			}
			t.Errorf("there is no mark %q in %+v", tt.mark, marks(tt.run))
		})
	}
	if got := marks(sweep()[4]); len(got) != 0 {
		t.Errorf("a run in which nothing happened has marks: %+v", got)
	}
}

func TestRepeatsAreOneCell(t *testing.T) {
	other := *sweep()[0]
	other.Options.Concurrency++
	same := *sweep()[0]
	runs := []*results.Run{sweep()[0], sweep()[1], &same, &other}
	if diff := cmp.Diff([][]int{{0, 2}, {1}, {3}}, cellsOf(runs)); diff != "" {
		t.Errorf("cellsOf() (-want +got):\n%s", diff)
	}
}

func TestAnyResultIsAPage(t *testing.T) {
	old, err := results.Read("../results/testdata/run.json")
	if err != nil {
		t.Fatal(err)
	}
	made := func(change func(*results.Run)) *results.Run {
		r := *sweep()[0]
		change(&r)
		return &r
	}
	runs := map[string]*results.Run{
		"a file of schema v1": old,
		"no intervals":        made(func(r *results.Run) { r.Intervals, r.ConnectCost = nil, nil }),
		"one interval":        made(func(r *results.Run) { r.Intervals = r.Intervals[:1] }),
		"one connection": made(func(r *results.Run) {
			r.Intervals = []results.Interval{{TS: 0.001, Attempted: 1, Obtained: 1, Succeeded: 1,
				ConnectionsPerSecond: 1000, PortsInUse: new(1), PortsCapacity: new(28232)}}
			r.Totals.Counts = metrics.Counts{Attempted: 1, Obtained: 1, Succeeded: 1}
		}),
		"ten million": made(func(r *results.Run) {
			r.Totals.Counts = metrics.Counts{Attempted: 1e7, Obtained: 1e7, Succeeded: 1e7}
		}),
		"interrupted": made(func(r *results.Run) { r.Interrupted, r.Exhaustion = true, nil }),
		"times that are none": made(func(r *results.Run) {
			r.Intervals = []results.Interval{{TS: math.NaN()}, {TS: math.Inf(1)}, {TS: -1}, {TS: 0}, {TS: 2}, {TS: 1},
				{TS: 1e300}, {TS: 3, LengthS: math.NaN(), ConnectionsPerSecond: math.NaN()}}
		}),
	}
	for name, r := range runs {
		t.Run(name, func(t *testing.T) {
			page := markup(t, write(t, runInput(name, r)))
			dataOf(t, page)
			if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
				t.Error("the page has what is no number")
			}
		})
	}
}
