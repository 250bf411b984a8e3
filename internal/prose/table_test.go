package prose

import (
	"slices"
	"strings"
	"testing"
)

// fruit has a blank, and a column of numbers.
func fruit() Table {
	t := Table{Head: slices.Concat(Words("fruit"), Numbers("n"), Words("colour"))}
	t.Add("fig", 12, "green")
	t.Add("quince", 3, "")
	return t
}

func TestTableIsWritten(t *testing.T) {
	wide := fruit()
	wide.Least = 8
	tests := []struct{ name, got, want string }{
		{"as text", fruit().String(), "fruit    n  colour\nfig     12  green\nquince   3"},
		{"with a wide first column", wide.Without("colour").String(), "fruit      n\nfig       12\nquince     3"},
		{"all to the right", fruit().Right().String(), "fruit    n  colour\nfig     12   green\nquince   3"},
		{"blanks filled", fruit().Fill("-").String(), "fruit    n  colour\nfig     12  green\nquince   3  -"},
		{"as Markdown", fruit().Markdown(),
			"| fruit | n | colour |\n| --- | ---:| --- |\n| fig | 12 | green |\n| quince | 3 |  |"},
		{"with room for all", fruit().Fit(18, "n", "colour").String(), fruit().String()},
		{"without what is spared first", fruit().Fit(17, "n", "colour").String(), fruit().Without("n").String()},
		{"without all that can be spared", fruit().Fit(1, "n", "colour").String(), "fruit\nfig\nquince"},
	}
	for _, tt := range tests {
		if got := trimmed(tt.got); got != trimmed(tt.want) {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// trimmed is s without blanks at the ends of its lines.
func trimmed(s string) string {
	var lines []string
	for l := range strings.SplitSeq(s, "\n") {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	return strings.Join(lines, "\n")
}

func TestTablesAreNotChangedByTheirCopies(t *testing.T) {
	table := fruit()
	want := table.String()
	_, _, _, _ = table.Without("n"), table.Right(), table.Fill("x"), table.Fit(1, "fruit")
	if got := table.String(); got != want {
		t.Errorf("the table became\n%s\nfrom\n%s", got, want)
	}
}
