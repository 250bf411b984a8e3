package export

import (
	"os"
	"strings"
	"testing"

	"tcpbench/internal/goldentest"
)

// documented is where the columns are listed.
const documented = "../../docs/export.md"

// The page lists the columns that there are, in their order.
func TestTheDocumentedColumnsAreThoseOfCSV(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("| column | metric | what it is |\n|---|---|---|\n")
	for _, c := range CSVColumns() {
		name := ""
		if c.Metric != "" {
			name = c.Family()
			if c.Label != "" {
				name += "{" + c.Label + "=\"" + c.Value + "\"}"
			}
			name = "`" + name + "`"
		}
		rows.WriteString("| `" + c.Name + "` | " + name + " | " + c.Help + " |\n")
	}
	page, err := os.ReadFile(documented)
	if err != nil {
		t.Fatal(err)
	}
	begin, rest, ok := strings.Cut(string(page), "<!-- columns -->\n")
	_, end, there := strings.Cut(rest, "<!-- end of columns -->")
	if !ok || !there {
		t.Fatalf("%s has no place for the columns", documented)
	}
	want := begin + "<!-- columns -->\n" + rows.String() + "<!-- end of columns -->" + end
	goldentest.Equal(t, documented, []byte(want))
}
