package results

import (
	"slices"
	"strings"
)

// Validity says which figures of a run are in part the generator's own, and not
// the target's alone. All others are not touched.
type Validity struct {
	// Valid tells that none is.
	Valid bool `json:"valid"`
	// Reasons are why the others are not.
	Reasons []Reason `json:"reasons"`
}

// Reason is something that the generator did, with the figures that have it in
// them.
type Reason struct {
	// What is [GeneratorLate] or [GeneratorStalled].
	What string `json:"what"`
	// Metrics are the figures, by the names that limits know them by.
	Metrics []string `json:"metrics"`
	// ByUS is how late the generator itself was, at the 99th percentile, or for
	// how long it was not run; in microseconds.
	ByUS float64 `json:"by_us"`
	// Share is its part in the figure that it is most in: from 0 to 1.
	Share float64 `json:"share"`
}

// What a generator does to figures: also the codes of the warnings.
const (
	GeneratorLate    = "generator-late"
	GeneratorStalled = "generator-stalled"
)

// Valid reports whether all figures of the run are the target's. Files of
// earlier versions say of the generator's lateness alone.
func (r *Run) Valid() bool {
	if r.Validity != nil {
		return r.Validity.Valid
	}
	return r.Lateness == nil || r.Lateness.Valid
}

// Doubt names the figures that are in part the generator's own; "" where none
// is.
func (r *Run) Doubt() string {
	switch {
	case r.Valid():
		return ""
	case r.Validity == nil:
		return "response times and rates"
	}
	var names []string
	for _, reason := range r.Validity.Reasons {
		for _, name := range reason.Metrics {
			name = strings.ReplaceAll(name, "_", " ")
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, ", ")
}
