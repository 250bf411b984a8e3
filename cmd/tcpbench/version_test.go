package main

import (
	"strings"
	"testing"

	"tcpbench/experiment/cell"
)

func TestVersionSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	known := cell.Source{Version: "v0.9.0", Revision: "be8f73e", Date: "2026-11-29T08:09:41Z", Dirty: new(false)}
	dirty, unlooked := known, known
	dirty.Dirty, unlooked.Dirty, unlooked.Date = new(true), nil, ""
	tests := []struct {
		name string
		of   cell.Source
		want string
	}{
		{"a release", known, "revision be8f73e of 2026-11-29T08:09:41Z, clean, go1.26"},
		{"files differed", dirty, "revision be8f73e of 2026-11-29T08:09:41Z, dirty, go1.26"},
		{"nobody looked whether files differed", unlooked, "revision be8f73e, unknown whether clean, go1.26"},
		{"no revision", cell.Source{Version: "v0.9.0", Unknown: "why"}, "revision unknown (why), go1.26"},
	}
	for _, tt := range tests {
		var out strings.Builder
		if err := writeVersion(&out, build{tt.of, "go1.26", "linux", "arm64"}); err != nil {
			t.Fatal(err)
		}
		if want := "tcpbench v0.9.0, " + tt.want + ", linux/arm64\n"; out.String() != want {
			t.Errorf("%s: writeVersion() = %q, want %q", tt.name, out.String(), want)
		}
	}
}
