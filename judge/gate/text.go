package gate

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"tcpbench/internal/prose"
	"tcpbench/judge/compare"
)

// WriteText writes a report for people: a row for every check, then what
// moved against the baseline, then the answer.
func WriteText(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.table())
	between := "\n"
	for _, c := range r.Checks {
		if c.Why != "" {
			fmt.Fprintf(&b, "%s%s, %s: %s\n", between, c.Cell, c.Name, c.Why)
			between = ""
		}
	}
	for _, m := range r.Moved {
		fmt.Fprintf(&b, "\n%s\n", compare.Table(m.Cell, m.Rows))
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
	fmt.Fprintf(&b, "### tcpbench %s\n\n%s\n", r.Headline(), r.table().Markdown())
	between := "\n"
	for _, c := range r.Checks {
		if c.Why != "" {
			fmt.Fprintf(&b, "%s- **%s**, %s: %s\n", between, escapeMarkdown(c.Cell), escapeMarkdown(c.Name),
				escapeMarkdown(c.Why))
			between = ""
		}
	}
	for _, m := range r.Moved {
		fmt.Fprintf(&b, "\n%s\n", compare.Table(m.Cell, m.Rows).Markdown())
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

func (r *Report) table() prose.Table {
	head := slices.Concat(prose.Words("cell", "check"), prose.Numbers("measured"), prose.Words("answer"))
	t := prose.Table{Head: head}
	for _, c := range r.Checks {
		t.Add(c.Cell, c.Name, cmp.Or(c.Measured, "-"), c.Answer)
	}
	return t
}
