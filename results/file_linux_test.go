package results_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// only fails unless the directory has exactly the named entries.
func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("ReadDir(%s) = %q, want %q", dir, got, want)
	}
}

// contains fails unless the file has exactly this content.
func contains(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("ReadFile(%s) = %.40q, %v, want %.40q", path, got, err, want)
	}
}

func TestWriteFileReplacesTheWholeFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "run.json")
	for _, text := range []string{"a long first version", "short", ""} {
		if err := results.WriteFile(path, []byte(text)); err != nil {
			t.Fatalf("WriteFile(%s, %q) = %v, want nil", path, text, err)
		}
		contains(t, path, text)
		only(t, dir, "run.json")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("Stat(%s) = %v, %v, want a file for everybody to read", path, info.Mode(), err)
	}
}

func TestWriteFileTakesANameInTheCurrentDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := results.WriteFile("run.json", []byte("text")); err != nil {
		t.Fatalf("WriteFile(run.json) = %v, want nil", err)
	}
	only(t, ".", "run.json")
}

func TestWriteReadsBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.json")
	if err := results.Write(path, resultstest.Full()); err != nil {
		t.Fatalf("Write(%s) = %v, want nil", path, err)
	}
	r, err := results.Read(path)
	if err != nil || !bytes.Equal(encode(t, r), encode(t, resultstest.Full())) {
		t.Errorf("Read(%s) = %v, want the run that was written", path, err)
	}
}

func TestFailedWriteFileLeavesNothingBehind(t *testing.T) {
	t.Run("the directory does not exist", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "none", "run.json")
		if err := results.WriteFile(path, nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("WriteFile(%s) = %v, want ErrNotExist", path, err)
		}
	})
	t.Run("the target is a directory", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "run.json")
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		err := results.WriteFile(path, []byte("text"))
		if err == nil || !strings.HasPrefix(err.Error(), "write "+path+": open ") {
			t.Errorf("WriteFile(a directory) = %v, want what open(2) says", err)
		}
		only(t, dir, "run.json")
	})
	t.Run("the directory is read-only", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		err := results.WriteFile(filepath.Join(dir, "run.json"), nil)
		if unix.Access(dir, unix.W_OK) == nil { // root may write anywhere
			if err != nil {
				t.Errorf("WriteFile(in a read-only directory) by root = %v, want nil", err)
			}
			only(t, dir, "run.json")
			return
		}
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("WriteFile(in a read-only directory) = %v, want ErrPermission", err)
		}
		only(t, dir)
	})
}

// fileLimitEnv tells this test's binary to write a file under a size limit.
const fileLimitEnv = "TCPBENCH_TEST_LIMITED_FILE"

// RLIMIT_FSIZE stands for a full disk: write(2) takes a part, then fails.
func TestWriteFileKeepsTheOldFileWhenTheDiskIsFull(t *testing.T) {
	if path := os.Getenv(fileLimitEnv); path != "" {
		writeLimited(t, path)
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "run.json")
	if err := results.WriteFile(path, []byte("the old file")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), fileLimitEnv+"="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("WriteFile under a size limit: %v\n%s", err, out)
	}
	contains(t, path, "the old file")
	only(t, dir, "run.json")
}

func writeLimited(t *testing.T, path string) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	// The runtime takes SIGXFSZ, so write(2) returns EFBIG.
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1 << 10, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	err := results.WriteFile(path, make([]byte, 1<<20))
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); err != nil { // the test binary has files to write too
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("WriteFile(1 MiB) = %v, want EFBIG", err)
	}
}

func TestWriteFileNeverReplacesADevice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("/dev/null", path); err != nil {
		t.Fatal(err)
	}
	if err := results.WriteFile(path, []byte("text")); err != nil {
		t.Errorf("WriteFile(a link to /dev/null) = %v, want nil", err)
	}
	for _, p := range []string{path, "/dev/null"} {
		info, err := os.Stat(p)
		if err != nil || info.Mode()&os.ModeDevice == 0 {
			t.Fatalf("%s is no device any more: %v, %v", p, info, err)
		}
	}
}

func TestWriteFileFollowsALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := results.WriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(target); string(got) != "new" || err != nil {
		t.Errorf("the link's target has %q, %v, want \"new\"", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is no link any more: %v", err)
	}
}
