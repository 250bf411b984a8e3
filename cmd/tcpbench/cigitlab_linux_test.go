package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// gitlabJob is the job of the template.
type gitlabJob struct {
	Variables map[string]gitlabVariable
	Script    []string
	Artifacts struct {
		When    string
		Paths   []string
		Reports struct{ JUnit string }
	}
}

// gitlabVariable is a variable of a job, a value alone or with whether it is expanded.
type gitlabVariable struct {
	Value  string
	Expand bool
}

func (v *gitlabVariable) UnmarshalYAML(node *yaml.Node) error {
	v.Expand = true
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&v.Value)
	}
	type plain gitlabVariable
	return node.Decode((*plain)(v))
}

// in is the value in an environment, where what is not set is empty.
func (v gitlabVariable) in(env map[string]string) string {
	if !v.Expand {
		return v.Value
	}
	return os.Expand(v.Value, func(name string) string { return env[name] })
}

// gitlab runs the pipeline of the host's repository for the change, as GitLab's runner does;
// more are predefined variables.
func (h *ciHost) gitlab(more map[string]string) ciRun {
	h.t.Helper()
	ref := "refs/merge-requests/7/head"
	if more["CI_MERGE_REQUEST_EVENT_TYPE"] == "merged_result" {
		ref = "refs/merge-requests/7/merge"
	}
	var pipeline struct {
		Include []struct {
			Local  string
			Inputs map[string]string
		}
	}
	decode(h.t, h.origin.read(h.t, ref, ".gitlab-ci.yml"), &pipeline)
	include := pipeline.Include[0]
	job := templateJob(h.t, h.origin.read(h.t, ref, include.Local), include.Inputs)
	h.checkOut("20", ref, "refs/pipelines/12")
	env := map[string]string{
		"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": h.workspace, "CI_MERGE_REQUEST_IID": "7",
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_PIPELINE_SOURCE": "merge_request_event",
		"CI_MERGE_REQUEST_EVENT_TYPE": "detached", "CI_MERGE_REQUEST_PROJECT_URL": "file://" + h.origin.dir,
		"CI_MERGE_REQUEST_DIFF_BASE_SHA": h.origin.git(h.t, "merge-base", "main", "change"),
		"CI_COMMIT_SHA":                  h.origin.git(h.t, "--git-dir="+h.origin.dir, "rev-parse", ref),
	}
	maps.Copy(env, more)
	for key, variable := range job.Variables {
		env[key] = variable.in(env)
	}
	var r ciRun
	r.status, r.log = h.run(env, "bash", "-eo", "pipefail", "-c", strings.Join(job.Script, "\n"))
	path := filepath.Join(h.workspace, job.Artifacts.Paths[0])
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 && job.Artifacts.When == "always" {
		r.artifact = path
	}
	if _, err := os.Stat(filepath.Join(h.workspace, job.Artifacts.Reports.JUnit)); err == nil && r.artifact == "" {
		h.t.Error("the JUnit report is not among the artifacts")
	}
	return r
}

// templateJob is the job tcpbench of a template with its inputs filled in.
func templateJob(t *testing.T, template string, given map[string]string) gitlabJob {
	t.Helper()
	var head struct {
		Spec struct {
			Inputs map[string]struct{ Default *string }
		}
	}
	d := yaml.NewDecoder(strings.NewReader(template))
	if err := d.Decode(&head); err != nil {
		t.Fatal(err)
	}
	inputs := map[string]string{}
	for name, input := range head.Spec.Inputs {
		switch _, ok := given[name]; {
		case ok:
		case input.Default == nil:
			t.Fatalf("the input %s is required", name)
		default:
			inputs[name] = *input.Default
		}
	}
	for name := range given {
		if _, ok := head.Spec.Inputs[name]; !ok {
			t.Fatalf("the template has no input %s", name)
		}
	}
	maps.Copy(inputs, given)
	var body struct{ TCPbench gitlabJob }
	if err := d.Decode(&body); err != nil {
		t.Fatal(err)
	}
	job := body.TCPbench
	expression := regexp.MustCompile(`\$\[\[ inputs\.(\w+) \]\]`)
	for key, variable := range job.Variables {
		variable.Value = fill(t, expression, inputs, variable.Value)
		job.Variables[key] = variable
	}
	for i, text := range job.Script {
		job.Script[i] = fill(t, expression, inputs, text)
	}
	return job
}
