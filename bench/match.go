package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tcpbench/lab"
)

// unit is what a match counts.
type unit string

const (
	connections unit = "connection"
	requests    unit = "request"
)

// match is contenders who do the same work.
type match struct {
	name       string
	work       string // what each does
	note       string // what a reader must know
	unit       unit
	inFlight   int
	sysctls    map[string]string // of the client
	contenders []contender       // ours first
	goals      []goal
}

// goal is a bound on a ratio of the first contender to another.
type goal struct {
	rival  string
	metric metric
	bound  float64
	most   bool // the bound is an upper one
}

func (g goal) met(ratio float64) bool {
	if g.most {
		return ratio <= g.bound
	}
	return ratio >= g.bound
}

// metric is a number that a turn gives.
type metric string

const (
	rate metric = "rate" // units per second
	cost metric = "cost" // microseconds of the client's CPU a unit

	connectP50 metric = "connect p50" // microseconds
	connectP99 metric = "connect p99"
)

// units is how many connections or requests a turn had, as its client counts;
// a client that counts only the other opened a connection for each. Where it
// counts neither, its kernel does.
func (s score) units(u unit) float64 {
	first, second := s.Connections, s.Requests
	if u == requests {
		first, second = second, first
	}
	switch {
	case first != nil:
		return float64(*first)
	case second != nil:
		return float64(*second)
	default:
		return float64(s.Opened)
	}
}

// value is what a turn gives; false where it was not measured.
func (s score) value(m metric, u unit) (float64, bool) {
	measured := func(us *float64) (float64, bool) {
		if us == nil {
			return 0, false
		}
		return *us, true
	}
	switch m {
	case cost:
		return float64(s.CPU.Nanoseconds()) / 1e3 / s.units(u), true
	case connectP50:
		return measured(s.ConnectP50)
	case connectP99:
		return measured(s.ConnectP99)
	default:
		return s.units(u) / s.Elapsed.Seconds(), true
	}
}

// outcome is the scores of a match, of each contender, round by round.
type outcome struct {
	Scores [][]score `json:"scores"`
	// Missing is why a contender has none; a lab may forbid what its host does
	// not, so it is the lab that says it.
	Missing []string `json:"missing"`
}

// of are a contender's values of a metric; none where it was not measured.
func (o outcome) of(contender int, m metric, u unit) []float64 {
	var vs []float64
	for _, s := range o.Scores[contender] {
		if v, ok := s.value(m, u); ok {
			vs = append(vs, v)
		}
	}
	return vs
}

// play lets the contenders of m run in turn, forwards and backwards by turns,
// so that what drifts on the machine meets all alike.
func (m match) play(ctx context.Context, p *place, t task) (outcome, error) {
	if err := lab.Sysctls(m.sysctls); err != nil {
		return outcome{}, err
	}
	out := outcome{Scores: make([][]score, len(m.contenders))}
	var present []int
	for i, c := range m.contenders {
		out.Missing = append(out.Missing, c.missing)
		if c.missing == "" {
			present = append(present, i)
		}
	}
	for round := range t.Rounds + 1 {
		for _, i := range present {
			s, err := m.contenders[i].turn(ctx, p, m.load(i, t.Turn))
			if err != nil {
				return outcome{}, err
			}
			if s.units(m.unit) == 0 {
				return outcome{}, fmt.Errorf("%s: it did nothing in a turn of %v", m.contenders[i].name, t.Turn)
			}
			if round > 0 { // the first one is for warming up
				out.Scores[i] = append(out.Scores[i], s)
			}
		}
		slices.Reverse(present)
	}
	return out, nil
}

// load is what contender i is to do for a turn.
func (m match) load(i int, turn time.Duration) load {
	return load{target: labAddress(), inFlight: cmp.Or(m.contenders[i].inFlight, m.inFlight), turn: turn}
}
