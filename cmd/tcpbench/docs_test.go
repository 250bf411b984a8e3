package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"mvdan.cc/sh/v3/shell"

	"tcpbench/internal/docstest"
	"tcpbench/judge/gate"
	"tcpbench/scenario"
)

// Every command line in help texts and on the pages must be one that the
// command takes: the flags exist and their values are right.
func TestExamplesAreCommandLines(t *testing.T) {
	lines := examples(newRoot(streams{strings.NewReader(""), io.Discard, io.Discard, nil}))
	for _, page := range pages(t) {
		for _, b := range blocksOf(t, page) {
			for _, step := range b.Steps() {
				lines = append(lines, commandLines(step.Command)...)
			}
		}
	}
	if len(lines) < 100 {
		t.Fatalf("found %d examples, want those of every command and of every page", len(lines))
	}
	for _, l := range lines {
		t.Run(l, func(t *testing.T) { parses(t, l) })
	}
}

// pages are the Markdown files for users.
func pages(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"../../README.md", "../../docs/*.md", "../../examples/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("pages %s: %v, %d of them", pattern, err, len(found))
		}
		out = append(out, found...)
	}
	return out
}

func blocksOf(t *testing.T, page string) []docstest.Block {
	t.Helper()
	blocks, err := docstest.Read(page)
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

// Who opens README sees all of it in a minute.
func TestREADMEIsShort(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > 150 {
		t.Errorf("README.md has %d lines, want 150 at most: what does not fit belongs into docs/", n)
	}
}

// A block of commands is one that tests find, and what it says of itself is so.
func TestBlocksOfPagesAreMarked(t *testing.T) {
	written := []string{"claims.md", "kernels.md", "reference.md"} // by programs
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(written, filepath.Base(page)) {
			for _, stray := range docstest.Stray(string(text)) {
				t.Errorf("%s: %q stands in a block of four spaces, which no test looks at: use a fence", page, stray)
			}
		}
		for _, b := range blocksOf(t, page) {
			if b.RunBy != "" && !strings.Contains(fileOf(t, b.RunBy), filepath.Base(page)) {
				t.Errorf("%s:%d: there is no test %s in a file that names the page", page, b.Line, b.RunBy)
			}
			if wrong := b.Wrong(); wrong != "" {
				t.Errorf("%s:%d: %s", page, b.Line, wrong)
			}
		}
	}
}

// fileOf is the text of the file of this package that has a test; "" where none has.
func fileOf(t *testing.T, test string) string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+test+"(") {
			return string(text)
		}
	}
	return ""
}

// What the pages show of scenarios and policies is what they may be; of a part of one,
// with a name before it.
func TestYAMLOfPagesIsRight(t *testing.T) {
	scenarios, policies := 0, 0
	for _, page := range pages(t) {
		for _, b := range blocksOf(t, page) {
			var err error
			switch {
			case b.Lang != "yaml":
				continue
			case strings.Contains(b.Text, "limits:"):
				policies++
				_, err = gate.Parse(page, []byte(b.Text))
			case strings.HasPrefix(b.Text, "name:"):
				scenarios++
				_, err = scenario.Parse(page, []byte(b.Text))
			default:
				scenarios++
				_, err = scenario.Parse(page, []byte("name: part\n"+b.Text))
			}
			if err != nil {
				t.Errorf("%s:%d: %v", page, b.Line, err)
			}
		}
	}
	if scenarios < 5 || policies < 2 {
		t.Errorf("found %d scenarios and %d policies, want those of the pages", scenarios, policies)
	}
}

func examples(cmd *cobra.Command) []string {
	out := commandLines(cmd.Example)
	for _, c := range cmd.Commands() {
		if c.Name() != "completion" && c.Name() != "help" {
			if c.Example == "" {
				out = append(out, "tcpbench "+c.Name()+" has no example")
			}
			out = append(out, examples(c)...)
		}
	}
	return out
}

func commandLines(text string) []string {
	var out []string
	for l := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
		l = strings.TrimPrefix(strings.TrimSpace(l), "$ ")
		l = strings.TrimPrefix(l, "bin/")
		if strings.HasPrefix(l, "tcpbench") {
			l, _, _ = strings.Cut(l, " > ")
			l, _, _ = strings.Cut(l, " | ")
			l, _, _ = strings.Cut(l, "  #")
			out = append(out, l)
		}
	}
	return out
}

// parses finds the command and parses the flags, and runs nothing.
func parses(t *testing.T, line string) {
	t.Helper()
	words, err := shell.Fields(line, nil)
	if err != nil {
		t.Fatal(err)
	}
	cmd, args, err := newRoot(streams{strings.NewReader(""), io.Discard, io.Discard, nil}).Find(words[1:])
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Errorf("%s: %v", line, flagError(cmd, err))
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		t.Errorf("%s: %v", line, err)
	}
}

// What the documents link to in this tree must be there.
func TestDocumentsLinkToFilesThatExist(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)\s]*)?\)`)
	var documents []string
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../examples/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, found...)
	}
	links := 0
	for _, d := range documents {
		text, err := os.ReadFile(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range link.FindAllStringSubmatch(string(text), -1) {
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(d), l[1])); err != nil {
				t.Errorf("%s links to %s: %v", filepath.Base(d), l[1], err)
			}
		}
	}
	if links < 20 {
		t.Errorf("found %d links in %d documents, want those of README and docs", links, len(documents))
	}
}
