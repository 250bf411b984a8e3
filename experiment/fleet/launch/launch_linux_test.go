package launch

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain is this program's own copy, which says its version, and the process that dies.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "version":
		os.Stdout.WriteString("tcpbench devel, revision unknown\n")
	case os.Getenv("LAUNCH_TEST_DIES") != "":
		l, err := Start(Options{Hosts: []string{"a"}, Command: os.Getenv("LAUNCH_TEST_DIES")})
		if err == nil {
			err = <-l.Failed() // killed before
		}
		os.Stderr.WriteString(err.Error())
	default:
		os.Exit(m.Run())
	}
}

// told are lines that were told.
type told struct {
	mu    sync.Mutex
	lines []string
}

func (l *told) tell(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, s)
}

func (l *told) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

func TestACommandThatFailsIsNamed(t *testing.T) {
	var lines told
	l, err := Start(Options{Hosts: []string{"bad", "good"}, Tell: lines.tell,
		Command: `sh -c 'echo first >&2; test {host} = good || { echo no way >&2; exit 7; }'`})
	if err != nil {
		t.Fatal(err)
	}
	const want = "the command for bad ended with exit status 7: no way"
	if got := failure(t, l); got != want {
		t.Errorf("Failed() has %q, want %q", got, want)
	}
	if err := l.Close(time.Minute); err != nil {
		t.Errorf("Close() = %v, want nothing more", err)
	}
	got := lines.all()
	slices.Sort(got)
	if want := []string{"bad: first", "bad: no way", "good: first"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// failure is the first that there is.
func failure(t *testing.T, l *Launched) string {
	t.Helper()
	select {
	case err := <-l.Failed():
		return err.Error()
	case <-time.After(20 * time.Second):
		t.Error(l.Close(0))
		t.Fatal("no command failed")
		return ""
	}
}

func TestCloseSaysWhatFailedMeanwhile(t *testing.T) {
	l, err := Start(Options{Hosts: []string{"a"}, Command: `sh -c 'sleep 0.2; echo kept >&2; exit 1'`})
	if err != nil {
		t.Fatal(err)
	}
	const want = "the command for a ended with exit status 1: kept"
	if err := l.Close(time.Minute); err == nil || err.Error() != want {
		t.Errorf("Close() = %v, want %q", err, want)
	}
}

func TestACommandThatIsNotThereStartsNone(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "pid")
	script := `echo $$ > ` + mark + `; exec sleep 60`
	_, err := Start(Options{Hosts: []string{"sh", "no-such-program"}, Command: `{host} -c '` + script + `'`})
	if err == nil || !strings.Contains(err.Error(), "launch on no-such-program: ") {
		t.Fatalf("Start() = %v, want one that names no-such-program", err)
	}
	if pid, ok := pidIn(mark); ok && unix.Kill(pid, 0) == nil {
		t.Errorf("the command for sh runs on")
	}
}

func TestCloseEndsWhatRunsOnAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	other := exec.Command("sleep", "60")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	// A child that takes no notice of SIGTERM, and its parent, which does not either.
	l, err := Start(Options{Hosts: []string{"stubborn", "quick"}, Command: `sh -c 'test {host} = quick && exit 0; ` +
		`trap "" TERM; sh -c "trap \"\" TERM; sleep 60; sleep 60" & echo $! > ` + dir + `/child; ` +
		`echo $$ > ` + dir + `/parent; wait'`})
	if err != nil {
		t.Fatal(err)
	}
	parent, child := awaitPID(t, dir+"/parent"), awaitPID(t, dir+"/child")
	const want = "the command for stubborn ran on for 100ms, and was ended"
	if err := l.Close(100 * time.Millisecond); err == nil || err.Error() != want {
		t.Errorf("Close() = %v, want %q", err, want)
	}
	for _, pid := range []int{parent, child} {
		if !gone(pid) {
			t.Errorf("process %d runs on", pid)
		}
	}
	if err := unix.Kill(other.Process.Pid, 0); err != nil {
		t.Errorf("a process that it did not start is gone: %v", err)
	}
}

func TestCommandsDieWithTheirCoordinator(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "pid")
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), `LAUNCH_TEST_DIES=sh -c 'echo $$ > `+mark+`; exec sleep 60'`)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := awaitPID(t, mark)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	if !gone(pid) {
		t.Errorf("its command runs on")
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}

// gone reports whether a process ends soon; a zombie, whom nobody waits for, has ended.
func gone(pid int) bool {
	for range 200 {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if errors.Is(err, os.ErrNotExist) || err == nil && strings.Contains(string(stat), ") Z ") {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func pidIn(file string) (int, bool) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	return pid, err == nil
}

func awaitPID(t *testing.T, file string) int {
	t.Helper()
	for range 1000 {
		if pid, ok := pidIn(file); ok {
			return pid
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("nothing is in %s", file)
	return 0
}
