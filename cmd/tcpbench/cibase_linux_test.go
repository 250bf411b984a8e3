package main

import (
	"os"
	"strings"
	"testing"
)

// told is a project whose build says which commit it is of, and fails where that is not
// the change's: what a job compares with is known before anything is measured.
func told(t *testing.T, which string) ciFiles {
	files := short(t, "1")
	files["WHICH"] = which + "\n"
	files["Makefile"] = "server:\n\t@echo this is `cat WHICH`; grep -q change WHICH\n"
	return files
}

// A change is compared with what it was made from or merged into, not with what the
// branch became since; and with another one where that is named.
func TestTheExampleOfCIComparesWithTheBase(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, told(t, "the base"), ciFiles{"WHICH": "the change\n"})
	for which, ref := range map[string]string{"a tag": "refs/tags/both", "a branch": "refs/heads/both"} {
		o.git(t, "checkout", "-q", "--detach", "main")
		o.commit(t, ciFiles{"WHICH": which + "\n"})
		o.git(t, "push", "-q", o.dir, "HEAD:"+ref)
	}
	target, onlyThere := projectOf(t, o)
	o.gain(t, ciFiles{"WHICH": "the tip\n"})
	sent := t.TempDir() + "/sent"
	github := func(base string) func(*ciHost) ciRun {
		return func(h *ciHost) ciRun { return h.github(map[string]string{"github.base_ref": base}) }
	}
	gitlab := func(key, value string) func(*ciHost) ciRun {
		return func(h *ciHost) ciRun { return h.gitlab(map[string]string{key: value}) }
	}
	const base, project = "CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_MERGE_REQUEST_PROJECT_URL"
	tests := []struct {
		name string
		run  func(*ciHost) ciRun
		want string
	}{
		{"GitHub's merge, whose first parent is no more the branch's tip", github("main"), "this is the base\n"},
		{"GitLab's branch that is behind", gitlab("CI", "true"), "this is the base\n"},
		{"GitLab's merge with the tip", gitlab("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result"), "this is the tip\n"},
		{"a branch that has the name of a tag", github("both"), "this is a branch\n"},
		{"a tag that is named as one", github("refs/tags/both"), "this is a tag\n"},
		{"a branch that is not there", github("nowhere"), "origin has no refs/heads/nowhere to compare with"},
		{"a command for git", github("--upload-pack=touch " + sent + ";git-upload-pack"), "is not a branch, a commit"},
		{"a commit that a fork lacks", func(h *ciHost) ciRun {
			return h.gitlab(map[string]string{base: onlyThere, project: "file://" + target})
		}, "this is the project\n"},
		{"a commit that the project lacks too", gitlab(base, strings.Repeat("0123456789", 4)),
			"neither origin nor file://"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := tt.run(newCIHost(t, o))
			if !strings.Contains(r.log, tt.want) || r.status == 0 {
				t.Errorf("exit status %d, want %q in\n%s", r.status, tt.want, r.log)
			}
		})
	}
	t.Cleanup(func() {
		if _, err := os.Stat(sent); err == nil {
			t.Error("the command was run")
		}
	})
}

// projectOf is the target of a fork, with a commit of its own.
func projectOf(t *testing.T, fork *ciOrigin) (dir, commit string) {
	t.Helper()
	dir = t.TempDir()
	fork.git(t, "init", "-q", "--bare", dir)
	fork.git(t, "checkout", "-q", "--detach", "main")
	fork.commit(t, ciFiles{"WHICH": "the project\n"})
	fork.git(t, "push", "-q", dir, "HEAD:refs/heads/main")
	return dir, fork.git(t, "rev-parse", "HEAD")
}
