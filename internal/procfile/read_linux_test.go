package procfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestReadIsReadFile(t *testing.T) {
	for _, size := range []int{0, 1, usual - 1, usual, usual + 1, 10*usual + 7} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, bytes.Repeat([]byte("tcpbench"), size/8+1)[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		same(t, path)
	}
	same(t, "/proc/sys/net/ipv4/tcp_rmem")
	same(t, "/proc/self/limits") // longer than usual
}

// same compares what is read.
func same(t *testing.T, path string) {
	t.Helper()
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("Read(%s) = %d bytes, %v, want %d", path, len(got), err, len(want))
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	for path, want := range map[string]struct {
		err error
		op  string
	}{
		"/proc/sys/net/none": {fs.ErrNotExist, "open"},
		"/proc":              {nil, "read"}, // a directory
	} {
		_, err := Read(path)
		var at *fs.PathError
		if !errors.As(err, &at) || at.Path != path || at.Op != want.op || want.err != nil && !errors.Is(err, want.err) {
			t.Errorf("Read(%s): %v, want %s and the path", path, err, want.op)
		}
	}
}
