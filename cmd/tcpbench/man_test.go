package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Each command has a man page with its flags, and what makes it is not in the program.
func TestManPagesAreOfEveryCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.Command("go", "run", "-tags", "man", ".", dir).CombinedOutput(); err != nil {
		t.Fatalf("go run -tags man: %v\n%s", err, out)
	}
	var each func(*cobra.Command)
	each = func(c *cobra.Command) {
		name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		title := `.TH "` + strings.ToUpper(strings.TrimSuffix(name, ".1")) + `" "1"`
		for _, want := range []string{title, ".SH NAME", ".SH SYNOPSIS"} {
			if !strings.Contains(string(page), want) {
				t.Errorf("%s has no %s", name, want)
			}
		}
		for _, sub := range c.Commands() {
			if sub.Name() != "help" && sub.Name() != "completion" {
				each(sub)
			}
		}
	}
	each(newRoot(streams{strings.NewReader(""), io.Discard, io.Discard, nil}))
	run, err := os.ReadFile(filepath.Join(dir, "tcpbench-run.1"))
	if err != nil || !strings.Contains(string(run), `--concurrency`) {
		t.Errorf("tcpbench-run.1: %v, want its flags", err)
	}
	deps, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil || strings.Contains(string(deps), "md2man") || !strings.Contains(string(deps), "spf13/cobra") {
		t.Errorf("go list -deps: %v, want cobra and no md2man among what the program is made of", err)
	}
}
