package results

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// JournalSchema names the format of a journal.
const JournalSchema = "tcpbench.journal/v1"

// Journal keeps a run's intervals on disk while it goes on, a line of JSON
// each, so that a killed run leaves what it had. It is removed when the
// result has been written.
type Journal struct {
	f         *os.File
	enc       *json.Encoder
	intervals int
	err       error // the first that could not be written
}

// JournalHead is a journal's first line.
type JournalHead struct {
	Schema string            `json:"schema"`
	Cell   map[string]string `json:"cell,omitempty"`
	Repeat int               `json:"repeat,omitempty"`
}

// JournalPath is where the journal of a result file lies.
func JournalPath(resultPath string) string { return resultPath + ".journal" }

// OpenJournal begins a journal, replacing an old one.
func OpenJournal(path string, head JournalHead) (*Journal, error) {
	// A link that somebody left there is not followed.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|noFollow, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	head.Schema = JournalSchema
	j := &Journal{f: f, enc: json.NewEncoder(f)}
	j.write(head)
	return j, nil
}

// Add keeps one interval. Err reports a failure: a full disk must not end
// the run.
func (j *Journal) Add(iv Interval) {
	j.intervals++
	j.write(iv)
}

// Intervals is how many were added.
func (j *Journal) Intervals() int { return j.intervals }

// Path is the journal's file.
func (j *Journal) Path() string { return j.f.Name() }

func (j *Journal) write(v any) {
	if err := j.enc.Encode(v); err != nil && j.err == nil {
		j.err = fmt.Errorf("write journal: %w", err)
	}
}

// Err is the first failure to write, or nil.
func (j *Journal) Err() error { return j.err }

// Close ends the journal and keeps its file.
func (j *Journal) Close() error { return j.f.Close() }

// Remove ends the journal and removes its file: the result is safe.
func (j *Journal) Remove() error {
	return errors.Join(j.f.Close(), os.Remove(j.f.Name()))
}

// ReadJournal reads what a killed run left. A last line that is cut short is
// left out.
func ReadJournal(r io.Reader) (JournalHead, []Interval, error) {
	var head JournalHead
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil || head.Schema != JournalSchema {
		return head, nil, fmt.Errorf("read journal: %w", ErrSchema)
	}
	var out []Interval
	for lines.Scan() {
		var iv Interval
		if json.Unmarshal(lines.Bytes(), &iv) != nil {
			break
		}
		out = append(out, iv)
	}
	return head, out, lines.Err()
}
