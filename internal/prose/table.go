package prose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table is rows for people, the first cell of each its heading. It is written
// as text or Markdown, or by an HTML template.
type Table struct {
	Caption string
	Head    []Column
	// Note explains the table, below it; it may be empty.
	Note string
	Rows [][]Cell
	// Least is how wide the first column is as text, at least.
	Least int
}

// Column is what a column is called. Numbers are to the right.
type Column struct {
	Name   string
	Number bool
}

// Cell is what one row has in one column.
type Cell struct {
	Text string
	// Link is the id of an element of a page, or empty.
	Link string
	// Class is how the cell looks on a page, or empty.
	Class string
}

// Words are columns of words, Numbers those of numbers.
func Words(names ...string) []Column { return columns(names, false) }

// Numbers are columns of numbers.
func Numbers(names ...string) []Column { return columns(names, true) }

func columns(names []string, number bool) []Column {
	var out []Column
	for _, n := range names {
		out = append(out, Column{n, number})
	}
	return out
}

// Add appends a row of texts and numbers, as fmt.Sprint writes them.
func (t *Table) Add(values ...any) {
	var row []Cell
	for _, v := range values {
		row = append(row, Cell{Text: fmt.Sprint(v)})
	}
	t.Rows = append(t.Rows, row)
}

// AddIf appends a name and its value, unless that is empty.
func (t *Table) AddIf(name, value string) {
	if value != "" {
		t.Add(name, value)
	}
}

// Without is t less the columns of these names.
func (t Table) Without(names ...string) Table {
	left := t
	left.Head, left.Rows = nil, make([][]Cell, len(t.Rows))
	for i, c := range t.Head {
		if slices.Contains(names, c.Name) {
			continue
		}
		left.Head = append(left.Head, c)
		for j, row := range t.Rows {
			left.Rows[j] = append(left.Rows[j], row[i])
		}
	}
	return left
}

// Fill is t with a text in cells that have none.
func (t Table) Fill(blank string) Table {
	filled := t
	filled.Rows = nil
	for _, row := range t.Rows {
		row = slices.Clone(row)
		for i := range row {
			row[i].Text = cmp.Or(row[i].Text, blank)
		}
		filled.Rows = append(filled.Rows, row)
	}
	return filled
}

// Fit is t without as many of the spare columns, in their order, as it takes
// for its text to have a width, in columns of a terminal.
func (t Table) Fit(width int, spare ...string) Table {
	for _, name := range spare {
		if text.LongestLineLen(t.String()) <= width {
			break
		}
		t = t.Without(name)
	}
	return t
}

// Right is t with all columns but the first to the right.
func (t Table) Right() Table {
	t.Head = slices.Clone(t.Head)
	for i := 1; i < len(t.Head); i++ {
		t.Head[i].Number = true
	}
	return t
}

// String is bare columns under their headings.
func (t Table) String() string {
	tw := t.writer()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft = ""
	style.Box.PaddingRight = "  "
	style.Format.Header = text.FormatDefault
	tw.SetStyle(style)
	configs := []table.ColumnConfig{{Number: 1, WidthMin: t.Least}}
	tw.SetColumnConfigs(append(configs, t.numbers()...))
	tw.SuppressTrailingSpaces()
	return tw.Render()
}

// Markdown is the table for a page or a pull request. No text in it is markup.
func (t Table) Markdown() string {
	plain := t
	plain.Rows = nil
	for _, row := range t.Rows {
		row = slices.Clone(row)
		for i := range row {
			row[i].Text = PlainMarkdown(row[i].Text)
		}
		plain.Rows = append(plain.Rows, row)
	}
	return plain.Markup()
}

// PlainMarkdown is s as Markdown that shows s. An underscore stays: within a word it
// is none of Markdown's.
func PlainMarkdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "<", "&lt;", "`", "\\`", "[", `\[`).Replace(s)
}

// Markup is the table as Markdown whose texts are Markdown.
func (t Table) Markup() string {
	tw := t.writer()
	tw.SetColumnConfigs(t.numbers())
	return tw.RenderMarkdown()
}

func (t Table) numbers() []table.ColumnConfig {
	var configs []table.ColumnConfig
	for i, c := range t.Head {
		if c.Number {
			right := table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight}
			configs = append(configs, right)
		}
	}
	return configs
}

func (t Table) writer() table.Writer {
	tw := table.NewWriter()
	var head table.Row
	for _, c := range t.Head {
		head = append(head, c.Name)
	}
	tw.AppendHeader(head)
	for _, r := range t.Rows {
		var row table.Row
		for _, c := range r {
			row = append(row, c.Text)
		}
		tw.AppendRow(row)
	}
	return tw
}
