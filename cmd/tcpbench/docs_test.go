package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"mvdan.cc/sh/v3/shell"
)

// Every command line in help texts and in the README must be one that the
// command takes: the flags exist and their values are right.
func TestExamplesAreCommandLines(t *testing.T) {
	lines := examples(newRoot(streams{strings.NewReader(""), io.Discard, io.Discard, nil}))
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	lines = append(lines, codeLines(string(readme))...)
	if len(lines) < 15 {
		t.Fatalf("found %d examples, want those of every command and of the README", len(lines))
	}
	for _, l := range lines {
		t.Run(l, func(t *testing.T) { parses(t, l) })
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

// codeLines are the command lines in the code blocks of a Markdown text.
func codeLines(markdown string) []string {
	var out []string
	for _, block := range regexp.MustCompile("(?s)```(?:sh|console)?\n(.*?)```").FindAllStringSubmatch(markdown, -1) {
		out = append(out, commandLines(block[1])...)
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
