package main

import (
	"time"

	"tcpbench/metrics"
	"tcpbench/report/live"
	"tcpbench/scenario"
)

// plain makes lines of intervals: where each has its own, one a second at most; of what
// takes longer than long, one for each 10 s, of all that was in them. A nil one makes none.
type plain struct {
	every  time.Duration
	before string // what each line begins with
	sum    *metrics.Interval
}

const (
	long      = time.Minute
	longEvery = 10 * time.Second
)

// begin is told what begins, as a part of what takes so long in all.
func (p *plain) begin(w scenario.Workload, all time.Duration, before string) {
	if p == nil {
		return
	}
	p.before, p.sum = before, nil
	if p.every = max(w.Interval, time.Second); all > long {
		p.every = max(w.Interval, longEvery)
	}
}

// line is that of an interval and of those before it that had none; "" where it is too
// soon for one.
func (p *plain) line(t *live.Track, iv metrics.Interval) string {
	if p == nil {
		return ""
	}
	if p.sum != nil {
		iv = p.sum.Join(iv)
	}
	p.sum = &iv
	const rounding = time.Millisecond
	if time.Duration(iv.LengthS*float64(time.Second)) < p.every-rounding {
		return ""
	}
	return p.rest(t)
}

// rest is the line of intervals that had none; "" where all had one, or the last moment of
// a run has nothing to tell.
func (p *plain) rest(t *live.Track) string {
	if p == nil || p.sum == nil {
		return ""
	}
	iv := *p.sum
	if p.sum = nil; iv.LengthS < p.every.Seconds()/10 && iv.Failed == 0 && iv.TS > p.every.Seconds() {
		return ""
	}
	return p.before + t.Plain(iv)
}
