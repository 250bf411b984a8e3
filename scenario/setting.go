package scenario

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
)

// Setting is one option under its one name: a flag of `run`, a key of a
// scenario's workload and an entry of a result's options. It satisfies
// pflag.Value.
type Setting struct {
	// Name is the long flag and the key; Short the one-letter flag, or empty.
	Name, Short string

	// Usage is the help text, with the value's form in back quotes.
	Usage string

	// Flags are those of the command line that stand for it; none is one of its name.
	Flags []Setting

	words []string // that it takes, where it takes no others

	get func() string
	set func(string) error

	// number and boolean tell how the value is written in JSON. none is set
	// where the text form is JSON itself, and stands for no value.
	number, boolean bool
	none            string
}

// String returns the value in the form that Set reads.
func (s Setting) String() string { return s.get() }

// Set parses and stores a value; the error names the setting and the value.
func (s Setting) Set(text string) error {
	if err := s.set(text); err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return nil
}

// AsFlags are the flags that stand for it.
func (s Setting) AsFlags() []Setting {
	if len(s.Flags) > 0 {
		return s.Flags
	}
	return []Setting{s}
}

// Type tells pflag that a boolean's value may be left out.
func (s Setting) Type() string {
	if s.boolean {
		return "bool"
	}
	return "value"
}

// Words are all that it takes; nil where that is no short list.
func (s Setting) Words() []string { return s.words }

// IsBool reports whether the value is true or false.
func (s Setting) IsBool() bool { return s.boolean }

// json returns the value as JSON: a number or a boolean where it is one.
func (s Setting) json() json.RawMessage {
	text := s.get()
	if s.boolean {
		return json.RawMessage(text)
	}
	if s.none != "" {
		return json.RawMessage(cmp.Or(text, s.none))
	}
	if s.number {
		if _, err := strconv.ParseInt(text, 10, 64); err == nil {
			return json.RawMessage(text)
		}
	}
	quoted, _ := json.Marshal(text) // a string always marshals
	return quoted
}

// setting builds a Setting over a field, its parser and its printer.
func setting[T any](name, short, usage string, field *T, parse func(string) (T, error), format func(T) string) Setting {
	s := Setting{
		Name:  name,
		Short: short,
		Usage: usage,
		get:   func() string { return format(*field) },
		set: func(text string) error {
			if text == "" {
				return errEmpty
			}
			v, err := parse(text)
			if err != nil {
				return err
			}
			*field = v
			return nil
		},
	}
	switch any(*field).(type) {
	case bool:
		s.boolean = true
	case int, int64:
		s.number = true
	}
	return s
}

// word builds a Setting that takes one of a few words.
func word[T ~string](name, short, usage string, field *T, words ...T) Setting {
	s := setting(name, short, usage, field, oneOf(words...), func(v T) string { return string(v) })
	for _, w := range words {
		s.words = append(s.words, string(w))
	}
	return s
}
