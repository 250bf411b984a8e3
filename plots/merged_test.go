package plots

import (
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// Merged intervals are longer than others, and nothing is missing between them.
func TestMergedIntervalsLeaveNoGaps(t *testing.T) {
	r := resultstest.Day()
	points := rates(r)
	if l := (line{points: points, steps: true}); len(l.parts()) != 1 {
		t.Errorf("the rates of a day are drawn in %d parts, want 1", len(l.parts()))
	}
	if first, last := points[0].X, lastX(points); first != 0 || last != r.DurationS {
		t.Errorf("the rates of a day are drawn from %v to %v s, want 0 to %v", first, last, r.DurationS)
	}
	inUse := line{points: portSeries(r, true, func(iv results.Interval) *int { return iv.Highest().PortsInUse }),
		gap: gap(r)}
	if n := len(inUse.parts()); n != 1 {
		t.Errorf("the ports of a day are drawn in %d parts, want 1", n)
	}
	samples := r.Hosts.Client.Samples
	waiting := line{points: hostSeries(samples, func(s results.HostSample) *int { return s.TimeWait }),
		gap: hostGap(r, samples)}
	if n := len(waiting.parts()); n != 1 {
		t.Errorf("the TIME_WAITs of a host in a day are drawn in %d parts, want 1", n)
	}
}

// What was the most for a moment is seen, however long the interval that it is part of.
func TestThePeakOfMergedIntervalsIsDrawn(t *testing.T) {
	low, high := results.Interval{TS: 1, LengthS: 1, PortsInUse: new(10)}, results.Interval{TS: 2, LengthS: 1,
		PortsInUse: new(99)}
	end := results.Interval{TS: 3, LengthS: 1, PortsInUse: new(10)}
	r := resultstest.Minimal()
	r.Intervals = []results.Interval{low.Join(high).Join(end)}
	points := portSeries(r, false, func(iv results.Interval) *int { return iv.Highest().PortsInUse })
	if len(points) != 1 || points[0].Y != 99 {
		t.Errorf("99 ports in the middle of a merged interval are drawn as %v", points)
	}
	if mostOf(r) == "" || mostOf(resultstest.Full()) != "" {
		t.Errorf("the note on merged intervals is %q, and %q without any", mostOf(r), mostOf(resultstest.Full()))
	}
}
