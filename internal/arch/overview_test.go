package arch

import (
	"os"
	"strings"
	"testing"
)

func TestTheOverviewNamesEveryPackage(t *testing.T) {
	b, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range layers() {
		if !strings.Contains(string(b), "`"+r.name+"`") {
			t.Errorf("ARCHITECTURE.md does not say what %s is", r.name)
		}
	}
}
