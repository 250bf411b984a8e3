package main

import (
	"cmp"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/law/headroom"
	"tcpbench/scenario"
)

// searchCost is what a connect costs on the way to exhaustion, per port of
// the range, on a machine of no particular speed. It serves the estimate of
// the time left and nothing else.
const searchCost = 25 * time.Nanosecond

// timeLeft estimates how long the cells that are left will take.
func (p *progress) timeLeft(now time.Time) time.Duration {
	var sum time.Duration
	for i, c := range p.left {
		d := expected(c)
		if i == 0 && p.name != "" {
			d = p.current(d, now)
		}
		sum += d
	}
	return sum
}

// cellLeft estimates it for the current cell.
func (p *progress) cellLeft(now time.Time) time.Duration {
	if len(p.left) == 0 {
		return 0
	}
	return p.current(expected(p.left[0]), now)
}

// expected is how long a cell will take: until its ports run out, or until
// they have not grown for long enough.
func expected(c scenario.Cell) time.Duration {
	w, limit := c.Workload, longest(c.Workload)
	if w.Until == scenario.UntilDuration {
		return limit
	}
	steady := limit
	if w.Steady > 0 {
		steady = min(w.Steady+w.Interval, limit)
	}
	p, err := cell.Predict(cell.Spec{Workload: w})
	if err != nil || !p.Exhausts() {
		return steady
	}
	if p.HoldSeconds < 60 && p.Ports > 10_000 {
		return steady + time.Duration(p.HoldSeconds*float64(time.Second)) // reuse keeps up
	}
	perConnect := time.Duration(p.Ports) * searchCost
	return min(time.Duration(p.ConnectionsUntilExhaustion)*perConnect, limit)
}

// longest is how long a workload goes on at most. A count alone sets no bound: its
// planned time is the best guess.
func longest(w scenario.Workload) time.Duration {
	return cmp.Or(w.TimeLimit(), w.PlannedTime(), scenario.DefaultDuration)
}

// current is what is left of the current cell: as its ports fill up if they
// do, else of what was expected.
func (p *progress) current(expected time.Duration, now time.Time) time.Duration {
	if w := p.workload; w.TimeLimit() == 0 && w.Rate.IsZero() {
		return p.countLeft()
	}
	elapsed := now.Sub(p.cellStarted)
	longest := max(longest(p.workload)-elapsed, 0)
	if p.workload.Until == scenario.UntilDuration {
		return longest
	}
	if f, ok := p.track.Forecast(); ok && f.Outcome == headroom.RunningOut {
		return min(time.Duration(*f.ExhaustedSeconds*float64(time.Second)), longest)
	}
	iv := p.track.Last()
	if iv == nil || iv.PortsInUse == nil || iv.PortsCapacity == nil || iv.ConnectionsPerSecond <= 0 {
		return min(max(expected-elapsed, 0), longest)
	}
	free := float64(*iv.PortsCapacity - *iv.PortsInUse)
	fill := time.Duration(free / iv.ConnectionsPerSecond * float64(time.Second))
	return min(max(min(fill, expected-elapsed), 0), longest)
}

// countLeft is how long the rest of a count takes that alone ends a run; 0 while that
// cannot be known.
func (p *progress) countLeft() time.Duration {
	last := p.track.Last()
	if last == nil || last.TS <= 0 || p.track.Done() <= 0 {
		return 0
	}
	share := p.track.Done() / float64(p.workload.Count)
	return time.Duration(max(1-share, 0) / share * last.TS * float64(time.Second))
}
