package results

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"tcpbench/internal/filelock"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// JournalSchema names the format of a journal.
const JournalSchema = "tcpbench.journal/v1"

// Journal keeps a run's intervals on disk while it goes on, a line of JSON
// each, so that a killed run leaves what it had. It is removed when the
// result has been written. While it is open it is locked: two runs with one
// result file would write into each other's.
//
// A line has one interval, or later in the run several that were merged: a part of
// 1/journalSpan of what has passed. So it has 8000 lines after the first two hours of a
// run at 1 s, 24,000 or 16 MB after a day, and 70,000 after a year. Histograms of
// intervals would be three times as much, and are left out.
type Journal struct {
	f         *os.File
	size      int64 // of the file, in bytes
	intervals int
	head      *JournalHead // until it is written
	pending   *Interval    // what the next line has so far; nil where it is empty
	outside   bool         // requests are not known
	portless  bool         // and connections neither
	err       error        // the first that could not be written
}

// journalSpan is how many times a line's length a run has lasted at most: so much of it
// is lost with a run that is killed.
const journalSpan = 8192

// JournalHead is a journal's first line: what is known of a run before it begins.
// All but the schema is absent in those of earlier versions.
type JournalHead struct {
	Schema string `json:"schema"`
	// Holder is the process that writes it.
	filelock.Holder
	Tool      Tool              `json:"tool,omitzero"`
	StartedAt time.Time         `json:"started_at,omitzero"`
	Cell      map[string]string `json:"cell,omitempty"`
	Repeat    int               `json:"repeat,omitempty"`
	// Options are those asked for, defaults filled in.
	Options *scenario.Workload `json:"options,omitempty"`
	Targets []string           `json:"targets,omitempty"`
}

// JournalPath is where the journal of a result file lies.
func JournalPath(resultPath string) string { return resultPath + ".journal" }

// OpenJournal begins a journal, replacing one that nobody writes any more. The
// error is a [filelock.HeldError] where another run goes on.
func OpenJournal(path string, head JournalHead) (*Journal, error) {
	// A link that somebody left there is not followed.
	f, err := filelock.Take(path, noFollow)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := f.Truncate(0); err != nil && !errors.Is(err, syscall.EINVAL) { // of a pipe
		return nil, fmt.Errorf("open journal: %w", errors.Join(err, f.Close()))
	}
	head.Schema, head.Holder = JournalSchema, filelock.Self()
	j := &Journal{f: f, head: &head, outside: head.Options != nil && outside(head.Options),
		portless: portless(head.Targets)}
	j.flush()
	return j, nil
}

// Add keeps one interval. Err reports a failure: a full disk must not end
// the run. What could not be written is tried again with the next.
func (j *Journal) Add(iv Interval) {
	j.intervals++
	iv = iv.WithoutHDR()
	if j.pending != nil {
		iv = j.pending.Join(iv)
	}
	if j.pending = &iv; iv.LengthS*journalSpan >= iv.TS || iv.LengthS <= 0 {
		j.flush()
	}
}

func (j *Journal) flush() {
	if j.head != nil && j.write(j.head) {
		j.head = nil
	}
	if j.head != nil || j.pending == nil {
		return
	}
	line := any(*j.pending)
	if j.outside {
		line = seen(*j.pending, j.portless)
	}
	if j.write(line) {
		j.pending = nil
	}
}

// Intervals is how many were added.
func (j *Journal) Intervals() int { return j.intervals }

// Unwritten is how many of them are not in the file, or not yet.
func (j *Journal) Unwritten() int {
	if j.pending == nil {
		return 0
	}
	return max(j.pending.Merged, 1)
}

// Path is the journal's file.
func (j *Journal) Path() string { return j.f.Name() }

// write writes a line, or nothing: what a full disk took of one would spoil all that come
// after, when there is room again.
func (j *Journal) write(v any) bool {
	line, err := json.Marshal(v)
	if err == nil {
		var n int
		if n, err = j.f.Write(append(line, '\n')); err == nil {
			j.size += int64(n)
			return true
		}
		if n > 0 {
			_ = j.f.Truncate(j.size) // a pipe cannot, and has no next line
			_, _ = j.f.Seek(j.size, io.SeekStart)
		}
	}
	if j.err == nil {
		j.err = fmt.Errorf("write journal: %w", err)
	}
	return false
}

// Err is the first failure to write, or nil.
func (j *Journal) Err() error { return j.err }

// Close ends the journal and keeps its file.
func (j *Journal) Close() error {
	j.flush()
	return j.f.Close()
}

// Remove ends the journal and removes its file: the result is safe.
func (j *Journal) Remove() error {
	return errors.Join(os.Remove(j.f.Name()), j.f.Close()) // in this order: nobody takes what is then removed
}

// ReadJournal reads what a killed run left, as the intervals of a result. A last line
// that is cut short is left out.
func ReadJournal(r io.Reader) (JournalHead, []Interval, error) {
	var head JournalHead
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil || head.Schema != JournalSchema {
		return head, nil, fmt.Errorf("read journal: %w", ErrSchema)
	}
	clean(&head)
	history, last := metrics.NewHistory(), 0.0
	for lines.Scan() {
		var iv Interval
		if json.Unmarshal(lines.Bytes(), &iv) != nil {
			break
		}
		if iv.LengthS == 0 { // an earlier version
			iv.LengthS = max(iv.TS-last, 0)
		}
		last = iv.TS
		history.Add(iv)
	}
	return head, history.All(), lines.Err()
}
