package results

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"tcpbench/internal/prose"
	"tcpbench/law/exhaustion"
	"tcpbench/scenario"
)

// Encode writes r as indented JSON. A list or map that a result always has
// and that is empty is written as such, never as null.
func Encode(w io.Writer, r *Run) error {
	b, err := json.MarshalIndent(whole(*r), "", "  ")
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	if _, err := w.Write(append(prose.EscapeJSON(b), '\n')); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// whole replaces the nil lists and maps of fields that are always written.
func whole(r Run) Run {
	r.Targets = orEmpty(r.Targets)
	r.Intervals = orEmpty(r.Intervals)
	r.Warnings = orEmpty(r.Warnings)
	if r.Environment.Sysctls == nil {
		r.Environment.Sysctls = map[string]string{}
	}
	if r.Environment.Limits == nil {
		r.Environment.Limits = map[string]uint64{}
	}
	if r.Totals.Errors == nil {
		r.Totals.Errors = map[string]int64{}
	}
	if r.Search != nil {
		search := *r.Search
		search.Trials = orEmpty(search.Trials)
		r.Search = &search
	}
	r.Agents = slices.Clone(r.Agents)
	for i := range r.Agents {
		r.Agents[i] = r.Agents[i].whole()
	}
	return r
}

// whole is the same of one agent.
func (a Agent) whole() Agent {
	a.Share.Targets = orEmpty(a.Share.Targets)
	if a.Totals != nil && a.Totals.Errors == nil {
		totals := *a.Totals
		totals.Errors = map[string]int64{}
		a.Totals = &totals
	}
	if a.Validity != nil {
		a.Validity = &Validity{Valid: a.Validity.Valid, Reasons: orEmpty(a.Validity.Reasons)}
	}
	return a
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// ErrSchema is a file of another kind, or of a version this tool cannot read.
var ErrSchema = errors.New("unknown schema")

// Decode reads a result. It refuses input that is cut short, that is followed
// by anything, that has another schema, or numbers that no run can have or that
// contradict each other. Texts in
// it are each on one line, without controls.
func Decode(data []byte) (*Run, error) {
	var head struct {
		Schema string `json:"schema"`
	}
	if err := unmarshal(data, &head); err != nil {
		return nil, err
	}
	if head.Schema != Schema {
		return nil, fmt.Errorf("%w %q, want %q; a newer tcpbench may read it", ErrSchema, head.Schema, Schema)
	}
	r := Run{Options: scenario.DefaultWorkload()}
	if err := unmarshal(data, &r); err != nil {
		return nil, err
	}
	clean(&r)
	nameHosts(&r)
	if r.Environment.Sockets == "" { // an earlier version, which kept none
		r.Options.Sockets = scenario.SocketsFresh
	}
	if err := cmp.Or(present(data), complete(&r), possible(&r), inOrder(&r), addsUp(&r)); err != nil {
		return nil, err
	}
	return &r, nil
}

// complete reports what a finding lacks that every reader relies on.
func complete(r *Run) error {
	errs := []error{described(r.Exhaustion)}
	for _, a := range r.Agents {
		errs = append(errs, described(a.Exhaustion))
	}
	return errors.Join(errs...)
}

func described(f *exhaustion.Finding) error {
	if f == nil {
		return nil
	}
	if f.Exhausted && (f.AfterConnections == nil || f.AfterSeconds == nil) {
		return errors.New("not a result: exhaustion has no after_connections or after_seconds")
	}
	if k := f.Knee; k.Found && (k.AfterConnections == nil || k.AfterSeconds == nil || !k.Measured()) {
		return errors.New("not a result: exhaustion.knee is found but not described")
	}
	return nil
}

func unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		if cutShort(data) {
			return fmt.Errorf("the file is cut short after %d bytes: %w", len(data), err)
		}
		return fmt.Errorf("not JSON at byte %d: %w", syntax.Offset, err)
	}
	if err != nil {
		return fmt.Errorf("not a result: %w", err)
	}
	return nil
}

// cutShort reports whether data is the beginning of a JSON value.
func cutShort(data []byte) bool {
	var value json.RawMessage
	err := json.NewDecoder(bytes.NewReader(data)).Decode(&value)
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// Read reads a result file.
func Read(path string) (*Run, error) { return read(path, false) }

// read reads a result file; with journals also one of a run that has no result.
func read(path string, journals bool) (*Run, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	if journals && isJournal(data) {
		return readJournalOf(path, data)
	}
	r, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read result %s: %w", path, err)
	}
	return r, nil
}
