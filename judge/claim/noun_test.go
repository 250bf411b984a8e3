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
	for _, fault := range []string{" .", "  ", ": .", "NaN", "%!"} {
		if strings.Contains(c.Because, fault) {
			t.Errorf("Because = %q, want no %q in it", c.Because, fault)
		}
	}
}

func TestOneIsNotSeveral(t *testing.T) {
	for n, want := range map[float64]string{0: "0 requests", 1: "1 request", 1.63: "1.63 requests", 99: "99 requests", 12345: "12345 requests"} {
		if got := counted(n, "request"); got != want {
			t.Errorf("counted(%v) = %q, want %q", n, got, want)
		}
	}
}
