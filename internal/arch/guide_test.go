package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// most is how many files a change may touch.
const most = 5

// The table of CONTRIBUTING.md that says which files a change touches names
// files that there are, and few.
func TestTheGuideNamesFewFilesAndReal(t *testing.T) {
	guide, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(guide), "| a new | files | what |")
	path := regexp.MustCompile("`([a-z]+/[a-z0-9_/.]+)`")
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || strings.HasPrefix(line, "|---") {
			continue
		}
		rows++
		files := path.FindAllStringSubmatch(cells[2], -1)
		if len(files) == 0 || len(files) > most {
			t.Errorf("a new%sis %d files, want 1 to %d", cells[1], len(files), most)
		}
		for _, f := range path.FindAllStringSubmatch(line, -1) {
			if _, err := os.Stat(filepath.Join("../..", f[1])); err != nil {
				t.Errorf("a new%snames %s, which is not there: %v", cells[1], f[1], err)
			}
		}
	}
	if rows < 10 {
		t.Errorf("the table has %d rows, want the ten changes of most use at least", rows)
	}
}
