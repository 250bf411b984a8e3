package claim

import (
	"strings"
	"testing"

	"tcpbench/results"
)

// wantText wants a text in what a verdict says, and no list in it to be empty.
func wantText(t *testing.T, c results.Claim, text string) {
	t.Helper()
	if !strings.Contains(c.Because, text) {
		t.Errorf("Because = %q, want %q in it", c.Because, text)
	}
	for _, fault := range []string{" .", "  ", ": .", "not measured", "NaN", "%!"} {
		if strings.Contains(c.Because, fault) {
			t.Errorf("Because = %q, want no %q in it", c.Because, fault)
		}
	}
}
