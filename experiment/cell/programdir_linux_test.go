package cell

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestDirectoriesOfDeadOwnersAreRemoved(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"tcpbench-files-dead", "tcpbench-files-young", "tcpbench-123"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "nginx.conf"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	alive, err := newProgramDir(dir)
	if err != nil {
		t.Fatalf("newProgramDir() = %v, want no error", err)
	}
	for _, path := range []string{alive.path, filepath.Join(dir, "tcpbench-files-dead"),
		filepath.Join(dir, "tcpbench-123")} {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	next, err := newProgramDir(dir)
	if err != nil {
		t.Fatalf("newProgramDir() = %v, want no error", err)
	}
	var left []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		left = append(left, e.Name())
	}
	want := []string{filepath.Base(alive.path), filepath.Base(next.path), "tcpbench-123", "tcpbench-files-young"}
	slices.Sort(want)
	if !slices.Equal(left, want) {
		t.Errorf("after a new one there are %q, want %q", left, want)
	}
	next.remove()
	if _, err := os.Stat(next.path); err == nil {
		t.Errorf("remove() left %s", next.path)
	}
	alive.remove()
}
