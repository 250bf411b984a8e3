package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"tcpbench/internal/fault"
	"tcpbench/internal/prose"
	"tcpbench/internal/suggest"
)

// The names of formats that several commands have.
const (
	formatText     = "text"
	formatMarkdown = "markdown"
	formatJSON     = "json"
	formatCSV      = "csv"
	formatHTML     = "html"
)

// format is one way to write something to stdout.
type format[T any] struct {
	name  string
	write func(io.Writer, T) error
}

// formats are all that a command has; the first is the default.
type formats[T any] []format[T]

func (fs formats[T]) names() []string {
	names := make([]string, len(fs))
	for i, f := range fs {
		names[i] = f.name
	}
	return names
}

// flag takes the name of one of them.
func (fs formats[T]) flag() *word { return newWord(fs.names()...) }

// usage is that of the flag.
func (fs formats[T]) usage() string { return formatUsage(fs.names()...) }

func formatUsage(names ...string) string {
	return "what goes to stdout: `" + strings.Join(names, "|") + "`"
}

// write writes v in the format of a name. An unknown name is an error.
func (fs formats[T]) write(w io.Writer, name string, v T) error {
	i := slices.Index(fs.names(), name)
	if i < 0 {
		return fault.Usage(fmt.Errorf("--format: %w", suggest.NotOneOf(name, fs.names())))
	}
	return fs[i].write(w, v)
}

// textOrJSON is the flag of commands that have these two.
func textOrJSON() *word { return newWord(formatText, formatJSON) }

// indentedJSON writes v as JSON for people and programs.
func indentedJSON(w io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(prose.EscapeJSON(b), '\n'))
	return err
}
