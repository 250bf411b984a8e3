package proof

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
)

// Announce says beforehand what trials are to come, and how long they take.
func Announce(trials []Trial) string {
	parts := make([]string, len(trials))
	for i, t := range trials {
		parts[i] = fmt.Sprintf("%s/s on %d ports for %s", figure.Number(t.Rate), t.Ports, figure.Seconds(t.expectedS()))
	}
	return fmt.Sprintf("verifying takes about %v, in fresh labs: %s", Expected(trials).Round(100*time.Millisecond),
		strings.Join(parts, ", then "))
}

// WriteTable writes a line a trial, and what is tolerated.
func WriteTable(w io.Writer, r Report) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ports\toffered\tpredicted\tmeasured\tanswer")
	for _, t := range r.Trials {
		fmt.Fprintf(tw, "%d\t%s/s\t%s\t%s\t%s\n", t.Ports, figure.Number(t.Rate), t.Predicted.text(t.LongestS),
			t.Measured.text(t.LongestS), t.Answer)
	}
	fmt.Fprintf(tw, "\nTolerance: %s.\n", r.Tolerance)
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("write verification: %w", err)
	}
	return nil
}

// text is an outcome in a few words.
func (o Outcome) text(longest float64) string {
	switch {
	case o.Fails:
		return fmt.Sprintf("fails after %d connections, %s", *o.AfterConnections, figure.Seconds(*o.AfterS))
	case o.Connections > 0:
		return fmt.Sprintf("no failure in %d connections", o.Connections)
	default:
		return "no failure in " + figure.Seconds(longest)
	}
}

// Line is a trial in one line, for who waits.
func (t Trial) Line() string {
	s := fmt.Sprintf("%s/s: %s: %s", figure.Number(t.Rate), t.Measured.text(t.LongestS), t.Answer)
	if t.Why != "" {
		s += " (" + t.Why + ")"
	}
	return s
}

// Err is the error that a report stands for: nil when all was as predicted,
// else one with the exit status of whose turn it is.
func (r Report) Err() error {
	if r.Verdict == AsPredicted || len(r.Trials) == 0 {
		return nil
	}
	t := r.Trials[len(r.Trials)-1]
	if r.Verdict == Contradicts {
		return fmt.Errorf("verify: the measurement contradicts the prediction at %s/s: %s", figure.Number(t.Rate),
			t.Why)
	}
	return fault.Host(fmt.Errorf("verify: %s/s could not be offered in %d trials: %s; use more --threads, a larger "+
		"-c, a lower rate or a machine with more idle CPU", figure.Number(t.Rate), t.Tries, t.Why))
}
