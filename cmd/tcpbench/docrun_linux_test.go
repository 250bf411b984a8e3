package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/docstest"
)

// What the pages show comes out: each block of commands is run, the blocks of a page in
// one directory after the other, unless a comment says why not.
func TestPagesShowWhatComesOut(t *testing.T) {
	for _, page := range pages(t) {
		blocks := blocksOf(t, page)
		t.Run(strings.TrimPrefix(page, "../../"), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			examples, err := filepath.Abs("../../examples")
			if err == nil {
				err = os.Symlink(examples, filepath.Join(dir, "examples"))
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range blocks {
				if b.File == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, b.File), []byte(b.Text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for _, b := range blocks {
				if !b.Commands() || b.NotRun != "" || b.RunBy != "" {
					continue
				}
				if strings.Contains(b.Text, `--link "`) && !linkWithRules(t) {
					continue // this user has no TAP devices, and is told so
				}
				runBlock(t, b, dir)
			}
		})
	}
}

func runBlock(t *testing.T, b docstest.Block, dir string) {
	t.Helper()
	steps := b.Steps()
	for i, step := range steps {
		want := 0
		if i == len(steps)-1 {
			want = b.Exit
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "sh", "-c", step.Command)
		cmd.Dir = dir
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		got := 0
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			got = exit.ExitCode()
		} else if err != nil {
			t.Fatalf("%s:%d: %s: %v", b.Page, b.Line, step.Command, err)
		}
		if got != want {
			t.Fatalf("%s:%d: %s: exit status %d, want %d\n%s%s", b.Page, b.Line, step.Command, got, want, &out, &errs)
		}
		if step.Want == "" {
			continue
		}
		if err := docstest.Compare(step.Want, out.String(), b.Varies); err != nil {
			t.Errorf("%s:%d: %s: %v\nout comes\n%s", b.Page, b.Line, step.Command, err, &out)
		}
	}
}
