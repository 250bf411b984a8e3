// Package prose writes what people read on a terminal: paragraphs that end at
// its width, and bare tables.
package prose

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// narrowest is how many columns a paragraph gets at least beside its label.
const narrowest = 20

// Printer writes until the first error, which it keeps.
type Printer struct {
	w     io.Writer
	width int // columns
	err   error
}

// NewPrinter writes to w, with lines that end at width, in columns.
func NewPrinter(w io.Writer, width int) *Printer { return &Printer{w: w, width: width} }

// Err is the first error of writing.
func (p *Printer) Err() error { return p.err }

// Line writes a line as it is.
func (p *Printer) Line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// Labelled writes a paragraph with a label before its first line, and the
// others below it. A label of spaces indents.
func (p *Printer) Labelled(label, s string) {
	for l := range strings.SplitSeq(text.WrapSoft(s, max(p.width-len(label), narrowest)), "\n") {
		p.Line("%s%s", label, strings.TrimRight(l, " "))
		label = strings.Repeat(" ", len(label))
	}
}

// Table writes a table with the indent before each line.
func (p *Printer) Table(indent string, t Table) {
	for l := range strings.SplitSeq(t.String(), "\n") {
		p.Line("%s", strings.TrimRight(indent+l, " "))
	}
}
