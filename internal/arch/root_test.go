package arch

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// folders are those of the root: the flow of data, then what every project has.
func folders() []string {
	return []string{
		"cmd", "scenario", "experiment", "lab", "workload", "metrics", "law", "results", "judge", "host",
		"plots", "report",
		"internal", "bench", "docs", "examples", "scripts",
	}
}

// left are what make leaves there, and git ignores.
func left() []string { return []string{"bin", "runs"} }

func TestTheRootHasNoMoreFolders(t *testing.T) {
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	known := slices.Concat(folders(), left())
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || slices.Contains(known, e.Name()) {
			continue
		}
		t.Errorf("folder %s is new at the root: put it into the one whose question it answers, "+
			"or into internal if it knows nothing of ours", e.Name())
	}
}
