package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// keysRole is the process that reads keys. It alone changes the terminal's mode, and gives
// it back when its parent asks for it or is no more: a panic in any goroutine and SIGKILL
// leave the terminal whole.
const keysRole = "tcpbench-keys"

// What the parent writes to it. Any other byte gives the terminal back, such as the first
// of a crash report.
const keysTake, keysGive = 'T', 'G'

// keysGiven is what it answers to that; no key is.
const keysGiven = 0

// keysPatience is how long the parent waits for it.
const keysPatience = time.Second

// foreground reports whether this process has the terminal, as far as anybody can tell:
// who is in the background is stopped when it reads (tty_ioctl(4), TIOCGPGRP).
func foreground(tty *os.File) bool {
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// keysProcess is the parent's end.
type keysProcess struct {
	cmd      *exec.Cmd
	control  *os.File
	answers  *os.File
	pressed  chan byte
	given    chan struct{}
	resumed  chan struct{}
	closed   chan struct{}
	readers  sync.WaitGroup
	stopping chan os.Signal
}

// openKeyboard starts it on a terminal.
func openKeyboard(tty *os.File) (keyboard, error) {
	if !foreground(tty) {
		return keyboard{}, errors.New("take keys: the terminal is another's")
	}
	k, err := startKeys(tty)
	if err != nil {
		return keyboard{}, fmt.Errorf("take keys: %w", err)
	}
	k.readers.Go(k.read) // ended by close
	k.readers.Go(k.suspend)
	signal.Notify(k.stopping, unix.SIGTSTP)
	_ = debug.SetCrashOutput(k.control, debug.CrashOptions{}) // without it, the end of this process is noticed later
	k.ask(keysTake)
	return keyboard{k.pressed, k.resumed, k.close}, nil
}

func startKeys(tty *os.File) (*keysProcess, error) {
	in, control, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	answers, out, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	defer out.Close()
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{keysRole}, Stdin: in, Stdout: out,
		ExtraFiles: []*os.File{tty}}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, control.Close(), answers.Close())
	}
	return &keysProcess{cmd: cmd, control: control, answers: answers, pressed: make(chan byte),
		given: make(chan struct{}, 1), resumed: make(chan struct{}, 1), closed: make(chan struct{}),
		stopping: make(chan os.Signal, 1)}, nil
}

// ask writes to a process that may be gone.
func (k *keysProcess) ask(what byte) { _, _ = k.control.Write([]byte{what}) }

// read passes on what is pressed, until the process ends.
func (k *keysProcess) read() {
	for b := make([]byte, 1); ; {
		if _, err := k.answers.Read(b); err != nil {
			return
		}
		if b[0] == keysGiven {
			offer(k.given)
			continue
		}
		select {
		case k.pressed <- b[0]:
		case <-k.closed:
		}
	}
}

// suspend gives the terminal back before ctrl-Z stops this process, and takes it again
// when it goes on.
func (k *keysProcess) suspend() {
	for {
		select {
		case <-k.closed:
			return
		case <-k.stopping:
		}
		k.ask(keysGive)
		select {
		case <-k.given:
		case <-time.After(keysPatience):
		}
		stopHere()
		k.ask(keysTake)
		offer(k.resumed)
	}
}

// stopHere stops the process. The signal goes to the thread that it is on, which goes no
// further then; one to the process may be another thread's to begin with (kill(2)).
func stopHere() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP) // a process may stop itself
}

// offer says once what nobody may be waiting for.
func offer(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (k *keysProcess) close() {
	signal.Stop(k.stopping)
	close(k.closed)
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	k.control.Close()
	late := time.AfterFunc(keysPatience, func() { _ = k.cmd.Process.Kill() })
	_ = k.cmd.Wait() // it has nothing to report
	late.Stop()
	k.readers.Wait()
	k.answers.Close()
}

// keysMain is that process: keys from the terminal at file 3 to stdout, a byte each, while
// stdin says so. What ends its parent does not end it.
func keysMain() {
	signal.Ignore(unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU,
		unix.SIGPIPE)
	_ = os.WriteFile("/proc/self/comm", []byte(keysRole), 0) // for people who look at ps
	t := keysTerminal{tty: os.NewFile(3, "tty")}
	for t.round() {
	}
	t.give()
}

// keysTerminal is the terminal as that process sees it.
type keysTerminal struct {
	tty    *os.File
	wanted bool          // keys are to be read
	before *unix.Termios // its mode before they were; nil while they are not
}

// keysRetry is how often a process in the background looks whether it is in front again.
const keysRetry = 200

// round waits for something and does it; false is the end.
func (t *keysTerminal) round() bool {
	wait := -1
	if t.wanted && t.take() != nil {
		wait = keysRetry
	}
	files := []unix.PollFd{{Fd: 0, Events: unix.POLLIN}, {Fd: -1, Events: unix.POLLIN}}
	if t.before != nil {
		files[1].Fd = int32(t.tty.Fd())
	}
	if _, err := unix.Poll(files, wait); err != nil && !errors.Is(err, unix.EINTR) {
		return false
	}
	if files[1].Revents != 0 {
		t.key()
	}
	if files[0].Revents == 0 {
		return true
	}
	var b [1]byte
	if n, err := os.Stdin.Read(b[:]); n == 0 || err != nil {
		return false
	}
	if t.wanted = b[0] == keysTake; !t.wanted {
		t.give()
		_, _ = os.Stdout.Write([]byte{keysGiven})
	}
	return true
}

// key passes on a key that was pressed. A terminal that is gone has none any more.
func (t *keysTerminal) key() {
	var b [1]byte
	if n, err := unix.Read(int(t.tty.Fd()), b[:]); n != 1 || err != nil {
		t.before, t.wanted = nil, errors.Is(err, unix.EIO) && t.wanted // of another's terminal, for now
		return
	}
	if b[0] != keysGiven {
		_, _ = os.Stdout.Write(b[:])
	}
}

// take has the terminal give each key at once, and not show it. Signals stay what they are,
// and so does all that is written (termios(3)).
func (t *keysTerminal) take() error {
	if t.before != nil {
		return nil
	}
	if !foreground(t.tty) {
		return syscall.EIO
	}
	before, err := unix.IoctlGetTermios(int(t.tty.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	mode := *before
	mode.Lflag &^= unix.ICANON | unix.ECHO
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 0, 0
	if err := unix.IoctlSetTermios(int(t.tty.Fd()), unix.TCSETS, &mode); err != nil {
		return err
	}
	t.before = before
	return nil
}

// give gives it back.
func (t *keysTerminal) give() {
	if t.before != nil {
		_ = unix.IoctlSetTermios(int(t.tty.Fd()), unix.TCSETS, t.before) // of a terminal that is gone
		t.before = nil
	}
}
