package main

import (
	"os"
	"strings"
	"testing"

	"tcpbench/judge/gate"
)

func TestPoliciesInTheTreeAreRight(t *testing.T) {
	for _, file := range []string{"../../.ci/policy.yaml", "../../examples/ci/policy.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := gate.Parse(file, data); err != nil {
			t.Error(err)
		}
	}
}

// The policy that the help text shows is one; those of the pages have a test of their own.
func TestThePolicyOfTheHelpIsRight(t *testing.T) {
	_, text, _ := strings.Cut(newGate(streams{}).Long, "\n  limits:")
	text, _, _ = strings.Cut(text, "\n\n")
	policy := "limits:" + strings.ReplaceAll(text, "\n  ", "\n")
	if p, err := gate.Parse("help gate", []byte(policy)); err != nil || len(p.Regressions) != 2 || len(p.Cells) != 1 {
		t.Errorf("the policy in help gate: %v\n%s", err, policy)
	}
}
