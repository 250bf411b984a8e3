package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// Every claim is tested for real, in its short version, and comes out as it is
// known to on this kernel.
func TestClaimsComeOutAsKnown(t *testing.T) {
	t.Parallel()
	for _, name := range scenario.Builtins() {
		sc, err := scenario.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if sc.Claim.IsZero() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of the time they wait for the kernel's timers
			wantKnown(t, name, sc.Claim.Known)
		})
	}
}

func wantKnown(t *testing.T, name string, known scenario.Answer) {
	dir := filepath.Join(t.TempDir(), name)
	var out, stderr bytes.Buffer
	if status := Main([]string{"sweep", "--short", "-o", dir, name}, nil, &out, &stderr); status != 0 {
		t.Fatalf("tcpbench sweep --short %s = %d, want 0\n%s%s", name, status, &stderr, &out)
	}
	index, err := results.ReadSweep(dir)
	if err != nil {
		t.Fatal(err)
	}
	if index.Claim == nil || index.Claim.Answer != known {
		t.Errorf("tcpbench sweep --short %s did not come out %s:\n%s", name, known, &out)
	}
}
