package results

import "tcpbench/scenario"

// Claim is a claim that a sweep tested, with what the results say about it.
type Claim struct {
	Text   string          `json:"text"`
	Answer scenario.Answer `json:"answer"`
	// Because is the answer in words, with the figures.
	Because string `json:"because"`
	// Practice is what to do about it, in a line; empty where there is no answer.
	Practice string `json:"practice,omitempty"`
	// Known is the answer on the kernels that the claim was tried on, and
	// Otherwise says so where it is another one here.
	Known     scenario.Answer `json:"known,omitempty"`
	Otherwise string          `json:"otherwise,omitempty"`
	// Kernel is what it was measured on; Short tells that it was the short version.
	Kernel string       `json:"kernel,omitempty"`
	Short  bool         `json:"short,omitempty"`
	Checks []ClaimCheck `json:"checks,omitempty"`
	Table  ClaimTable   `json:"table"`
}

// ClaimCheck is one thing that a verdict rests on.
type ClaimCheck struct {
	Text  string `json:"text"`
	Holds bool   `json:"holds"`
}

// ClaimTable is what was measured in each case.
type ClaimTable struct {
	Columns []ClaimColumn `json:"columns"`
	Rows    []ClaimRow    `json:"rows"`
}

// ClaimColumn is one figure; Unit is empty for counts and words.
type ClaimColumn struct {
	Name string `json:"name"`
	Unit string `json:"unit,omitempty"`
}

// ClaimRow is one case, with a value for each column.
type ClaimRow struct {
	Case   string       `json:"case"`
	Values []ClaimValue `json:"values"`
}

// Value is that of the column of an index; none where the row ends before it.
func (r ClaimRow) Value(column int) ClaimValue {
	if column >= len(r.Values) {
		return ClaimValue{}
	}
	return r.Values[column]
}

// ClaimValue is a number, or words; neither where it was not measured.
type ClaimValue struct {
	Number *float64 `json:"number,omitempty"`
	Words  string   `json:"words,omitempty"`
}
