package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// changed is files with one text in a file replaced by another.
func (f ciFiles) changed(t *testing.T, path, old, text string) ciFiles {
	t.Helper()
	if !strings.Contains(f[path], old) {
		t.Fatalf("there is no %q in %s", old, path)
	}
	f[path] = strings.ReplaceAll(f[path], old, text)
	return f
}

// short is a project whose workflow measures each side so often, for jobs that end early.
func short(t *testing.T, repeats string) ciFiles {
	return userFiles(t).changed(t, theWorkflow, `repeats: "8"`, `repeats: "`+repeats+`"`)
}

// What does not work is said, with the exit status of what it is.
func TestTheExampleOfCISaysWhatDoesNotWork(t *testing.T) {
	t.Parallel()
	broken := "server:\n\techo no compiler; exit 3\n"
	tests := []struct {
		name         string
		base, change ciFiles
		status       int
		want         string
	}{
		{"a build of the change", nil, ciFiles{"Makefile": broken}, 1, "the build of the change failed: make server"},
		{"a build of the base", ciFiles{"Makefile": broken}, ciFiles{"Makefile": userFiles(t)["Makefile"]}, 1,
			"the build of the base failed: make server"},
		{"a server that does not start", nil, ciFiles{"server.in": "#!/bin/sh\necho no licence >&2\nexit 3\n"}, 1,
			"run 1 of the change failed: "},
		{"a policy that is not there", nil, ciFiles{theWorkflow: short(t, "1").changed(t, theWorkflow,
			".ci/performance.yaml", ".ci/nowhere.yaml")[theWorkflow]}, 2, "there is no file .ci/nowhere.yaml"},
		{"a number that is none", nil, ciFiles{theWorkflow: short(t, "many")[theWorkflow]}, 2,
			"repeats: want a number from 1, not many"},
		{"too few repeats", nil, nil, 98,
			"a claim needs 4 repeats a side, and there are 1 and 1|the generator itself was not run for a while"},
		{"too few repeats, which is to pass", nil, ciFiles{theWorkflow: short(t, "1").changed(t, theWorkflow,
			"build:", "inconclusive: pass\n          build:")[theWorkflow]}, 0,
			"::warning file=.ci/performance.yaml,line=4,"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			base := short(t, "1")
			for path, text := range tt.base {
				base[path] = text
			}
			r := newCIHost(t, newOrigin(t, base, tt.change)).github(nil)
			if r.status != tt.status || !regexp.MustCompile(tt.want).MatchString(r.log) {
				t.Errorf("exit status %d, want %d, and %q in\n%s", r.status, tt.status, tt.want, r.log)
			}
			if gated := r.outputs["gate.status"] != ""; gated != strings.HasPrefix(tt.name, "too few") {
				t.Errorf("outputs = %v, want the gate's status where it was reached", r.outputs)
			}
		})
	}
}

// A command of many lines, with variables and backslashes, is the shell's on both systems,
// and all of it is in the message.
func TestTheExampleOfCISaysAWholeCommand(t *testing.T) {
	t.Parallel()
	const build = `build: "for i in a; do\n  printf '%s 100%%\\n' \"is-$i\"\r\ndone; X=3; exit $X\n"`
	files := short(t, "1").changed(t, theWorkflow, "build: make server", build)
	h := newCIHost(t, newOrigin(t, files.changed(t, ".gitlab-ci.yml", "build: make server", build), nil))
	const line = `the build of the change failed: for i in a; do   printf '%s 100%%\n' "is-$i" done; X=3; exit $X`
	annotation := "::error title=tcpbench::the build of the change failed: for i in a; do%0A" +
		`  printf '%25s 100%25%25\n' "is-$i"%0D%0Adone; X=3; exit $X` + "\n"
	for system, r := range map[string]ciRun{"github": h.github(nil), "gitlab": h.gitlab(nil)} {
		if r.status != 1 || !strings.HasSuffix(r.log, "tcpbench gate: "+line+"\n") {
			t.Errorf("%s: exit status %d, want 1, and the last line %s in\n%s", system, r.status, line, r.log)
		}
		if strings.Contains(r.log, annotation) != (system == "github") {
			t.Errorf("%s: want GitHub to have the annotation %s in\n%s", system, annotation, r.log)
		}
		if !strings.Contains(r.log, "is-a") {
			t.Errorf("%s: the shell's variable is not expanded by the shell\n%s", system, r.log)
		}
	}
}

// A result that was cut short is an error in a whole JUnit file.
func TestTheExampleOfCISaysThatABaselineCannotBeRead(t *testing.T) {
	t.Parallel()
	h := newCIHost(t, newOrigin(t, short(t, "1"), nil))
	real, _, _ := strings.Cut(h.path, ":")
	h.stub("tcpbench", `"`+real+`/tcpbench" "$@" || exit
case "$*" in *" -o "*/base/1.json*) echo '{' >"$PWD/cut"; for f in "$@"; do
	case $f in */base/1.json) mv "$PWD/cut" "$f" ;; esac; done ;; esac
`)
	r := h.github(nil)
	if r.status != 1 || !strings.Contains(r.log, "baseline: read result") || !strings.Contains(r.log, "1.json: ") {
		t.Errorf("exit status %d, want 1 and what cannot be read\n%s", r.status, r.log)
	}
	if got := junit(t, r); got.Errors != 1 {
		t.Errorf("JUnit has %+v, want an error", got)
	}
}

// stub puts a shell script before a program on PATH.
func (h *ciHost) stub(name, script string) {
	h.t.Helper()
	dir := h.file("stubs")
	err := errors.Join(os.MkdirAll(dir, 0o755),
		os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755))
	if err != nil {
		h.t.Fatal(err)
	}
	if !strings.HasPrefix(h.path, dir) {
		h.path = dir + ":" + h.path
	}
}

// A workspace may have been left by a job that was killed, be a whole clone, or be
// another user's.
func TestTheExampleOfCIRunsInAnyWorkspace(t *testing.T) {
	t.Parallel()
	h := newCIHost(t, newOrigin(t, short(t, "1"), ciFiles{"Makefile": "server:\n\tfalse\n"}))
	h.keeps = true
	h.github(nil)
	h.must("git", "fetch", "-q", "--unshallow")
	h.origin.change(t, nil)
	h.before = func() {
		h.must("mkdir", "-p", "tcpbench-results/base")
		h.must("cp", "Makefile", "tcpbench-results/base/1.json")
		h.leave("temp/tcpbench.Xy12ab", 1<<22+1) // above the kernel's PID_MAX_LIMIT
		h.must("git", "fetch", "-q", "--unshallow")
		giveToNobody(t, h.workspace)
	}
	r := h.github(nil)
	if r.status != 98 {
		t.Errorf("exit status %d, want 98, as of too few repeats\n%s", r.status, r.log)
	}
	if _, got := h.run(nil, "git", "-c", "safe.directory=*", "rev-parse", "--is-shallow-repository"); got != "false\n" {
		t.Errorf("a whole clone became a shallow one: %s", got)
	}
	checkNothingIsLeft(t, h)
}

// leave adds a work tree base to a folder, with the mark of a gate that has a process id.
func (h *ciHost) leave(dir string, pid int) {
	h.t.Helper()
	h.must("git", "-c", "safe.directory=*", "worktree", "add", "-q", "--detach", h.file(dir+"/base"), "HEAD")
	mark := fmt.Appendln(nil, pid)
	if err := os.WriteFile(filepath.Join(h.file(dir), "gate.pid"), mark, 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// Only what a gate of this clone left, and only where it leaves it, is removed.
func TestTheExampleOfCIRemovesNothingElse(t *testing.T) {
	t.Parallel()
	const ended = 1<<22 + 1
	tests := []struct {
		name, dir string
		pid       int // 0 for no mark
		removed   bool
	}{
		{"a gate that was killed", "temp/tcpbench.Killed", ended, true},
		{"a gate that runs", "temp/tcpbench.Runs01", os.Getpid(), false},
		{"a bare clone", "temp/tcpbench.git", 0, false},
		{"a folder somewhere else", "home/tcpbench.Xy12ab", ended, false},
		{"a folder within another", "temp/mine/tcpbench.Xy12ab", ended, false},
	}
	h := newCIHost(t, newOrigin(t, short(t, "1"), ciFiles{"Makefile": "server:\n\tfalse\n"}))
	h.before = func() {
		for _, tt := range tests {
			h.leave(tt.dir, tt.pid)
			if tt.pid == 0 {
				h.must("rm", h.file(tt.dir+"/gate.pid"))
			}
		}
		h.must("git", "init", "-q", h.file("temp/tcpbench.Other1/base"))
		h.must("cp", h.file("temp/tcpbench.Killed/gate.pid"), h.file("temp/tcpbench.Other1"))
	}
	r := h.github(nil)
	for _, tt := range tests {
		_, err := os.Stat(h.file(tt.dir + "/base/Makefile"))
		if removed := errors.Is(err, os.ErrNotExist); removed != tt.removed {
			t.Errorf("%s was removed: %v, want %v\n%s", tt.name, removed, tt.removed, r.log)
		}
	}
	if _, err := os.Stat(h.file("temp/tcpbench.Other1/base/.git")); err != nil {
		t.Errorf("the folder of another clone: %v, want it left alone\n%s", err, r.log)
	}
}

// Namespaces are permitted by sudo where the machine is GitHub's and the user not root.
func TestTheExampleOfCIPermitsLabs(t *testing.T) {
	t.Parallel()
	h := newCIHostOfNobody(t, newOrigin(t, short(t, "1"), ciFiles{"Makefile": "server:\n\tfalse\n"}))
	h.stub("sudo", "echo called: sudo \"$@\"\n")
	const permit = "sudo -n sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
	for _, tt := range []struct{ name, kind, setting, want string }{
		{"a machine of GitHub's", "github-hosted", "1", permit},
		{"one that permits them", "github-hosted", "0", ""},
		{"a machine of your own", "self-hosted", "1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h.stub("sysctl", "echo "+tt.setting+"\n")
			r := h.github(map[string]string{"runner.environment": tt.kind})
			_, called, _ := strings.Cut(r.log, "called: ")
			called, _, _ = strings.Cut(called, "\n")
			if called != tt.want {
				t.Errorf("called %q, want %q\n%s", called, tt.want, r.log)
			}
		})
	}
}

// A release is a file or a URL, and is what its checksums say.
func TestTheExampleOfCIInstallsARelease(t *testing.T) {
	t.Parallel()
	const name = "tcpbench-go_1.2.3_linux_amd64.tar.gz"
	tests := []struct {
		name, sums string // SUM stands for that of the release
		url        bool
		want       string
	}{
		{"a file", "SUM  " + name + "\n", false, "tcpbench gate: the release's 1.2.3\n"},
		{"a URL, among others", "00  other\nSUM *" + name + "\n", true, "tcpbench gate: the release's 1.2.3\n"},
		{"another file", "00000000000000000000000000000000000000000000000000000000000000ff  " + name + "\n", true,
			name + " is not what SHA256SUMS says"},
		{"a name that only ends like it", "SUM  x" + name + "\n", false, "SHA256SUMS has no line for " + name},
		{"no checksums", "", true, "SHA256SUMS cannot be fetched"},
	}
	h := newCIHost(t, newOrigin(t, short(t, "1"), ciFiles{"Makefile": "server:\n\tfalse\n"}))
	h.path = "/usr/local/bin:/usr/bin:/bin"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := releaseDir(t, name, tt.sums)
			at := dir
			if tt.url {
				server := httptest.NewServer(http.FileServer(http.Dir(dir)))
				defer server.Close()
				at = server.URL
			}
			r := h.github(map[string]string{"vars.TCPBENCH_RELEASE": at + "/" + name})
			if r.status != 1 || !strings.Contains(r.log, tt.want) {
				t.Errorf("exit status %d, want 1 and %q\n%s", r.status, tt.want, r.log)
			}
			installed := strings.Contains(r.log, "build of the change failed")
			if installed != strings.Contains(tt.want, "the release's") {
				t.Errorf("it went on: %v\n%s", installed, r.log)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		if r := h.github(nil); r.status != 2 || !strings.Contains(r.log, "tcpbench is not on PATH; name a release") {
			t.Errorf("exit status %d, want 2 and the remedy\n%s", r.status, r.log)
		}
	})
}

// releaseDir is a folder with a release whose program says what it is, and checksums.
func releaseDir(t *testing.T, name, sums string) string {
	t.Helper()
	dir := t.TempDir()
	top := strings.TrimSuffix(name, ".tar.gz")
	program := filepath.Join(dir, top, "bin", "tcpbench")
	err := errors.Join(os.MkdirAll(filepath.Dir(program), 0o755),
		os.WriteFile(program, []byte("#!/bin/sh\necho \"the release's 1.2.3\"\n"), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("tar", "-czf", filepath.Join(dir, name), "-C", dir, top).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v: %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if sums == "" {
		return dir
	}
	sums = strings.ReplaceAll(sums, "SUM", fmt.Sprintf("%x", sha256.Sum256(data)))
	if err := os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
