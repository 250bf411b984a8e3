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

// WriteText writes a report for people: the answer, what failed or could not be judged,
// a row for every check, and what moved against the baseline.
func WriteText(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Headline())
	between := "\n"
	for _, c := range r.remarks() {
		fmt.Fprintf(&b, "%s%s %s, %s: %s\n", between, c.Answer, c.Cell, c.Name, cmp.Or(c.Why, c.Measured))
		between = ""
	}
	fmt.Fprintf(&b, "\n%s\n", r.table())
	for _, m := range r.Moved {
		fmt.Fprintf(&b, "\n%s\n", compare.Table(m.Cell, m.Rows))
		for _, d := range m.Changed {
			fmt.Fprintf(&b, "changed: %s\n", d)
		}
	}
	return put(w, b.String())
}

// remarks are the checks of which there is more to say than that they passed: those that
// failed first, and then those without an answer.
func (r *Report) remarks() []Check {
	var out []Check
	for _, a := range []Answer{Failed, Inconclusive, Passed} {
		for _, c := range r.Checks {
			if c.Answer == a && (c.Why != "" || a == Failed) {
				out = append(out, c)
			}
		}
	}
	return out
}

// WriteMarkdown writes a report for a job summary or a pull request.
func WriteMarkdown(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### tcpbench %s\n", r.Headline())
	between := "\n"
	for _, c := range r.remarks() {
		fmt.Fprintf(&b, "%s- %s: **%s**, %s: %s\n", between, c.Answer, escapeMarkdown(c.Cell), escapeMarkdown(c.Name),
			escapeMarkdown(cmp.Or(c.Why, c.Measured)))
		between = ""
	}
	fmt.Fprintf(&b, "\n%s\n", r.table().Markdown())
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
