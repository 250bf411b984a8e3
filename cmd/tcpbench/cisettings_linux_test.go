package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Both systems give the script every setting that it reads, from inputs of the same
// names and defaults.
func TestBothSystemsGiveTheScriptItsSettings(t *testing.T) {
	var action struct {
		Inputs map[string]struct{ Default string }
		Runs   struct{ Steps []githubStep }
	}
	decode(t, shipped(t, "action.yml"), &action)
	var template struct {
		Spec struct {
			Inputs map[string]struct{ Default string }
		}
	}
	decode(t, shipped(t, "gitlab.yml"), &template)
	job := templateJob(t, shipped(t, "gitlab.yml"), map[string]string{"server": "./server"})

	read := map[string]bool{}
	variable := regexp.MustCompile(`\$\{?(TCPBENCH_[A-Z0-9_]+)`)
	for _, name := range variable.FindAllStringSubmatch(shipped(t, "gate.sh"), -1) {
		read[name[1]] = true
	}
	want := slices.Sorted(maps.Keys(read))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(action.Runs.Steps[0].Env))); diff != "" || len(want) < 10 {
		t.Errorf("settings of action.yml (-gate.sh +action.yml):\n%s", diff)
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(job.Variables))); diff != "" {
		t.Errorf("settings of gitlab.yml (-gate.sh +gitlab.yml):\n%s", diff)
	}
	for _, name := range want {
		input := strings.ToLower(strings.TrimPrefix(name, "TCPBENCH_"))
		a, inAction := action.Inputs[input]
		b, inTemplate := template.Spec.Inputs[input]
		if !inAction || !inTemplate || input != "base" && a != b {
			t.Errorf("input %s: %q in action.yml, %q in gitlab.yml", input, a.Default, b.Default)
		}
	}
}
