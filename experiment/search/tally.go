package search

import "fmt"

// Tally is what the trials at one rate gave.
type Tally struct {
	// Rate is per second.
	Rate float64
	// Held and Failed count trials.
	Held, Failed int

	// heldFirst tells that the first trial held.
	heldFirst bool
}

// Trials is how many there were.
func (t Tally) Trials() int { return t.Held + t.Failed }

func (t *Tally) add(holds bool) {
	if t.Trials() == 0 {
		t.heldFirst = holds
	}
	if holds {
		t.Held++
	} else {
		t.Failed++
	}
}

// fails reports whether the rate counts as one that fails: it failed, and is
// not forgiven for having done so at first sight only.
func (t Tally) fails(confirm int) bool {
	forgiven := !t.heldFirst && t.Failed == 1 && t.Held >= confirm
	return t.Failed > 0 && !forgiven
}

// settled reports whether more trials would change nothing. A rate that both
// holds and fails, and so may never fail often enough, is left at twice the
// number.
func (t Tally) settled(confirm int) bool {
	if t.fails(confirm) {
		return t.Failed >= confirm || t.Trials() >= 2*confirm
	}
	return t.Held >= confirm
}

func (t Tally) held() string {
	return fmt.Sprintf("%s held in %d of %d", perSecond(t.Rate), t.Held, t.Trials())
}

func (t Tally) failed() string {
	return fmt.Sprintf("%s failed in %d of %d", perSecond(t.Rate), t.Failed, t.Trials())
}
