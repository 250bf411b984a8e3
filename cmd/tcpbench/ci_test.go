package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"mvdan.cc/sh/v3/syntax"

	"tcpbench/judge/gate"
)

// The workflow files that users copy are YAML, and every command line of
// tcpbench in them is one that the command takes.
func TestWorkflowsNameCommandsThatExist(t *testing.T) {
	for _, file := range []string{"github.yml", "gitlab.yml"} {
		t.Run(file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("../../examples/ci", file))
			if err != nil {
				t.Fatal(err)
			}
			var doc any
			if err := yaml.Unmarshal(data, &doc); err != nil {
				t.Fatalf("it is not YAML: %v", err)
			}
			lines := calls(t, doc)
			for _, l := range lines {
				parses(t, l)
			}
			for _, name := range []string{"tcpbench run", "tcpbench compare", "tcpbench gate"} {
				if !strings.Contains(strings.Join(lines, "\n"), name) {
					t.Errorf("no %s in %q", name, lines)
				}
			}
		})
	}
}

// calls are the command lines of tcpbench in the scripts of a workflow: the
// values of run and script, wherever they are.
func calls(t *testing.T, node any) []string {
	t.Helper()
	var out []string
	switch n := node.(type) {
	case map[string]any:
		for key, v := range n {
			if text, ok := v.(string); ok && key == "run" {
				out = append(out, commandsIn(t, text)...)
				continue
			}
			if list, ok := v.([]any); ok && key == "script" {
				for _, text := range list {
					out = append(out, commandsIn(t, text.(string))...)
				}
				continue
			}
			out = append(out, calls(t, v)...)
		}
	case []any:
		for _, v := range n {
			out = append(out, calls(t, v)...)
		}
	}
	return out
}

// commandsIn are the calls of tcpbench in a shell script.
func commandsIn(t *testing.T, script string) []string {
	t.Helper()
	f, err := syntax.NewParser().Parse(strings.NewReader(script), "script")
	if err != nil {
		t.Fatalf("%q is not a script: %v", script, err)
	}
	var out []string
	syntax.Walk(f, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 && call.Args[0].Lit() == "tcpbench" {
			var b strings.Builder
			if err := syntax.NewPrinter().Print(&b, call); err != nil {
				t.Fatal(err)
			}
			out = append(out, b.String())
		}
		return true
	})
	return out
}

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
