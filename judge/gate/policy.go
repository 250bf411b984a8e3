package gate

import (
	"tcpbench/judge/metric"
	"tcpbench/judge/slo"
)

// Policy is what results are judged by.
type Policy struct {
	// File is its name in messages.
	File string
	// Checks hold for every cell.
	Checks
	// Baseline is the path of the results to compare with, as written; empty
	// when there is none.
	Baseline string
	// Cells are more checks, for the cells that match.
	Cells []CellChecks
}

// Checks are what is asked of a cell.
type Checks struct {
	Limits      []Limit
	Regressions []Regression
}

// Place is where something stands in the policy's file, from 1.
type Place struct{ Line, Column int }

// Limit is a limit and its place.
type Limit struct {
	slo.Limit
	Place
}

// Regression is by how much a metric may change.
type Regression struct {
	Metric metric.Metric
	// Percent is negative where a fall is limited, else positive or 0.
	Percent float64
	// Fall tells that a fall is limited, also one of 0 %.
	Fall bool
	Text string // the metric with the percentage, as written
	Place
}

// CellChecks are the checks of the cells that match.
type CellChecks struct {
	Matcher
	Checks
	Place
}

// Regresses reports whether the policy compares with a baseline.
func (p *Policy) Regresses() bool {
	for _, c := range p.Cells {
		if len(c.Regressions) > 0 {
			return true
		}
	}
	return len(p.Regressions) > 0
}
