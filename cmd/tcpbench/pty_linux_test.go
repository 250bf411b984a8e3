package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/lab/labtest"
)

// session is a command on a terminal of its own, as a user has it.
type session struct {
	t        *testing.T
	cmd      *exec.Cmd
	terminal *os.File // the user's end
	tty      *os.File // the command's
	before   unix.Termios
	drawn    chan struct{} // closed when all was taken in

	mu sync.Mutex
	vt *vt
}

// onTTY starts `tcpbench args` on a terminal of a size; it is ended with the test.
func onTTY(t *testing.T, columns, rows int, env []string, args ...string) *session {
	t.Helper()
	s := &session{t: t, vt: newVT(columns, rows, true), drawn: make(chan struct{})}
	s.openTTY()
	s.size(columns, rows)
	s.cmd = exec.Command("/proc/self/exe", args...)
	s.cmd.Args[0], s.cmd.Dir = "tcpbench", t.TempDir()
	s.cmd.Env = append(os.Environ(), append([]string{"TERM=xterm-256color", "NO_COLOR=", "LC_ALL=C.UTF-8"}, env...)...)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = s.tty, s.tty, s.tty
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return s
}

func (s *session) start() *session {
	s.t.Helper()
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { // ends when the last process has closed the terminal
		defer close(s.drawn)
		for b := make([]byte, 4096); ; {
			n, err := s.terminal.Read(b)
			s.mu.Lock()
			_, _ = s.vt.Write(b[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	s.t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	return s
}

// openTTY makes a pair of pseudo-terminals (pty(7)); TIOCGPTPEER needs no /dev/pts.
func (s *session) openTTY() {
	s.t.Helper()
	var err error
	if s.terminal, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		s.t.Fatal(err)
	}
	fd := int(s.terminal.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		s.t.Fatal(err)
	}
	peer, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY)
	if errno != 0 {
		s.t.Fatal(errno)
	}
	s.tty = os.NewFile(peer, "tty")
	s.before = s.mode()
	s.t.Cleanup(func() { s.tty.Close(); s.terminal.Close() })
}

// size is what a user does to the window.
func (s *session) size(columns, rows int) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vt.resize(max(columns, 1), max(rows, 1))
	size := &unix.Winsize{Col: uint16(columns), Row: uint16(rows)}
	if err := unix.IoctlSetWinsize(int(s.terminal.Fd()), unix.TIOCSWINSZ, size); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) mode() unix.Termios {
	s.t.Helper()
	mode, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return *mode
}

func (s *session) press(keys string) {
	s.t.Helper()
	if _, err := s.terminal.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.vt.screen()
}

// await waits until something is so.
func (s *session) await(what string, so func() bool) {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("after 30 s there is not: %s; the screen is\n%s", what, s.screen())
		}
	}
}

// awaitText waits for a text on the screen.
func (s *session) awaitText(text string) {
	s.t.Helper()
	s.await(text, func() bool { return strings.Contains(s.screen(), text) })
}

// awaitKeys waits until keys are taken.
func (s *session) awaitKeys() {
	s.t.Helper()
	s.await("a mode for keys", func() bool { return s.mode() != s.before })
}

// end waits for the command, and returns its exit status; of one that a signal ended, -1.
func (s *session) end() int {
	s.t.Helper()
	late := time.AfterFunc(time.Minute, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	err := s.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	s.await("the terminal as it was", func() bool { return s.mode() == s.before })
	s.tty.Close()
	select {
	case <-s.drawn:
	case <-time.After(5 * time.Second):
	}
	if len(s.vt.unknown) > 0 {
		s.t.Errorf("the terminal got %q", s.vt.unknown)
	}
	return s.cmd.ProcessState.ExitCode()
}

// wantOnce checks that there is no more than one of each on the screen, as of what was
// overdrawn.
func (s *session) wantOnce(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		s.await(text+" once", func() bool { return strings.Count(s.screen(), text) == 1 })
	}
}

// aRun takes ten seconds in which little happens.
func aRun(more ...string) []string {
	return append([]string{"run", "-z", "20s", "-r", "200", "--interval", "200ms", "-o", "r.json"}, more...)
}

func TestARunOnATerminalEndsWhenQIsPressed(t *testing.T) {
	s := onTTY(t, 100, 40, nil, aRun()...).start()
	for _, text := range []string{" of 20 s, about ", "  rate ", " conn/s", "  ports  ", "half 14116", "TIME_WAIT ",
		"response p99 "} {
		s.awaitText(text)
	}
	s.awaitKeys()
	s.press("xq")
	if got := s.end(); got != 130 {
		t.Errorf("the exit status is %d, want 130", got)
	}
	for _, of := range []string{"conn/s ", "half 14116", "q ends"} {
		if strings.Contains(s.screen(), of) {
			t.Errorf("after the end %q of the view is on the screen:\n%s", of, s.screen())
		}
	}
	if got := s.screen(); !strings.Contains(got, "interrupted; what was measured until then is saved") {
		t.Errorf("the screen is\n%s\nwant it to say that what there was is saved", got)
	}
	if _, err := os.Stat(filepath.Join(s.cmd.Dir, "r.json")); err != nil {
		t.Errorf("the result: %v", err)
	}
}

const threeCells = `name: three
workload: {duration: 20s, rate: 100, interval: 200ms}
matrix: {concurrency: [5, 6, 7]}
`

// A sweep's cells that are over stay above, whatever happens to the window.
func TestASweepOnATerminalThatIsResized(t *testing.T) {
	s := onTTY(t, 100, 30, nil, "sweep", "-o", "out", "three.yaml")
	if err := os.WriteFile(filepath.Join(s.cmd.Dir, "three.yaml"), []byte(threeCells), 0o644); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.awaitText("[1/3] concurrency=5 ")
	s.awaitText(" conn/s")
	s.awaitKeys()
	s.press("n")
	s.awaitText("[1/3] concurrency=5: interrupted")
	s.awaitText("[2/3] concurrency=6 ")
	for _, size := range [][2]int{{40, 30}, {20, 30}, {120, 10}, {100, 30}} {
		s.size(size[0], size[1])
		s.awaitText("conn/s")
		s.wantOnce("interrupted", "[2/3]", "conn/s", "TIME_WAIT", "of 3 cells")
	}
	s.press("n")
	s.awaitText("[3/3] concurrency=7 ")
	s.press("q")
	if got := s.end(); got != 130 {
		t.Errorf("the exit status is %d, want 130", got)
	}
	s.size(200, 60)
	if got := s.screen(); !strings.Contains(got, "--resume out") {
		t.Errorf("the screen is\n%s\nwant how to measure what is left", got)
	}
}

// The law of a host's own ports is known as well as a lab's.
func TestARunOfATargetHasWhatIsSafe(t *testing.T) {
	target, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	go labtest.Serve(target, func(c net.Conn) { _, _ = io.Copy(c, c) }) // ends with the listener
	s := onTTY(t, 100, 40, nil, append(aRun("--linger", "off"), target.Addr().String())...).start()
	s.awaitText(", safe ")
	s.awaitKeys()
	s.press("q")
	s.end()
}

// The ports of a lab's NAT have a bar of their own.
func TestARunThroughANATHasItsPorts(t *testing.T) {
	s := onTTY(t, 100, 40, nil, aRun("--nat", "40000-40999")...).start()
	s.awaitText("  nat  ")
	s.await("ports of the NAT in use", func() bool {
		for line := range strings.Lines(s.screen()) {
			if strings.Contains(line, "  nat  ") {
				return strings.Contains(line, " of 1000, ") && !strings.Contains(line, "  0 of 1000, ")
			}
		}
		return false
	})
	s.awaitKeys()
	s.press("q")
	s.end()
}

// However the program ends, the terminal is what it was.
func TestTheTerminalIsWholeAfterAnyEnd(t *testing.T) {
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGABRT, unix.SIGSEGV,
		unix.SIGKILL} {
		t.Run(unix.SignalName(sig), func(t *testing.T) {
			s := onTTY(t, 100, 40, nil, aRun()...).start()
			s.awaitText(" conn/s")
			s.awaitKeys()
			if err := s.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			want := map[unix.Signal]int{unix.SIGINT: 130, unix.SIGTERM: 130, unix.SIGHUP: 130, unix.SIGQUIT: 2,
				unix.SIGABRT: 2, unix.SIGSEGV: 2, unix.SIGKILL: -1}[sig]
			if got := s.end(); got != want { // which looks at the terminal
				t.Errorf("after %v the exit status is %d, want %d", sig, got, want)
			}
		})
	}
}

// A panic in the view's goroutine, which nothing recovers, leaves the terminal as it was
// and says on it what happened.
func TestTheTerminalIsWholeAfterAPanicInTheView(t *testing.T) {
	s := onTTY(t, 100, 60, nil)
	s.cmd.Args[0] = panickingView
	s.start()
	s.awaitText("q ends and saves")
	s.awaitKeys()
	s.press("q")
	if got := s.end(); got != 2 { // which looks at the terminal
		t.Errorf("the exit status is %d, want 2, that of a panic", got)
	}
	if got := s.screen(); !strings.Contains(got, "panic: provoked") || !strings.Contains(got, ").look(") {
		t.Errorf("the screen is\n%s\nwant the panic, in the view's goroutine", got)
	}
}

// Ctrl-Z gives the terminal to the shell, and fg takes it again.
func TestCtrlZGivesTheTerminalBack(t *testing.T) {
	s := onTTY(t, 100, 40, nil, aRun()...).start()
	s.awaitText(" conn/s")
	s.awaitKeys()
	s.press("\x1a")
	s.await("a process that is stopped", func() bool {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/stat")
		return err == nil && bytes.Contains(stat, []byte(") T "))
	})
	if s.mode() != s.before {
		t.Error("a process that is stopped has the terminal's mode still")
	}
	if err := s.cmd.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.awaitKeys()
	s.press("q")
	if got := s.end(); got != 130 {
		t.Errorf("the exit status is %d, want 130", got)
	}
}

// Where nothing can be redrawn there are lines, and nothing that a terminal acts upon.
func TestTerminalsThatCannotRedraw(t *testing.T) {
	tests := []struct {
		name          string
		columns, rows int
		env           []string
		args          []string
		want, not     string
	}{
		{"a dumb one", 100, 40, []string{"TERM=dumb"}, nil, "1 s  ", "q ends"},
		{"one without a size", 0, 0, nil, nil, "1 s", "q ends"},
		{"one that is to get lines", 100, 40, nil, []string{"--progress", "plain"}, "1 s  ", "q ends"},
		{"one that is to get nothing", 100, 40, nil, []string{"--progress", "none"}, "result: r.json", "conn/s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := onTTY(t, tt.columns, tt.rows, tt.env,
				append([]string{"run", "-z", "1500ms", "-r", "200", "-o", "r.json"}, tt.args...)...)
			s.vt = newVT(200, 100, true)
			s.start()
			if got := s.end(); got != 0 {
				t.Errorf("the exit status is %d, want 0", got)
			}
			if got := s.screen(); !strings.Contains(got, tt.want) || strings.Contains(got, tt.not) {
				t.Errorf("the screen is\n%s\nwant %q, and no %q", got, tt.want, tt.not)
			}
		})
	}
}

// Twenty columns are enough, colours are there unless NO_COLOR is, and what is no terminal
// gets what it always gets.
func TestTerminalsOfAllKinds(t *testing.T) {
	raw := func(s *session) string {
		var b bytes.Buffer
		for buf := make([]byte, 4096); ; {
			n, err := s.terminal.Read(buf)
			b.Write(buf[:n])
			if err != nil || bytes.Contains(b.Bytes(), []byte("conn/s")) {
				return b.String()
			}
		}
	}
	for _, tt := range []struct {
		name    string
		columns int
		env     string
		colours bool
	}{{"narrow", 20, "", true}, {"without colours", 80, "NO_COLOR=1", false}} {
		t.Run(tt.name, func(t *testing.T) {
			s := onTTY(t, tt.columns, 40, []string{tt.env}, aRun()...)
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
			if got := raw(s); strings.Contains(got, "\x1b[1m") != tt.colours {
				t.Errorf("the terminal got %q, want colours: %v", got, tt.colours)
			}
		})
	}
}

// A view on stderr leaves stdout to the result.
func TestAViewLeavesStdoutAlone(t *testing.T) {
	var out bytes.Buffer
	s := onTTY(t, 80, 40, nil, "run", "-z", "2s", "-r", "100", "--interval", "100ms", "--format", "json",
		"-o", "r.json")
	s.cmd.Stdout = &out
	s.start()
	s.awaitText(" conn/s")
	if got := s.end(); got != 0 {
		t.Errorf("the exit status is %d, want 0", got)
	}
	kept, err := os.ReadFile(filepath.Join(s.cmd.Dir, "r.json"))
	if err != nil || !bytes.Equal(kept, out.Bytes()) {
		t.Errorf("stdout has %d bytes that are not the result's %d, %v", out.Len(), len(kept), err)
	}
}

// Who reads stderr may go: the run goes on.
func TestARunOutlivesTheReaderOfItsLines(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "run", "-z", "2s", "-r", "100", "--interval", "1s", "-o", "r.json")
	cmd.Args[0], cmd.Dir, cmd.Stderr = "tcpbench", t.TempDir(), w
	err = cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	_, readErr := r.Read(make([]byte, 1))
	r.Close()
	_ = cmd.Wait() // what it writes at its end nobody reads either
	if _, err := os.Stat(filepath.Join(cmd.Dir, "r.json")); err != nil || readErr != nil {
		t.Errorf("a run whose stderr was closed: %v, %v; want its result", err, readErr)
	}
}
