package main

import (
	"path/filepath"
	"slices"
	"testing"

	"tcpbench/lab/labtest"
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
			sweep := []string{"sweep", "--short", "-o", filepath.Join(t.TempDir(), name), name}
			refused := func() (int, string) {
				status, _, stderr := command(sweep...)
				return status, stderr
			}
			if !linksWithRules(t, sc) || labtest.LinkWithRules(t, refused) {
				wantKnown(t, sweep, sc.Claim.Known)
			}
		})
	}
}

// linksWithRules reports whether the short version of a scenario has any.
func linksWithRules(t *testing.T, sc *scenario.Scenario) bool {
	t.Helper()
	if err := sc.Shorten(); err != nil {
		t.Fatal(err)
	}
	cells, err := sc.Cells()
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(cells, func(c scenario.Cell) bool { return c.Workload.Link.UserSpace() })
}

func wantKnown(t *testing.T, sweep []string, known scenario.Answer) {
	t.Helper()
	status, out, stderr := command(sweep...)
	if status != 0 {
		t.Fatalf("tcpbench %q = %d, want 0\n%s%s", sweep, status, stderr, out)
	}
	index, err := results.ReadSweep(sweep[3])
	if err != nil {
		t.Fatal(err)
	}
	if index.Claim == nil || index.Claim.Answer != known {
		t.Errorf("tcpbench %q did not come out %s:\n%s", sweep, known, out)
	}
}
