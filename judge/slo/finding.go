package slo

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/judge/metric"
)

// Answer is what a run says about a limit.
type Answer string

// The answers.
const (
	Holds  Answer = "holds"
	Broken Answer = "broken"
	// Missing: the run does not have the figure, so there is no telling.
	Missing Answer = "missing"
)

// Finding is the answer for one limit.
type Finding struct {
	Limit  Limit
	Answer Answer

	// Measured is the figure with its unit, rounded, but never across the
	// limit; empty when it is missing.
	Measured string

	// Value is the figure in the metric's unit, as it is; 0 when it is missing.
	Value float64

	// Why is what the run lacks; empty unless the figure is missing. Where it is
	// in part the generator's, Own is that part.
	Why string
	Own metric.Own
}

// String is a sentence.
func (f Finding) String() string {
	switch f.Answer {
	case Holds:
		return fmt.Sprintf("%s holds: %s", f.Limit, f.Measured)
	case Broken:
		return fmt.Sprintf("%s is broken: %s", f.Limit, f.Measured)
	default:
		return fmt.Sprintf("%s cannot be judged: %s", f.Limit, f.Why)
	}
}

// Findings are the answers for several limits.
type Findings []Finding

// Answer is the one for all together: Broken if any limit is, else Missing if
// any figure is or there is no limit, else Holds.
func (fs Findings) Answer() Answer {
	has := func(a Answer) bool {
		return slices.ContainsFunc(fs, func(f Finding) bool { return f.Answer == a })
	}
	switch {
	case has(Broken):
		return Broken
	case has(Missing) || len(fs) == 0:
		return Missing
	default:
		return Holds
	}
}

// String is a line for each finding.
func (fs Findings) String() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}
