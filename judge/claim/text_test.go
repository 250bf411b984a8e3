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
	if fault := unsayable(c); fault != "" {
		t.Errorf("Because = %q, Practice = %q, want no %q in them", c.Because, c.Practice, fault)
	}
}

// unsayable is what no answer may have in its words: an empty list, or a figure that was not
// measured; "" where it has none.
func unsayable(c results.Claim) string {
	for _, fault := range []string{" .", "  ", ": .", "..", "not measured", "NaN", "Inf", "%!"} {
		if c.Answer != "unclear" && strings.Contains(c.Because+" "+c.Practice, fault) {
			return fault
		}
	}
	return ""
}

// wantPractice wants a text in what to do.
func wantPractice(t *testing.T, c results.Claim, text string) {
	t.Helper()
	if !strings.Contains(c.Practice, text) {
		t.Errorf("Practice = %q, want %q in it", c.Practice, text)
	}
}
