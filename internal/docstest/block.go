// Package docstest reads the command blocks of Markdown pages, and holds what they show
// against what comes out, so that the manual cannot rot.
//
// A comment of HTML before a block says what is special about it, one to a line:
//
//	<!-- not run: REASON -->        it needs minutes, or a host of its own; it is parsed
//	<!-- run by TestName: REASON --> another test runs it
//	<!-- file: NAME -->             its text is a file for the blocks after it
//	<!-- exit N -->                 its last command ends with that exit status
//	<!-- varies: 14.5, 92.7 -->     these figures may be any; `everything` for all
package docstest

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Block is a fenced block of a page.
type Block struct {
	// Page is the file's name and Line that of the block's first line, from 1.
	Page string
	Line int
	// Lang is the word after the fence, and Text what is in the block.
	Lang, Text string

	// NotRun is why it is not run, and RunBy the test that runs it; "" for neither.
	NotRun, RunBy string
	// File is the name under which later blocks find it; "" for none.
	File string
	// Exit is the exit status of its last command.
	Exit int
	// Varies are the figures that may be any, as they stand in the block.
	Varies []string
}

// Step is a command of a block, with what it prints: nothing is said of it where Want is "".
type Step struct{ Command, Want string }

// Read returns the blocks of a page.
func Read(path string) ([]Block, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parse(path, string(text))
}

func parse(page, text string) ([]Block, error) {
	var out []Block
	next, open := Block{}, false
	var wrong error
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case open && isFence:
			out, next, open = append(out, next), Block{}, false
		case open:
			next.Text += line + "\n"
		case isFence:
			if wrong != nil {
				return nil, fmt.Errorf("%s:%d: %w", page, i, wrong)
			}
			next.Page, next.Line, next.Lang, open = page, i+2, strings.TrimSpace(fence), true
		case strings.HasPrefix(line, "<!-- "):
			wrong = cmp.Or(wrong, next.mark(line)) // unless it stands before something else
		case line != "":
			next, wrong = Block{}, nil
		}
	}
	if open {
		return nil, fmt.Errorf("%s:%d: the block has no end", page, next.Line)
	}
	return out, nil
}

// mark reads a comment.
func (b *Block) mark(line string) error {
	text, ok := strings.CutSuffix(strings.TrimPrefix(line, "<!-- "), " -->")
	if !ok {
		return fmt.Errorf("%q has no end on its line", line)
	}
	name, value, _ := strings.Cut(text, ": ")
	switch test, by := strings.CutPrefix(name, "run by "); {
	case by:
		b.RunBy = test
	case name == "not run":
		b.NotRun = value
	case name == "file":
		b.File = value
	case name == "varies":
		b.Varies = strings.Split(value, ", ")
	case strings.HasPrefix(text, "exit "):
		n, err := strconv.Atoi(strings.TrimPrefix(text, "exit "))
		b.Exit = n
		return err
	default:
		return fmt.Errorf("%q is no mark of a block: not run, run by, file, exit, varies", text)
	}
	if value == "" {
		return fmt.Errorf("%q gives no reason", text)
	}
	return nil
}

// Commands reports whether the block is of commands.
func (b Block) Commands() bool { return b.Lang == "sh" || b.Lang == "console" }

// Steps are its commands: of console those after a $, each with what it prints, of sh
// every line.
func (b Block) Steps() []Step {
	var out []Step
	text := strings.ReplaceAll(b.Text, "\\\n", "")
	for line := range strings.Lines(text) {
		command, prompt := strings.CutPrefix(line, "$ ")
		switch {
		case prompt, b.Lang == "sh" && !strings.HasPrefix(line, "#") && strings.TrimSpace(line) != "":
			out = append(out, Step{Command: strings.TrimSpace(command)})
		case b.Lang == "console" && len(out) > 0:
			out[len(out)-1].Want += line
		}
	}
	return out
}

// Stray are the lines of a page that begin a block which no test would look at: one of
// four spaces.
func Stray(text string) []string {
	var out []string
	open, blank := false, true
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			open = !open
		}
		if !open && blank && strings.HasPrefix(line, "    ") {
			out = append(out, strings.TrimSpace(line))
		}
		blank = strings.TrimSpace(line) == ""
	}
	return out
}

// Wrong is what is wrong with a block: one that is neither commands nor YAML shows what
// nobody holds it to, and has to say why.
func (b Block) Wrong() string {
	switch {
	case b.Lang == "console" && len(b.Steps()) == 0:
		return "a console without a command after a $"
	case b.Commands() || b.Lang == "yaml" || b.Lang == "text" && b.NotRun != "":
		return ""
	case b.Lang == "text":
		return "a text that does not say why no test looks at it: not run: REASON"
	default:
		return "a block that is neither sh, console, yaml nor text"
	}
}
