package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ciOrigin is the repository of a user, as a bare one that jobs fetch from, with a
// change (number 7) of its branch main.
type ciOrigin struct {
	dir string
	// work is where commits are made.
	work string
	// config is git's configuration there.
	config string
}

// ciFiles are files of a repository: their paths and contents.
type ciFiles map[string]string

const quickPolicy = `limits:
  - errors < 0.1%
regressions:
  request_p50: +900%
`

// theWorkflow is where GitHub looks for it.
const theWorkflow = ".github/workflows/performance.yml"

// userFiles are those of a project whose server answers after 10 ms, with the folder
// for CI as it is shipped, and the workflows as that says, with a quick load.
func userFiles(t *testing.T) ciFiles {
	t.Helper()
	files := ciFiles{
		"Makefile":             "server: server.in\n\tcp server.in server\n\tchmod +x server\n",
		"server.in":            answersAfter("10ms"),
		".gitignore":           "server\n",
		".ci/performance.yaml": quickPolicy,
	}
	for _, name := range []string{"action.yml", "gate.sh", "gitlab.yml", "policy.yaml"} {
		files[".ci/tcpbench/"+name] = shipped(t, name)
	}
	more := func(text string) string {
		build := regexp.MustCompile(`(?m)^( +)build: make server\n`)
		if !build.MatchString(text) {
			t.Fatalf("no build in\n%s", text)
		}
		return build.ReplaceAllString(text, "$0${1}load: -n 8 -c 8 -z '20s'\n${1}repeats: \"8\"\n"+
			"${1}policy: .ci/performance.yaml\n")
	}
	files[theWorkflow] = more(shipped(t, "github.yml"))
	files[".gitlab-ci.yml"] = more(includeOf(shipped(t, "gitlab.yml")))
	return files
}

func answersAfter(delay string) string {
	return "#!/bin/sh\nexec example-server -delay " + delay + " \"$@\"\n"
}

func shipped(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../examples/ci", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// includeOf is what the comment of the template says is to be written.
func includeOf(template string) string {
	var out strings.Builder
	for line := range strings.Lines(template) {
		if code, ok := strings.CutPrefix(line, "#   "); ok {
			out.WriteString(code)
		}
	}
	return out.String()
}

// newOrigin is a repository whose change is of some files.
func newOrigin(t *testing.T, files, change ciFiles) *ciOrigin {
	t.Helper()
	o := &ciOrigin{filepath.Join(shared(t), "origin.git"), t.TempDir(), filepath.Join(t.TempDir(), "gitconfig")}
	// Where root tests for nobody, the repository is nobody's.
	config := "[user]\nname=a\nemail=a@example.com\n[safe]\ndirectory=*\n"
	if err := os.WriteFile(o.config, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	o.git(t, "init", "-q", "--bare", "-b", "main", o.dir)
	o.git(t, "init", "-q", "-b", "main")
	o.commit(t, files)
	o.change(t, change)
	return o
}

// change makes the change another one.
func (o *ciOrigin) change(t *testing.T, files ciFiles) {
	t.Helper()
	o.git(t, "checkout", "-q", "--force", "-B", "change", "main")
	o.commit(t, files)
	o.git(t, "push", "-q", "--force", o.dir, "main", "change:refs/merge-requests/7/head",
		o.merge(t)+":refs/pull/7/merge")
}

// gain makes main go on, and with it the merge of the change that GitLab makes.
func (o *ciOrigin) gain(t *testing.T, files ciFiles) {
	t.Helper()
	o.git(t, "checkout", "-q", "--force", "main")
	o.commit(t, files)
	o.git(t, "push", "-q", o.dir, "main", o.merge(t)+":refs/merge-requests/7/merge")
}

// merge is a commit that merges the change into main.
func (o *ciOrigin) merge(t *testing.T) string {
	t.Helper()
	return o.git(t, "commit-tree", "-p", "main", "-p", "change", "-m", "merge", "change^{tree}")
}

func (o *ciOrigin) commit(t *testing.T, files ciFiles) {
	t.Helper()
	for path, content := range files {
		o.at(t).write(path, content)
	}
	o.git(t, "add", "--all")
	o.git(t, "commit", "-q", "--allow-empty", "-m", "files")
}

// git runs git where commits are made, and gives what it prints.
func (o *ciOrigin) git(t *testing.T, args ...string) string {
	t.Helper()
	return o.at(t).run("git", args...)
}

// at is where commits are made, for a test that makes one.
func (o *ciOrigin) at(t *testing.T) folder {
	return folder{t, o.work, []string{"GIT_CONFIG_GLOBAL=" + o.config}}
}

// read is a file of a ref of the repository.
func (o *ciOrigin) read(t *testing.T, ref, path string) string {
	t.Helper()
	return o.git(t, "--git-dir="+o.dir, "show", ref+":"+path)
}
