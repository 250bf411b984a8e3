package main

import (
	"strings"
	"testing"
)

// Without git, or in a copy of the files alone, the script says what it lacks, with a status of its own.
func TestTheExampleOfCISaysThatItNeedsACheckout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		lack func(*ciHost)
		want string
	}{
		{"no git", func(h *ciHost) { h.stub("git", "exit 127\n") }, "git is not on PATH: install it before"},
		{"no checkout", func(h *ciHost) { h.must("mv", ".git", "git") }, "work space is no git checkout, which"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newCIHost(t, newOrigin(t, short(t, "1"), nil))
			h.before = func() { tt.lack(h) }
			r := h.github(nil)
			last := r.log[strings.LastIndex(strings.TrimSpace(r.log), "\n")+1:]
			if r.status != 1 || !strings.HasPrefix(last, "tcpbench gate: ") || !strings.Contains(last, tt.want) {
				t.Errorf("exit status %d, want 1, and the last line with %q\n%s", r.status, tt.want, r.log)
			}
		})
	}
}

// A checkout of another user is trusted by a git that does not take that from a command line, as those before
// 2.38; what the user has in files of git's is heeded.
func TestTheExampleOfCITrustsTheCheckout(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, told(t, "the base"), ciFiles{"WHICH": "the change\n"})
	for _, where := range []string{".gitconfig", ".config/git/config", "mine"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			h := newCIHost(t, o)
			file := h.file("temp/" + where)
			h.before = func() {
				h.must("mkdir", "-p", h.file("temp/.config/git"))
				h.must("git", "config", "--file", file, "url.file://"+o.dir+".insteadOf", "mine:there")
				h.must("git", "remote", "set-url", "origin", "mine:there")
				h.stub("git", `[ "$1 $2" != "-c safe.directory=*" ] || shift 2`+"\n"+`exec /usr/bin/git "$@"`+"\n")
				if where == "mine" {
					h.stub("sh", "GIT_CONFIG_GLOBAL='"+file+"' exec /bin/sh \"$@\"\n")
				}
				giveToNobody(t, h.workspace)
			}
			r := h.github(nil)
			if r.status != 1 || !strings.Contains(r.log, "this is the base\n") {
				t.Errorf("exit status %d, want 1 as of the build of the base\n%s", r.status, r.log)
			}
		})
	}
}

// A user's CDPATH, with which cd prints, does not keep the script from the policy beside it.
func TestTheExampleOfCIDoesNotHeedCDPATH(t *testing.T) {
	t.Parallel()
	h := newCIHost(t, newOrigin(t, short(t, "1"), nil))
	h.checkOut("1", "refs/pull/7/merge", "refs/remotes/pull/7/merge")
	settings := map[string]string{"CDPATH": ".", "TCPBENCH_SERVER": "server", "TCPBENCH_BASE": "main",
		"TCPBENCH_BUILD": "exit 3"}
	status, out := h.run(settings, "sh", ".ci/tcpbench/gate.sh")
	if status != 1 || !strings.Contains(out, "the build of the change failed: exit 3") {
		t.Errorf("exit status %d, want 1 as of the build, after the policy was found\n%s", status, out)
	}
}

// The base has the submodules of its own commit, where the change is checked out with submodules.
func TestTheExampleOfCIChecksOutSubmodules(t *testing.T) {
	t.Parallel()
	library := newOrigin(t, ciFiles{"version": "of the base\n"}, nil)
	files := short(t, "1")
	files["Makefile"] = "server:\n\t@echo the library is `cat lib/version || echo none`; test -e README || exit 3\n"
	o := newOrigin(t, files, nil)
	o.git(t, "checkout", "-q", "--force", "main")
	o.git(t, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "file://"+library.dir, "lib")
	o.commit(t, nil)
	o.change(t, ciFiles{"README": "more words"})
	const with, without = "the library is of the base\n", "the library is none\n"
	for name, want := range map[string]string{"with": with, "without": without} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newCIHost(t, o)
			h.before = func() {
				h.must("git", "config", "--global", "protocol.file.allow", "always")
				if name == "with" {
					h.must("git", "submodule", "--quiet", "update", "--init", "--recursive")
				}
			}
			r := h.github(nil)
			if r.status != 1 || strings.Count(r.log, want) != 2 {
				t.Errorf("exit status %d, want 1 as of the build of the base, and twice %q\n%s", r.status, want, r.log)
			}
			checkNothingIsLeft(t, h)
		})
	}
}
