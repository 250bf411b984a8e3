package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// The commands of the examples for fleets have flags that there are.
func TestExamplesOfFleetsHaveFlagsThatThereAre(t *testing.T) {
	for _, file := range []string{"systemd/tcpbench-agent.service", "slurm/fleet.sbatch", "kubernetes/agents.yaml",
		"kubernetes/job.yaml"} {
		text := strings.ReplaceAll(readText(t, "../../examples/"+file), "\\\n", "")
		found := 0
		commands := regexp.MustCompile(`tcpbench (agent|fleet run|fleet keys) (.*)`)
		for _, m := range commands.FindAllStringSubmatch(text, -1) {
			cmd, _, err := newRoot(streams{}).Find(strings.Fields(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			for _, flag := range regexp.MustCompile(` --([a-z-]+)`).FindAllStringSubmatch(" "+m[2], -1) {
				if found++; cmd.Flags().Lookup(flag[1]) == nil {
					t.Errorf("%s: tcpbench %s has no flag --%s", file, m[1], flag[1])
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: no command was found", file)
		}
	}
}

// The examples of Kubernetes are YAML, without keys that are there twice, of the kinds they say.
func TestExamplesOfKubernetesAreYAML(t *testing.T) {
	for file, want := range map[string]string{"agents.yaml": "DaemonSet", "job.yaml": "Service Job"} {
		f, err := os.Open("../../examples/kubernetes/" + file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var kinds []string
		for docs := yaml.NewDecoder(f); ; {
			var d struct {
				Kind string         `yaml:"kind"`
				Spec map[string]any `yaml:"spec"`
			}
			if err := docs.Decode(&d); err != nil {
				break
			}
			if len(d.Spec) == 0 {
				t.Errorf("%s: %s has no spec", file, d.Kind)
			}
			kinds = append(kinds, d.Kind)
		}
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("%s has %q, want %q", file, got, want)
		}
	}
}

// Where there is systemd, it takes the unit.
func TestTheUnitIsOne(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze here")
	}
	text := readText(t, "../../examples/systemd/tcpbench-agent.service")
	unit := filepath.Join(t.TempDir(), "tcpbench-agent.service")
	text = strings.ReplaceAll(text, "/usr/local/bin/tcpbench", "/bin/true") // which is there
	if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
