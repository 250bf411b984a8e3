package gate

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"tcpbench/internal/prose"
	"tcpbench/judge/compare"
)

// WriteText writes a report for people: a row for every check, then what
// moved against the baseline, then the answer.
func WriteText(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.table().Render())
	between := "\n"
	for _, c := range r.Checks {
		if c.Why != "" {
			fmt.Fprintf(&b, "%s%s, %s: %s\n", between, c.Cell, c.Name, c.Why)
			between = ""
		}
	}
	for _, m := range r.Moved {
		fmt.Fprintf(&b, "\n%s\n", compare.Table(m.Cell, m.Rows).Render())
		for _, d := range m.Changed {
			fmt.Fprintf(&b, "changed: %s\n", d)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", r.Headline())
	return put(w, b.String())
}

// WriteMarkdown writes a report for a job summary or a pull request.
func WriteMarkdown(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### tcpbench %s\n\n%s\n", r.Headline(), r.table().RenderMarkdown())
	between := "\n"
	for _, c := range r.Checks {
		if c.Why != "" {
			fmt.Fprintf(&b, "%s- **%s**, %s: %s\n", between, escapeMarkdown(c.Cell), escapeMarkdown(c.Name),
				escapeMarkdown(c.Why))
			between = ""
		}
	}
	for _, m := range r.Moved {
		fmt.Fprintf(&b, "\n%s\n", compare.Table(m.Cell, m.Rows).RenderMarkdown())
		for _, d := range m.Changed {
			fmt.Fprintf(&b, "\nchanged: %s\n", escapeMarkdown(d.String()))
		}
	}
	return put(w, b.String())
}

// escapeMarkdown keeps text from being read as markup.
func escapeMarkdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", "&lt;", "`", "\\`", "[", `\[`).Replace(s)
}

func put(w io.Writer, s string) error {
	if _, err := io.WriteString(w, s); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func (r *Report) table() table.Writer {
	t := prose.NewTable(table.Row{"cell", "check", "measured", "answer"}, 3, 3, 0)
	for _, c := range r.Checks {
		t.AppendRow(table.Row{c.Cell, c.Name, orDash(c.Measured), string(c.Answer)})
	}
	return t
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
