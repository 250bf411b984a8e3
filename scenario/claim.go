package scenario

import (
	"fmt"
	"slices"
	"time"

	"tcpbench/internal/suggest"
)

// Answer is what the measurements say about a claim.
type Answer string

// The answers.
const (
	Confirmed Answer = "confirmed"
	Refuted   Answer = "refuted"
	// Depends is neither: it holds in some of the cases, and the verdict says in which.
	Depends Answer = "depends"
	// Unclear is no answer: something is missing, or contradicts itself.
	Unclear Answer = "unclear"
)

// Claim is what a scenario tests: a thing that people write.
type Claim struct {
	// Text is the claim, as one would write it.
	Text string
	// Rule names what judges it from the results of the cases.
	Rule string
	// Known is the answer on the kernels that it was tried on.
	Known Answer
	// Short and Full are how long a run takes, to plan with.
	Short, Full time.Duration
}

// IsZero reports whether the scenario tests no claim.
func (c Claim) IsZero() bool { return c == Claim{} }

func parseAnswer(text string) (Answer, error) {
	known := []string{string(Confirmed), string(Refuted), string(Depends)}
	if !slices.Contains(known, text) {
		return "", fmt.Errorf("known: %q is no answer%s", text, suggest.OrOneOf(text, known))
	}
	return Answer(text), nil
}
