package main

import (
	"fmt"
	"slices"
	"time"

	"tcpbench/internal/figure"
)

// series is one figure of one process over the time that it ran.
type series struct {
	process string
	figure  quantity
	values  []float64 // at equal distances, from the start on
}

// quantity is what is to stay as it is, and by how much it may grow between the first and the
// last quarter after warm-up: the larger of the two.
type quantity struct {
	name  string
	unit  string
	scale float64 // of the unit
	plus  float64 // in the unit
	part  float64 // of the first quarter's
	low   bool    // the least of a quarter is taken, not the median
}

// The quantities. A runtime keeps or returns a page as it likes. A heap is somewhere between
// two collections, and descriptors are those of the connections in flight too: what stays is
// the least that there was. The histograms of a run's intervals, which are merged, fill: some
// 1 MiB an hour in the second hour, and never more than all of their buckets. What leaks does
// so with each connection, interval or scrape: by hundreds.
func rss() quantity {
	return quantity{name: "resident memory", unit: "MiB", scale: 1 << 20, plus: 4, part: 0.05}
}
func heap() quantity {
	return quantity{name: "heap", unit: "MiB", scale: 1 << 20, plus: 2, part: 0.1, low: true}
}

func descriptors() quantity { return quantity{name: "descriptors", scale: 1, plus: 4, low: true} }
func goroutines() quantity  { return quantity{name: "goroutines", scale: 1, plus: 2, low: true} }

// A thread is made when all others are in system calls, and stays: a busy machine makes some.
func threads() quantity { return quantity{name: "threads", scale: 1, plus: 4} }

// warmUp is the part of a soak that is not judged: the intervals of a run fill their memory
// (metrics.TimelineMost), and TIME_WAITs come to 60 s of them.
const warmUp = 1.0 / 3

// least is how many samples the judged part has at least: three for each quarter.
const least = 12

// verdict is what became of a series.
type verdict struct {
	series
	first, last float64 // of the first and the last quarter after warm-up, in the unit
	most        float64 // of the whole time
	perHour     float64 // the growth, in the unit
	may         float64 // how much of growth is none, in the unit
	flat        bool
}

// judge compares the first and the last quarter after warm-up. length is from the first
// sample to the last. It is an error where there are too few samples to say anything.
func (s series) judge(length time.Duration) (verdict, error) {
	rest := s.values[int(float64(len(s.values))*warmUp):]
	if len(rest) < least {
		return verdict{}, fmt.Errorf("%s, %s: %d samples after warm-up, want %d: soak longer",
			s.process, s.figure.name, len(rest), least)
	}
	v := verdict{series: s}
	quarter := len(rest) / 4
	v.first, v.last = s.figure.of(rest[:quarter]), s.figure.of(rest[len(rest)-quarter:])
	for _, x := range s.values {
		v.most = max(v.most, x/s.figure.scale)
	}
	between := length.Hours() * float64(len(rest)-quarter) / float64(len(s.values))
	v.perHour = (v.last - v.first) / between
	v.may = max(s.figure.plus, s.figure.part*v.first)
	v.flat = v.last-v.first <= v.may
	return v, nil
}

// of is the value of a quarter, in the unit.
func (q quantity) of(values []float64) float64 {
	if q.low {
		return slices.Min(values) / q.scale
	}
	return figure.Median(values) / q.scale
}

// String is a line of the table.
func (v verdict) String() string {
	is := "flat"
	if !v.flat {
		is = fmt.Sprintf("GROWS: by %.4g %s, at most %.4g", v.last-v.first, v.figure.unit, v.may)
	}
	return fmt.Sprintf("%-16s %-16s %9.4g %9.4g %9.4g %+9.3g  %s", v.process, v.figure.label(), v.first, v.last,
		v.most, v.perHour, is)
}

// label is its name, with the unit.
func (q quantity) label() string {
	if q.unit == "" {
		return q.name
	}
	return q.name + " " + q.unit
}
