package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Encode writes r as indented JSON.
func Encode(w io.Writer, r *Run) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	if _, err := w.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// ErrSchema is a file of another kind, or of a version this tool cannot read.
var ErrSchema = errors.New("unknown schema")

// Decode reads a result. It refuses input that is cut short, that is followed
// by anything, or that has another schema.
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
	var r Run
	if err := unmarshal(data, &r); err != nil {
		return nil, err
	}
	return &r, nil
}

func unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		if int(syntax.Offset) >= len(bytes.TrimRight(data, " \n")) {
			return fmt.Errorf("the file is cut short after %d bytes: %w", len(data), err)
		}
		return fmt.Errorf("not JSON at byte %d: %w", syntax.Offset, err)
	}
	if err != nil {
		return fmt.Errorf("not a result: %w", err)
	}
	return nil
}

// Read reads a result file.
func Read(path string) (*Run, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	r, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read result %s: %w", path, err)
	}
	return r, nil
}
