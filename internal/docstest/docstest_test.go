package docstest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompareHoldsAPageToItsFigures(t *testing.T) {
	const out = "Out of local ports: after\n  1000 connections, at 92.7 ms; 16.1 connections/s, 400/s, 50 %\n end"
	tests := []struct {
		name, want string
		varies     []string
		fails      bool
	}{
		{"the same", out, nil, false},
		{"other white space", strings.Join(strings.Fields(out), "\n"), nil, false},
		{"another time", strings.Replace(out, "92.7 ms", "1.2 s", 1), nil, false},
		{"another time by far", strings.Replace(out, "92.7 ms", "2 s", 1), nil, true},
		{"another rate", strings.Replace(out, "400/s", "8000/s", 1), nil, false},
		{"another rate by far", strings.Replace(out, "400/s", "8001/s", 1), nil, true},
		{"a rate for a number", strings.Replace(out, "400/s", "400", 1), nil, true},
		{"another number", strings.Replace(out, "1000", "1001", 1), nil, true},
		{"another number, which may be any", strings.Replace(out, "1000", "1001", 1), []string{"1001"}, false},
		{"another number, where another may be any", strings.Replace(out, "1000", "1001", 1), []string{"50"}, true},
		{"all may be any", strings.Replace(out, "1000", "7", 1), []string{"everything"}, false},
		{"all figures may be any, but words", strings.Replace(out, "local", "global", 1), []string{"everything"}, true},
		{"another word", strings.Replace(out, "Out", "In", 1), nil, true},
		{"a part is left out", "Out of local ports: ... 50 % end", nil, false},
		{"the end is left out", "Out of local ports: after 1000 ...", nil, false},
		{"the end is left out, and not said so", "Out of local ports: after 1000", nil, true},
		{"the beginning is left out", "... 50 % end", nil, false},
		{"the beginning is left out, and not said so", "50 % end", nil, true},
		{"a part that does not come out", "Out ... at 93 ms; 17 ...", nil, true},
		{"parts in another order", "... 50 % ... local ports: ...", nil, true},
		{"an end that is not the end", "Out ... 50 %", nil, true},
		{"all is left out", "...", nil, false},
		{"more than came out", out + " of it", nil, true},
		{"nothing is shown of what came out", "", nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := Compare(tt.want, out, tt.varies); (err != nil) != tt.fails {
				t.Errorf("Compare() = %v, want an error: %t", err, tt.fails)
			}
		})
	}
}

const page = "text\n\n<!-- not run: it takes a day -->\n<!-- exit 3 -->\n```sh\n# a comment\na \\\n  b\nc | d\n```\n" +
	"<!-- varies: 1, 2.5 -->\n\n```console\n$ e\nout\nof e\n$ f\n```\n\n<!-- run by TestX: why -->\n" +
	"<!-- file: x.yaml -->\n```yaml\nx: 1\n```\n<!-- not run: of no block -->\nwords\n```\ng\n```\n"

func TestBlocksAreReadWithTheirMarks(t *testing.T) {
	got, err := parse("page.md", page)
	want := []Block{
		{Page: "page.md", Line: 6, Lang: "sh", Text: "# a comment\na \\\n  b\nc | d\n", NotRun: "it takes a day",
			Exit: 3},
		{Page: "page.md", Line: 14, Lang: "console", Text: "$ e\nout\nof e\n$ f\n", Varies: []string{"1", "2.5"}},
		{Page: "page.md", Line: 23, Lang: "yaml", Text: "x: 1\n", RunBy: "TestX", File: "x.yaml"},
		{Page: "page.md", Line: 28, Text: "g\n"},
	}
	if err != nil {
		t.Fatalf("parse() = %v, want no error", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parse() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Step{{"a   b", ""}, {"c | d", ""}}, got[0].Steps()); diff != "" {
		t.Errorf("Steps() of sh (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Step{{"e", "out\nof e\n"}, {"f", ""}}, got[1].Steps()); diff != "" {
		t.Errorf("Steps() of console (-want +got):\n%s", diff)
	}
}

func TestWrongMarksAreErrors(t *testing.T) {
	for _, text := range []string{"<!-- not run -->", "<!-- ran: x -->", "<!-- not run: x", "<!-- exit x -->"} {
		if _, err := parse("page.md", text+"\n```sh\nx\n```\n"); err == nil {
			t.Errorf("parse(%q before a block) = nil, want an error", text)
		}
		if _, err := parse("page.md", text+"\nwords\n```sh\nx\n```\n"); err != nil {
			t.Errorf("parse(%q before words) = %v, want no error", text, err)
		}
	}
	if _, err := parse("page.md", "```sh\nx\n"); err == nil {
		t.Error("parse(a block without an end) = nil, want an error")
	}
}

func TestBlocksThatNoTestLooksAtAreFound(t *testing.T) {
	text := "    a\n    b\n\n```text\n\n    c\n```\n\n- d\n    e\n\n    f\n"
	if diff := cmp.Diff([]string{"a", "f"}, Stray(text)); diff != "" {
		t.Errorf("Stray() (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		block Block
		wrong bool
	}{
		{Block{Lang: "sh", Text: "a\n"}, false},
		{Block{Lang: "console", Text: "$ a\n"}, false},
		{Block{Lang: "console", Text: "a\n"}, true},
		{Block{Lang: "yaml"}, false},
		{Block{Lang: "text"}, true},
		{Block{Lang: "text", NotRun: "why"}, false},
		{Block{Lang: "", NotRun: "why"}, true},
		{Block{Lang: "bash"}, true},
	} {
		if got := tt.block.Wrong(); (got != "") != tt.wrong {
			t.Errorf("%+v is wrong: %q, want something: %t", tt.block, got, tt.wrong)
		}
	}
}
