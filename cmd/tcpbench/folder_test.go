package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// folder is a directory in which a test writes files and runs programs.
type folder struct {
	t   *testing.T
	dir string
	env []string // beside the test's own
}

// try runs a program there, and returns what it prints, without space around it.
func (f folder) try(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = f.dir
	cmd.Env = append(os.Environ(), f.env...)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// run is try of what has to work.
func (f folder) run(name string, args ...string) string {
	f.t.Helper()
	out, err := f.try(name, args...)
	if err != nil {
		f.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return out
}

// write writes a file, with the directories that it is in.
func (f folder) write(name, text string) {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o755))
	if err != nil {
		f.t.Fatal(err)
	}
}

// script copies one of the repository's scripts to where it is there.
func (f folder) script(name string) {
	f.t.Helper()
	text, err := os.ReadFile("../../scripts/" + name)
	if err != nil {
		f.t.Fatal(err)
	}
	f.write("scripts/"+name, string(text))
}
