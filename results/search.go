package results

// Search is how the highest rate that holds was found. The run that has it is
// the last trial at that rate that held, or one at the lowest rate when none
// holds.
type Search struct {
	// SLO are the limits of every trial.
	SLO string `json:"slo"`

	// HoldsRate is the highest rate that holds, per second; absent when not
	// even the lowest one does.
	HoldsRate float64 `json:"holds_rate,omitempty"`
	// LastsRate is the part of it that never runs out of ports, per second; absent
	// where all of it does not.
	LastsRate float64 `json:"lasts_rate,omitempty"`
	// FailsRate is the lowest rate that does not, per second; absent when none
	// failed, and where it was the generator that did.
	FailsRate float64 `json:"fails_rate,omitempty"`
	// GeneratorRate is the lowest rate that the generator itself could not
	// keep to, per second; absent unless that ended the search.
	GeneratorRate float64 `json:"generator_rate,omitempty"`

	// Sure tells that the rates were confirmed, as often as was asked for.
	Sure bool `json:"sure"`
	// Ended is why there were no more trials.
	Ended SearchEnd `json:"ended"`
	// Sentence says it all in words.
	Sentence string `json:"sentence"`

	// Trials are in the order in which they were made.
	Trials []Trial `json:"trials"`
}

// SearchEnd is why a search ended.
type SearchEnd string

// The ends of a search.
const (
	// SearchFound: the limit is between a rate that holds and one that fails.
	SearchFound SearchEnd = "found"
	// SearchMax: the highest rate that was allowed holds.
	SearchMax SearchEnd = "max"
	// SearchMin: the lowest rate that was allowed fails.
	SearchMin SearchEnd = "min"
	// SearchGenerator: the generator could not keep to the next rate, so the
	// limit is its own.
	SearchGenerator SearchEnd = "generator"
	// SearchInconclusive: a trial lacks what a limit is about.
	SearchInconclusive SearchEnd = "inconclusive"
	// SearchTrials: there were as many trials as were allowed.
	SearchTrials SearchEnd = "trials"
	// SearchInterrupted: a signal ended it.
	SearchInterrupted SearchEnd = "interrupted"
	// SearchFailed: a trial could not be made, or the target had ended.
	SearchFailed SearchEnd = "failed"
)

// Trial is one run at one rate.
type Trial struct {
	// Rate is what was offered, per second.
	Rate float64 `json:"rate"`
	// Planned and Started count starts; absent when none took place.
	Planned int64 `json:"planned,omitempty"`
	Started int64 `json:"started,omitempty"`

	// Holds tells that every limit was kept at the full rate.
	Holds bool `json:"holds"`
	// GeneratorLate tells that the generator itself did not keep to the plan:
	// then the trial says nothing about the target.
	GeneratorLate bool `json:"generator_late,omitempty"`
	// Broken says which limits were not kept, or why the rate was not offered
	// in full.
	Broken []string `json:"broken,omitempty"`
	// Missing says which limits could not be judged, and why.
	Missing []string `json:"missing,omitempty"`

	// Values are what was measured of what the limits are about, by metric:
	// times in microseconds, shares in percent, 0 for false and 1 for true.
	Values map[string]float64 `json:"values,omitempty"`
}
