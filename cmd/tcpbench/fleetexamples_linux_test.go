package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"tcpbench/results"
)

// The commands of the examples for fleets have flags that there are.
func TestExamplesOfFleetsHaveFlagsThatThereAre(t *testing.T) {
	for _, file := range []string{"systemd/tcpbench-agent.service", "slurm/fleet.sbatch", "kubernetes/agents.yaml",
		"kubernetes/job.yaml"} {
		text := regexp.MustCompile(`\\\n#?`).ReplaceAllString(readText(t, "../../examples/"+file), "")
		found := 0
		commands := regexp.MustCompile(`tcpbench (agent|fleet hub|fleet run|fleet keys) (.*)`)
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

// container is what an example for Kubernetes has a container run.
type container struct {
	Command []string `yaml:"command"`
	Args    []string `yaml:"args"`
	Env     []struct {
		Name, Value string
	} `yaml:"env"`
}

// containersOf are those of the objects of a file. What else they have to be `make kubernetes`
// checks.
func containersOf(t *testing.T, file string) []container {
	t.Helper()
	f, err := os.Open("../../examples/kubernetes/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []container
	for docs := yaml.NewDecoder(f); ; {
		var d struct {
			Spec struct {
				Template struct {
					Spec struct {
						Containers []container `yaml:"containers"`
					} `yaml:"spec"`
				} `yaml:"template"`
			} `yaml:"spec"`
		}
		if err := docs.Decode(&d); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, d.Spec.Template.Spec.Containers...)
	}
}

// The scripts of the examples for Kubernetes run commands that the program takes.
func TestScriptsOfKubernetesRunCommandsThatThereAre(t *testing.T) {
	told := filepath.Join(t.TempDir(), "tcpbench")
	if err := os.WriteFile(told, []byte("#!/bin/sh\nprintf '%s\\n' \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file, env string
		want      map[string]string // flags, and in "" the targets
	}{
		{"agents.yaml", "NODE=node-1.example", map[string]string{"name": "node-1-example",
			"creds": "/keys/node-1-example.creds", "allow-target": "[10.0.0.0/8]"}},
		{"job.yaml", "JOB_COMPLETION_INDEX=0", map[string]string{"names": "[agent-1,agent-2,agent-3]", "keys": "/keys",
			"format": "json", "wait": "2m0s", "": "http://10.0.0.9/"}},
		{"job.yaml", "JOB_COMPLETION_INDEX=3", map[string]string{"name": "agent-3", "creds": "/keys/agent-3.creds",
			"nats": "tls://tcpbench-0.tcpbench:4222"}},
	} {
		for _, c := range containersOf(t, tt.file) {
			script := strings.ReplaceAll(strings.Join(c.Args, "\n"), "/usr/bin/tcpbench", told)
			cmd := exec.Command(c.Command[0], append(c.Command[1:], script)...)
			cmd.Env = []string{tt.env, "PATH=" + os.Getenv("PATH")}
			for _, e := range c.Env {
				if e.Value != "" {
					cmd.Env = append(cmd.Env, e.Name+"="+e.Value)
				}
			}
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s with %s: %v", tt.file, tt.env, err)
			}
			takes(t, strings.Split(strings.TrimSpace(string(out)), "\n"), tt.want)
		}
	}
}

// The command that takes the result out of the log of a pod takes it whole, and nothing else.
func TestTheResultIsInTheLogOfTheCoordinatorsPod(t *testing.T) {
	text := readText(t, "../../examples/kubernetes/job.yaml")
	said := regexp.MustCompile(`\| sed -n '(.*)' >`).FindStringSubmatch(text)
	if said == nil {
		t.Fatal("no command takes the result out of the log")
	}
	var result strings.Builder
	err := results.Encode(&result, &results.Run{Schema: results.Schema, Cell: map[string]string{"a": "}\n{"}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sed", "-n", said[1])
	cmd.Stdin = strings.NewReader("fleet: waiting: {\n1s 3990 conn/s\n" + result.String() + "result: /state/r\n}\n")
	if out, err := cmd.Output(); err != nil || string(out) != result.String() {
		t.Errorf("sed -n '%s': %v, %q, want %q", said[1], err, out, result.String())
	}
}

// takes fails the test unless the program takes a command line, with flags of these values.
func takes(t *testing.T, line []string, want map[string]string) {
	t.Helper()
	cmd, args, err := newRoot(streams{}).Find(line)
	if err == nil {
		err = cmd.ParseFlags(args)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	for name, value := range want {
		got := strings.Join(cmd.Flags().Args(), " ")
		if name != "" {
			got = cmd.Flags().Lookup(name).Value.String()
		}
		if got != value {
			t.Errorf("%q: --%s is %q, want %q", line, name, got, value)
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
	// Its page is where tcpbench is installed.
	if out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
