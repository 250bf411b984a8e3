package main

import (
	"bytes"
	"io"
	"testing"

	"tcpbench/internal/fault"
)

func TestAFormatIsOneOfTheTable(t *testing.T) {
	fs := formats[string]{
		{formatText, func(w io.Writer, s string) error { _, err := io.WriteString(w, s); return err }},
		{formatJSON, func(w io.Writer, s string) error { return indentedJSON(w, s) }},
	}
	tests := []struct{ name, format, want, err string }{
		{"the first is the default", fs.flag().value, "a <b", ""},
		{"another", formatJSON, `"a \u003cb"` + "\n", ""},
		{"one that there is not", "xml", "", `--format: "xml" is not one of text, json`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			err := fs.write(&b, tt.format, "a <b")
			if got := message(err); b.String() != tt.want || got != tt.err {
				t.Errorf("write(%q) = %q, %q, want %q, %q", tt.format, b.String(), got, tt.want, tt.err)
			}
			if tt.err != "" && fault.Status(err) != 2 {
				t.Errorf("write(%q) exits with %d, want 2", tt.format, fault.Status(err))
			}
		})
	}
}

// message is the text of an error, empty for nil.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
