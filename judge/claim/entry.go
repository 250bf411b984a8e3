package claim

import (
	"fmt"
	"io"
	"strings"

	"tcpbench/internal/prose"
	"tcpbench/results"
)

// Entry is a claim in a list of several.
type Entry struct {
	// Name and About are the scenario's.
	Name, About string
	Claim       results.Claim
	// Picture is a file, relative to the document; empty for none.
	Picture string
}

// WriteText writes each claim with its answer, for people. width is where
// lines are to end, in columns.
func WriteText(w io.Writer, entries []Entry, width int) error {
	p := prose.NewPrinter(w, width)
	for i, e := range entries {
		if i > 0 {
			p.Line("")
		}
		p.Labelled(e.Name+": ", e.Claim.Text)
		p.Labelled("    ", e.Claim.Headline())
		if e.Claim.Practice != "" {
			p.Labelled("    ", "In practice: "+e.Claim.Practice)
		}
		p.Labelled("    ", "("+e.provenance()+")")
		if e.Claim.Otherwise != "" {
			p.Labelled("    ", e.Claim.Otherwise)
		}
	}
	return p.Err()
}

// provenance says what the claim was measured on.
func (e Entry) provenance() string {
	if e.Claim.Short {
		return "the short version, on " + e.Claim.Kernel
	}
	return "in full, on " + e.Claim.Kernel
}

// WriteMarkdown writes a document: a table of all answers, and a section a claim.
func WriteMarkdown(w io.Writer, entries []Entry) error {
	var b strings.Builder
	b.WriteString(markdownHead)
	fmt.Fprintf(&b, "%s\n\n", provenance(entries))
	answers := prose.Table{Head: prose.Words("scenario", "claim", "answer")}
	for _, e := range entries {
		answers.Add(fmt.Sprintf("[%s](#%s)", e.Name, e.Name), e.Claim.Text, fmt.Sprintf("**%s**", e.Claim.Answer))
	}
	fmt.Fprintf(&b, "%s\n", escaped(answers.Markup()))
	for _, e := range entries {
		e.section(&b)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write claims: %w", err)
	}
	return nil
}

const markdownHead = `# What people write, and what the kernel does

Each claim was run in a lab with the real parts, and its answer computed from
the results; nobody wrote one by hand. ` + "`make claims`" + ` measures all of them again
and writes this page, ` + "`tcpbench sweep NAME`" + ` one of them.

`

// provenance says what the claims were measured on.
func provenance(entries []Entry) string {
	var kernels []string
	short := false
	for _, e := range entries {
		if k := e.Claim.Kernel; k != "" && (len(kernels) == 0 || kernels[len(kernels)-1] != k) {
			kernels = append(kernels, k)
		}
		short = short || e.Claim.Short
	}
	out := "Measured on " + strings.Join(kernels, ", ") + "."
	if short {
		out += " Some are of the short version."
	}
	return out
}

// section writes one claim with what it rests on.
func (e Entry) section(b *strings.Builder) {
	c := e.Claim
	fmt.Fprintf(b, "\n## %s\n\n> %s\n\n**%s**: %s\n\n", e.Name, inLine(c.Text), c.Answer, inLine(c.Because))
	if c.Practice != "" {
		fmt.Fprintf(b, "**In practice**: %s\n\n", inLine(c.Practice))
	}
	if c.Otherwise != "" {
		fmt.Fprintf(b, "%s\n\n", inLine(c.Otherwise))
	}
	if e.About != "" {
		fmt.Fprintf(b, "*%s* (`tcpbench sweep %s`, %s)\n\n", inLine(e.About), e.Name, e.provenance())
	}
	if len(c.Table.Columns) > 0 {
		fmt.Fprintf(b, "%s\n\n", escaped(c.Table.ForPeople().Right().Markdown()))
	}
	for _, check := range c.Checks {
		mark := "yes"
		if !check.Holds {
			mark = "**no**"
		}
		fmt.Fprintf(b, "- %s: %s\n", mark, inLine(check.Text))
	}
	if e.Picture != "" {
		fmt.Fprintf(b, "\n![%s](%s)\n", e.Name, e.Picture)
	}
}

// inLine keeps a text in its paragraph.
func inLine(s string) string { return escaped(strings.ReplaceAll(s, "\n", " ")) }

// escaped keeps < R > from being a tag of HTML.
func escaped(s string) string { return strings.ReplaceAll(s, "<", "&lt;") }
