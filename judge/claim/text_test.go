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
	for _, fault := range []string{" .", "  ", ": .", "..", "not measured", "NaN", "%!"} {
		if c.Answer != "unclear" && strings.Contains(c.Because+" "+c.Practice, fault) {
			t.Errorf("Because = %q, Practice = %q, want no %q in them", c.Because, c.Practice, fault)
		}
	}
}

// wantPractice wants a text in what to do.
func wantPractice(t *testing.T, c results.Claim, text string) {
	t.Helper()
	if !strings.Contains(c.Practice, text) {
		t.Errorf("Practice = %q, want %q in it", c.Practice, text)
	}
}
