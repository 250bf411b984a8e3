package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The stamp of make build is what Go itself records in a clone, and is there in a worktree too,
// where Go records nothing.
func TestStampIsWhatGoRecords(t *testing.T) {
	t.Parallel()
	c := newStampClone(t, t.TempDir())
	c.git("init", "-q", ".")
	c.write("go.mod", "module m\n\ngo 1.26\n")
	c.write("main.go", "package main\n\nfunc main() {}\n")
	c.script("stamp.sh")
	c.commit("first")
	c.same("a commit before any tag")
	c.write("new", "")
	c.same("a file that is not committed")
	c.commit("second")
	c.git("tag", "v0.9.9")
	c.same("a tag")
	if got := c.stamp(); !strings.HasPrefix(got, "v0.9.9,") || !strings.HasSuffix(got, ",clean") {
		t.Errorf("the stamp of a tag is %s", got)
	}
	c.write("third", "")
	c.commit("third")
	c.same("a commit after a tag")
	clone := c.stamp()
	tree := newStampClone(t, t.TempDir()+"/tree")
	c.git("worktree", "add", "-q", "--detach", tree.dir)
	if got := tree.stamp(); got != clone {
		t.Errorf("the stamp in a worktree is %q, want that of the clone: %q", got, clone)
	}
	archive := newStampClone(t, t.TempDir())
	archive.script("stamp.sh")
	if got := archive.stamp(); got != "" {
		t.Errorf("the stamp outside a clone is %q, want none", got)
	}
}

// stampClone is a clone with the script in it.
type stampClone struct{ folder }

func newStampClone(t *testing.T, dir string) stampClone {
	return stampClone{folder{t, dir, []string{"GOFLAGS=-buildvcs=auto", "TZ=Asia/Kolkata",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CEILING_DIRECTORIES=" + filepath.Dir(dir)}}}
}

func (c stampClone) git(args ...string) {
	c.t.Helper()
	c.run("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
}

func (c stampClone) commit(subject string) {
	c.t.Helper()
	c.git("add", ".")
	c.git("commit", "-q", "-m", subject)
}

func (c stampClone) stamp() string {
	c.t.Helper()
	return c.run("sh", "scripts/stamp.sh")
}

// same holds the stamp against what go build records.
func (c stampClone) same(when string) {
	c.t.Helper()
	bin := c.t.TempDir() + "/m"
	c.run("go", "build", "-o", bin, ".")
	info := c.run("go", "version", "-m", bin)
	field := func(re string) string {
		m := regexp.MustCompile(re).FindStringSubmatch(info)
		if m == nil {
			c.t.Fatalf("%s: go version -m has no %s:\n%s", when, re, info)
		}
		return m[1]
	}
	state := map[string]string{"true": "dirty", "false": "clean"}[field(`vcs\.modified=(.*)`)]
	want := strings.Join([]string{field(`\tmod\tm\t(\S*)`), field(`vcs\.revision=(.*)`), field(`vcs\.time=(.*)`),
		state}, ",")
	if got := c.stamp(); got != want {
		c.t.Errorf("%s: the stamp is %q, want what Go records: %q", when, got, want)
	}
}
