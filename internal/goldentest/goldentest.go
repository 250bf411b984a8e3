// Package goldentest compares what tests print with files that hold it, and
// rewrites these files with -update (`make golden`).
package goldentest

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Updating reports whether golden files are being rewritten, so that a binary
// in which one is embedded still has the one of before.
func Updating() bool { return *update }

// Equal compares got with the file of a path, or rewrites the file.
func Equal(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; make golden writes it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; make golden rewrites it (-file +now):\n%s", path, diff)
	}
}
