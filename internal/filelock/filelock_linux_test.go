package filelock

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The test binary is the other process: it takes a file and says so.
func TestMain(m *testing.M) {
	if path := os.Getenv("FILELOCK_TAKE"); path != "" {
		hold(path)
	}
	os.Exit(m.Run())
}

func hold(path string) {
	f, err := Take(path, 0)
	if err == nil {
		err = json.NewEncoder(f).Encode(Self())
	}
	fmt.Println(err)
	_, _ = os.Stdin.Read(make([]byte, 1))
	os.Exit(0)
}

func startHolder(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "an argument")
	cmd.Env = append(os.Environ(), "FILELOCK_TAKE="+path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); _ = cmd.Wait() })
	said := make([]byte, 100)
	if n, err := stdout.Read(said); err != nil || string(said[:n]) != "<nil>\n" {
		t.Fatalf("the other process said %q, %v, want that it has the file", said[:n], err)
	}
	return cmd
}

func TestAFileIsTakenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	other := startHolder(t, path)
	_, err := Take(path, 0)
	var held *HeldError
	if !errors.As(err, &held) || held.By.PID != other.Process.Pid {
		t.Fatalf("Take of a file that process %d has = %v, want a HeldError that says so", other.Process.Pid, err)
	}
	want := fmt.Sprintf("process %d (%s \"an argument\")", other.Process.Pid, os.Args[0])
	if got := held.By.String(); got != want {
		t.Errorf("By = %s, want %s", got, want)
	}
	if h, err := Look(path); h == nil || h.PID != other.Process.Pid || err != nil {
		t.Errorf("Look = %v, %v, want process %d", h, err, other.Process.Pid)
	}
	// SIGKILL leaves no time to undo anything.
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	if h, err := Look(path); h != nil || err != nil {
		t.Errorf("Look, when the other was killed = %v, %v, want nobody", h, err)
	}
	f, err := Take(path, 0)
	if err != nil {
		t.Fatalf("Take, when the other was killed = %v", err)
	}
	defer f.Close()
}

// Who waited for a file that was removed meanwhile would share nothing with who
// makes it anew.
func TestAFileThatWasRemovedIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	f, err := Take(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !here(path, f) {
		t.Error("here of the file itself = false")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if here(path, f) {
		t.Error("here of a file that was removed = true")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if here(path, f) {
		t.Error("here of a file that was made anew = true")
	}
}

func TestHolderIsFitForATerminal(t *testing.T) {
	tests := []struct {
		name string
		h    Holder
		want string
	}{
		{"nobody wrote yet", Holder{}, "another process"},
		{"without a command", Holder{PID: 7}, "process 7"},
		{"elsewhere", Holder{PID: 7, Host: "far\x1b[2J.example", Command: []string{"tcpbench", "sweep"}},
			`process 7 on "far\x1b[2J.example" (tcpbench sweep)`},
		{"words and escapes", Holder{PID: 7, Command: []string{"a", "", "b c", "\x1b]0;x\a", "ä"}},
			`process 7 (a "" "b c" "\x1b]0;x\a" ä)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.h.String(); got != tt.want {
				t.Errorf("String() = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestLookAtNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	if h, err := Look(path); h != nil || err != nil {
		t.Errorf("Look = %v, %v, want nobody", h, err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("x", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := Look(path); h != nil || err != nil {
		t.Errorf("Look at a file that nobody has = %v, %v, want nobody", h, err)
	}
}
