package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// githubStep is a step of a workflow or of a composite action.
type githubStep struct {
	ID, Name, If, Uses, Run, Shell string
	With, Env                      map[string]string
}

// githubJob is a job that a runner is at.
type githubJob struct {
	*ciHost
	ciRun
	// values are those that expressions may have.
	values map[string]string
}

// github runs the workflow of the host's repository for the change, as GitHub's runner
// does; more are values of expressions, as vars.X.
func (h *ciHost) github(more map[string]string) ciRun {
	h.t.Helper()
	j := &githubJob{ciHost: h, ciRun: ciRun{outputs: map[string]string{}}, values: map[string]string{
		"github.base_ref": "main", "vars.TCPBENCH_RELEASE": ""}}
	maps.Copy(j.values, more)
	for _, file := range []string{"summary", "output"} {
		if err := os.WriteFile(h.file(file), nil, 0o666); err != nil {
			h.t.Fatal(err)
		}
		if err := os.Chmod(h.file(file), 0o666); err != nil {
			h.t.Fatal(err)
		}
	}
	// The runner reads the workflow of the change before it has a checkout.
	var workflow struct {
		Jobs map[string]struct{ Steps []githubStep }
	}
	decode(h.t, h.origin.read(h.t, "refs/pull/7/merge", theWorkflow), &workflow)
	j.steps(workflow.Jobs["gate"].Steps, "")
	summary, err := os.ReadFile(h.file("summary"))
	if err != nil {
		h.t.Fatal(err)
	}
	j.summary = string(summary)
	return j.ciRun
}

func (j *githubJob) steps(steps []githubStep, actionPath string) {
	for _, s := range steps {
		switch s.If {
		case "":
			if j.status != 0 {
				continue
			}
		case "always()":
		default:
			j.t.Fatalf("if: %s is not known here", s.If)
		}
		j.step(s, actionPath)
	}
}

func (j *githubJob) step(s githubStep, actionPath string) {
	with := j.fillAll(s.With)
	switch {
	case s.Run != "":
		j.script(s, actionPath)
	case strings.HasPrefix(s.Uses, "actions/checkout@"):
		j.checkOut("1", "refs/pull/7/merge", "refs/remotes/pull/7/merge")
	case strings.HasPrefix(s.Uses, "actions/upload-artifact@"):
		path := filepath.Join(j.workspace, with["path"])
		if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 {
			j.artifact = path
		} else if with["if-no-files-found"] != "ignore" {
			j.t.Errorf("upload-artifact: nothing in %s", path)
		}
	case strings.HasPrefix(s.Uses, "./"):
		j.composite(filepath.Join(j.workspace, s.Uses), with)
	default:
		j.t.Fatalf("uses: %s is not known here", s.Uses)
	}
}

// composite runs the steps of an action, whose inputs have their defaults.
func (j *githubJob) composite(dir string, with map[string]string) {
	data, err := os.ReadFile(filepath.Join(dir, "action.yml"))
	if err != nil {
		j.t.Fatal(err)
	}
	var action struct {
		Inputs map[string]struct {
			Required bool
			Default  string
		}
		Runs struct {
			Using string
			Steps []githubStep
		}
	}
	decode(j.t, string(data), &action)
	if action.Runs.Using != "composite" {
		j.t.Fatalf("using: %s is not known here", action.Runs.Using)
	}
	for name, input := range action.Inputs {
		j.values["inputs."+name] = j.fill(input.Default)
	}
	for name, value := range with {
		if _, ok := action.Inputs[name]; !ok {
			j.t.Errorf("the action has no input %s", name)
		}
		j.values["inputs."+name] = value
	}
	j.steps(action.Runs.Steps, dir)
}

// script runs a step's script with what the runner sets.
func (j *githubJob) script(s githubStep, actionPath string) {
	env := j.fillAll(s.Env)
	maps.Copy(env, map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": j.workspace, "GITHUB_BASE_REF": "main",
		"GITHUB_ACTION_PATH": actionPath, "RUNNER_TEMP": j.file("temp"), "RUNNER_ENVIRONMENT": "self-hosted",
		"GITHUB_STEP_SUMMARY": j.file("summary"), "GITHUB_OUTPUT": j.file("output"),
		"GITHUB_REF": "refs/pull/7/merge",
		"GITHUB_SHA": j.origin.git(j.t, "--git-dir="+j.origin.dir, "rev-parse", "refs/pull/7/merge"),
	})
	if kind, ok := j.values["runner.environment"]; ok {
		env["RUNNER_ENVIRONMENT"] = kind
	}
	command := map[string][]string{
		"sh":   {"sh", "-e"},
		"bash": {"bash", "--noprofile", "--norc", "-eo", "pipefail"}, "": {"bash", "-e"},
	}[s.Shell]
	script := j.file("script")
	if err := os.WriteFile(script, []byte(j.fill(s.Run)), 0o644); err != nil {
		j.t.Fatal(err)
	}
	status, out := j.run(env, append(command, script)...)
	j.log += out
	if j.status == 0 {
		j.status = status
	}
	outputs, err := os.ReadFile(j.file("output"))
	if err = errors.Join(err, os.Truncate(j.file("output"), 0)); err != nil {
		j.t.Fatal(err)
	}
	for line := range strings.Lines(string(outputs)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		j.outputs[s.ID+"."+key] = value
	}
}

func (j *githubJob) fill(text string) string {
	return fill(j.t, regexp.MustCompile(`\$\{\{(.*?)\}\}`), j.values, text)
}

func (j *githubJob) fillAll(texts map[string]string) map[string]string {
	out := map[string]string{}
	for key, text := range texts {
		out[key] = j.fill(text)
	}
	return out
}

// decode reads the first document of a file that may have more keys than v.
func decode(t interface{ Fatal(...any) }, text string, v any) {
	if err := yaml.NewDecoder(strings.NewReader(text)).Decode(v); err != nil {
		t.Fatal(err)
	}
}
