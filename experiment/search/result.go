package search

import "fmt"

// Result is what a search has found so far.
type Result struct {
	// Holds is the highest rate that holds; nil when not even the lowest does.
	Holds *Tally
	// Fails is the lowest rate that fails; nil when none did.
	Fails *Tally

	// Sure tells that Holds never failed and is confirmed, and that Fails
	// failed as often as it takes: then the limit is between them. Without
	// Holds, or without Fails, the same is true of the other one.
	Sure bool

	// Trials is how many there were, and Ended tells that they were as many
	// as were allowed and that there would have been more.
	Trials int
	Ended  bool
}

// Result returns what the trials so far have shown.
func (s *Search) Result() Result {
	holds, fails := s.bracket()
	_, phase := s.next()
	r := Result{Holds: clone(holds), Fails: clone(fails), Trials: s.trials}
	r.Ended = s.spent() && phase != Done
	r.Sure = phase == Done && r.confirmed(s.options.Confirm)
	return r
}

func clone(t *Tally) *Tally {
	if t == nil {
		return nil
	}
	c := *t
	return &c
}

// confirmed reports whether either end is as it should be.
func (r Result) confirmed(confirm int) bool {
	return (r.Holds == nil || r.Holds.Failed == 0) && (r.Fails == nil || r.Fails.Failed >= confirm)
}

// String says in a sentence what was found and how sure it is.
func (r Result) String() string {
	switch {
	case r.Trials == 0:
		return "no trial was made"
	case r.Sure:
		return r.finding()
	case r.Ended:
		return fmt.Sprintf("not sure: %s; all %d trials were used", r.finding(), r.Trials)
	default:
		return "not sure: " + r.finding()
	}
}

// finding says what was found.
func (r Result) finding() string {
	switch {
	case r.Holds == nil:
		return fmt.Sprintf("the lowest rate tried, %s, already fails: in %d of %d trials", perSecond(r.Fails.Rate),
			r.Fails.Failed, r.Fails.Trials())
	case r.Fails == nil:
		return fmt.Sprintf("no failure up to %s, which held in %d of %d trials", perSecond(r.Holds.Rate), r.Holds.Held,
			r.Holds.Trials())
	case r.Sure:
		return r.Holds.held() + " trials; " + r.Fails.failed() + ": the limit is between"
	default:
		return r.Holds.held() + " trials; " + r.Fails.failed()
	}
}
