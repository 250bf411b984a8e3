package results

import (
	"bytes"
	"fmt"
	"math"

	"tcpbench/internal/figure"
	"tcpbench/internal/filelock"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// CutOff tells of a run that has no result: its figures are those of a journal,
// up to the last interval.
type CutOff struct {
	// By is the process that goes on with the run; nil for one that ended, be it
	// killed or with its host.
	By *filelock.Holder
}

// Why there is no result, in a few words.
const (
	GoesOn        = "goes on"
	WithoutResult = "ended without a result"
)

// Why is one of them.
func (c *CutOff) Why() string {
	if c.By != nil {
		return GoesOn
	}
	return WithoutResult
}

// readJournalOf makes of a journal what it tells of a run. What only the end of a
// run shows is absent: the finding, latencies of the whole run, what failed and why,
// and the environment with its prediction.
func readJournalOf(path string, data []byte) (*Run, error) {
	head, intervals, err := ReadJournal(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read journal %s: %w", path, err)
	}
	if len(intervals) == 0 {
		return nil, fmt.Errorf("read journal %s: the run ended before its first interval did", path)
	}
	by, err := filelock.Look(path)
	if err != nil {
		return nil, fmt.Errorf("read journal %s: %w", path, err)
	}
	r := &Run{Schema: Schema, Tool: head.Tool, StartedAt: head.StartedAt, Interrupted: true, CutOff: &CutOff{by},
		Cell: head.Cell, Repeat: head.Repeat, Options: scenario.DefaultWorkload(), Targets: head.Targets,
		Intervals: intervals, Warnings: MergedWarnings(intervals)}
	if head.Options != nil {
		r.Options = *head.Options
	}
	r.sum()
	if err := possible(r); err != nil {
		return nil, fmt.Errorf("read journal %s: %w", path, err)
	}
	r.Verdict = r.cutOffVerdict()
	return r, nil
}

// sum adds the intervals up.
func (r *Run) sum() {
	last := 0.0
	for _, iv := range r.Intervals {
		requests := int64(math.Round(iv.RequestsPerSecond * iv.LengthS))
		r.Totals.Add(metrics.Counts{Attempted: iv.Attempted, Obtained: iv.Obtained, Succeeded: iv.Succeeded,
			Failed: iv.Failed, Requests: requests})
		last = iv.TS
	}
	if r.DurationS = last; last > 0 {
		r.Rates = Rates{ConnectionsPerSecond: float64(r.Totals.Succeeded) / last,
			RequestsPerSecond: float64(r.Totals.Requests) / last, OverS: last}
	}
}

// cutOffVerdict says what there is, and nothing that needs the end.
func (r *Run) cutOffVerdict() exhaustion.Verdict {
	at, t := figure.Seconds(r.DurationS), r.Totals
	state := "Cut off: the run ended without a result"
	if by := r.CutOff.By; by != nil {
		state = fmt.Sprintf("Not over: %v goes on with the run", by)
	}
	v := exhaustion.Verdict{Headline: fmt.Sprintf("%s; up to its last interval, at %s, %s: %d succeeded, %d failed.",
		state, at, figure.Plural(t.Attempted, "connection"), t.Succeeded, t.Failed)}
	if r.Uncounted() {
		v.Headline = fmt.Sprintf("%s; its last interval ended at %s.", state, at)
	}
	v.Details = []string{"Whether ports ran out, what failed and why, and latencies over the whole run are in a " +
		"result only: a journal has the intervals."}
	return v
}

// isJournal reports whether data begins as a journal does.
func isJournal(data []byte) bool {
	_, _, err := ReadJournal(bytes.NewReader(data[:bytes.IndexByte(data, '\n')+1]))
	return err == nil
}

// ReadEither reads a result file, or the journal of a run that has none.
func ReadEither(path string) (*Run, error) { return read(path, true) }
