package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/judge/slo"
	"tcpbench/results"
)

// writeLimits writes what a run says about each of its limits, for people; nothing
// where it has none.
func writeLimits(w io.Writer, findings slo.Findings) error {
	if len(findings) == 0 {
		return nil
	}
	p := prose.NewPrinter(w, columns(w))
	p.Labelled("", limitsHeadline(findings))
	for _, f := range findings {
		p.Labelled("  ", f.String())
	}
	p.Line("")
	return p.Err()
}

// limitsHeadline is the answer for all limits together, in a sentence.
func limitsHeadline(findings slo.Findings) string {
	n := map[slo.Answer]int{}
	for _, f := range findings {
		n[f.Answer]++
	}
	all := figure.Plural(int64(len(findings)), "limit")
	switch findings.Answer() {
	case slo.Holds:
		return fmt.Sprintf("Limits hold: %d of %s.", n[slo.Holds], all)
	case slo.Broken:
		return fmt.Sprintf("Limits are broken: %d of %s.", n[slo.Broken], all)
	default:
		return fmt.Sprintf("Limits cannot be judged: %d of %s.", n[slo.Missing], all)
	}
}

// verdictWith is the error that a result and its limits stand for: a limit that is broken
// comes before a run that failed, since it says why, and nothing is said of the limits
// of a run that was interrupted.
func verdictWith(r *results.Run, findings slo.Findings) error {
	err := outcome(r)
	if len(findings) == 0 || r.Interrupted {
		return err
	}
	said := func(a slo.Answer) error {
		var lines []string
		for _, f := range findings {
			if f.Answer == a {
				lines = append(lines, f.String())
			}
		}
		return errors.New("--slo: " + strings.Join(lines, "; "))
	}
	switch answer := findings.Answer(); {
	case answer == slo.Broken:
		return fault.GateFailed(said(slo.Broken))
	case err != nil:
		return err
	case answer == slo.Missing:
		return fault.Inconclusive(said(slo.Missing))
	default:
		return nil
	}
}
