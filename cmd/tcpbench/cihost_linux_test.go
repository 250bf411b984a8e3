package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ciHost is a machine on which jobs of CI run, one after the other.
type ciHost struct {
	t *testing.T
	// dir is its disk, and workspace where a checkout goes, with a space in its path.
	dir, workspace string
	// path is PATH there.
	path string
	// as makes a process one of the user whose jobs they are.
	as     func(*exec.Cmd)
	origin *ciOrigin
	// keeps tells that files which git does not know stay from job to job.
	keeps bool
	// before is done between the checkout and the steps, when there is something to do.
	before func()
}

// ciRun is what a job came to.
type ciRun struct {
	// status is that of the step that failed, or 0.
	status int
	// log is all that was printed, and summary what GitHub shows above it.
	log, summary string
	// outputs are those of its steps, as gate.status.
	outputs map[string]string
	// artifact is the folder that is kept, or empty.
	artifact string
}

// newCIHost is a host of root, or of whoever runs the tests.
func newCIHost(t *testing.T, origin *ciOrigin) *ciHost {
	t.Helper()
	program, err := exec.LookPath("tcpbench")
	if err != nil {
		t.Fatal(err)
	}
	dir := shared(t)
	h := &ciHost{t: t, dir: dir, workspace: filepath.Join(dir, "work space"), origin: origin,
		path: filepath.Dir(program) + ":/usr/local/bin:/usr/bin:/bin", as: func(*exec.Cmd) {}}
	if err := errors.Join(os.Mkdir(h.workspace, 0o755), os.Mkdir(h.file("temp"), 0o755)); err != nil {
		t.Fatal(err)
	}
	return h
}

// newCIHostOfNobody is a host of a user without any right.
func newCIHostOfNobody(t *testing.T, origin *ciOrigin) *ciHost {
	t.Helper()
	h := newCIHost(t, origin)
	bin := h.file("bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	copyOfSelf(t, bin)
	if err := os.Symlink("tcpbench", filepath.Join(bin, "example-server")); err != nil {
		t.Fatal(err)
	}
	h.path, h.as = bin+":/usr/local/bin:/usr/bin:/bin", asNobody
	for _, path := range []string{h.workspace, h.file("temp"), origin.dir} {
		giveToNobody(t, path)
	}
	return h
}

// giveToNobody makes nobody the owner of all in a folder.
func giveToNobody(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	if out, err := exec.Command("chown", "-R", "65534:65534", path).CombinedOutput(); err != nil {
		t.Fatalf("chown %s: %v: %s", path, err, out)
	}
}

func (h *ciHost) file(name string) string { return filepath.Join(h.dir, name) }

// must runs a command in the workspace, as what checks out does.
func (h *ciHost) must(command ...string) {
	h.t.Helper()
	if status, out := h.run(nil, command...); status != 0 {
		h.t.Fatalf("%q: exit status %d\n%s", command, status, out)
	}
}

// run runs a command in the workspace and gives its exit status and what it printed.
func (h *ciHost) run(env map[string]string, command ...string) (int, string) {
	h.t.Helper()
	cmd := exec.Command("env", append([]string{"PATH=" + h.path}, command...)...)
	cmd.Dir = h.workspace
	cmd.Env = []string{"HOME=" + h.file("temp"), "TMPDIR=" + h.file("temp"), "PATH=" + h.path, "LANG=C.UTF-8",
		"GIT_CONFIG_NOSYSTEM=1"}
	for key, value := range env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	h.as(cmd)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// checkOut fetches a commit alone under a ref, as the runners of both systems do.
func (h *ciHost) checkOut(depth, source, ref string) {
	h.t.Helper()
	if _, err := os.Stat(filepath.Join(h.workspace, ".git")); err != nil {
		h.must("git", "init", "-q")
		h.must("git", "remote", "add", "origin", "file://"+h.origin.dir)
	}
	if !h.keeps {
		h.must("git", "clean", "-ffdxq")
	}
	h.must("git", "fetch", "-q", "--no-tags", "--prune", "--no-recurse-submodules", "--depth="+depth, "origin",
		"+"+source+":"+ref)
	h.must("git", "checkout", "-q", "--force", "--detach", ref)
	if h.before != nil {
		h.before()
	}
}

// fill replaces the expressions of a text that a pattern finds by their values.
func fill(t *testing.T, pattern *regexp.Regexp, values map[string]string, text string) string {
	t.Helper()
	return pattern.ReplaceAllStringFunc(text, func(found string) string {
		name := strings.TrimSpace(pattern.FindStringSubmatch(found)[1])
		value, ok := values[name]
		if !ok {
			t.Fatalf("%s in %q has no value", name, text)
		}
		return value
	})
}
