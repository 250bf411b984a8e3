package userfile

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestReadTakesRegularFilesThatAreSmallEnough(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, size := range map[string]int{"empty": 0, "whole": 8, "large": 9} {
		if err := os.WriteFile(at(name), make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(at("whole"), at("link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at("pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path string
		bytes      int
		want       string
	}{
		{"an empty one", at("empty"), 0, ""},
		{"as much as may be", at("whole"), 8, ""},
		{"by a link", at("link"), 8, ""},
		{"a byte more", at("large"), 0, at("large") + " has 9 bytes, more than 8"},
		{"none", at("none"), 0, "no such file"},
		{"a directory", dir, 0, dir + " is not a regular file"},
		{"a pipe that nobody writes", at("pipe"), 0, at("pipe") + " is not a regular file"},
		{"a device that never ends", "/dev/zero", 0, "/dev/zero is not a regular file"},
		{"one that says it is empty, and is not", "/proc/self/status", 0, "/proc/self/status has more than 8 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := Read(tt.path, 8)
			switch {
			case tt.want == "" && (err != nil || len(b) != tt.bytes):
				t.Errorf("Read(%s) = %d bytes, %v, want %d", tt.path, len(b), err, tt.bytes)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("Read(%s) = %d bytes, %v, want %q", tt.path, len(b), err, tt.want)
			}
		})
	}
}
