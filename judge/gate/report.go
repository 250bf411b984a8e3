package gate

import (
	"fmt"
	"slices"

	"tcpbench/judge/compare"
)

// Answer is what a check comes to.
type Answer string

// The answers.
const (
	Passed       Answer = "passed"
	Failed       Answer = "FAILED"
	Inconclusive Answer = "inconclusive"
)

// Check is one check of one cell with its answer.
type Check struct {
	Cell string
	// Name is the limit, or the regression as written.
	Name   string
	Answer Answer
	// Measured is what was found; empty when nothing was.
	Measured string
	// Why says more: what is missing, or why a change is no regression.
	Why string
	Place
}

// Report is the answers of a gate.
type Report struct {
	// Policy is the policy's file.
	Policy string
	Checks []Check
	// Moved are, of each cell with regressions, the metrics that changed and
	// every percentile of the phases that the policy names.
	Moved []Moved
}

// Undecided is the report of a gate that could not read the policy or the results.
func Undecided(policy string, err error) *Report {
	return &Report{Policy: policy, Checks: []Check{
		{Cell: "gate", Name: "policy and results can be read", Answer: Inconclusive, Why: err.Error()},
	}}
}

// Moved is what a cell's comparison with the baseline shows.
type Moved struct {
	Cell    string
	Changed []compare.Difference
	Rows    []compare.Row
}

// Answer is the one for all: Failed if any check is, else Inconclusive if any
// is or there is none, else Passed.
func (r *Report) Answer() Answer {
	switch {
	case r.count(Failed) > 0:
		return Failed
	case r.count(Inconclusive) > 0 || len(r.Checks) == 0:
		return Inconclusive
	default:
		return Passed
	}
}

func (r *Report) count(a Answer) int {
	n := 0
	for _, c := range r.Checks {
		if c.Answer == a {
			n++
		}
	}
	return n
}

// Headline is the answer in one line.
func (r *Report) Headline() string {
	return fmt.Sprintf("gate %s: %d checks passed, %d failed, %d inconclusive (%s)",
		r.Answer(), r.count(Passed), r.count(Failed), r.count(Inconclusive), r.Policy)
}

// cells are the names of the cells, in order.
func (r *Report) cells() []string {
	var out []string
	for _, c := range r.Checks {
		if !slices.Contains(out, c.Cell) {
			out = append(out, c.Cell)
		}
	}
	return out
}
