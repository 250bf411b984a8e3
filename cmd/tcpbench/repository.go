package main

import (
	"os"
	"path/filepath"
)

// repositoryPath is the path of a file from the root of its git repository, with
// slashes. Outside of a repository a relative path is returned as it is, and of an
// absolute one nothing: it would mean nothing on another machine.
func repositoryPath(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		// A directory, or in a work tree a file.
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			rel, _ := filepath.Rel(dir, abs) // both are absolute
			return filepath.ToSlash(rel)
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if filepath.IsAbs(path) {
		return ""
	}
	return filepath.ToSlash(path)
}
