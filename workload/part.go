package workload

import "fmt"

// Part is one of several hosts that have a plan of starts together, each with the same rate:
// their starts come in turn. The zero value has a plan alone.
type Part struct {
	// Index counts from 0, Of is how many hosts there are.
	Index int `json:"index"`
	Of    int `json:"of"`
}

// mostParts is more than anybody has.
const mostParts = 100_000

// Validate refuses a part that there is not.
func (p Part) Validate() error {
	if p != (Part{}) && (p.Index < 0 || p.Index >= p.Of || p.Of > mostParts) {
		return fmt.Errorf("part: there is no part %d of %d", p.Index, p.Of)
	}
	return nil
}
