package cell

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/procsched"
)

// exit is how a client's program ended.
type exit struct {
	// At is when.
	At time.Time `json:"at"`
	// Status is its exit status, unless Signal ended it.
	Status int    `json:"status,omitempty"`
	Signal string `json:"signal,omitempty"`
	// Asked: the end of the run came first, and SIGTERM. Killed: it went on for
	// commandGrace, and got SIGKILL.
	Asked  bool `json:"asked,omitempty"`
	Killed bool `json:"killed,omitempty"`
	// Left is how many processes it left running, which are killed; nil where that is
	// not known.
	Left *int `json:"left,omitempty"`
	// User and System are the CPU time of the program and of all that it started.
	User   time.Duration `json:"user"`
	System time.Duration `json:"system"`
	// Last is the last line that it wrote.
	Last string `json:"last,omitempty"`
}

// lastLine keeps the last line that is not blank, or its beginning.
type lastLine struct{ line, partial []byte }

func (l *lastLine) Write(p []byte) {
	if end := bytes.LastIndexByte(p, '\n'); end >= 0 {
		begin := bytes.LastIndexByte(bytes.TrimRight(p[:end], "\r\n \t"), '\n') + 1
		whole := p[begin:end]
		if begin == 0 {
			whole = append(l.partial, whole...)
		}
		if len(bytes.TrimSpace(whole)) > 0 {
			l.line = slices.Clone(whole[:min(len(whole), longestLine)])
		}
		l.partial, p = l.partial[:0], p[end+1:]
	}
	l.partial = append(l.partial, p[:min(len(p), longestLine-min(len(l.partial), longestLine))]...)
}

func (l *lastLine) String() string {
	if len(bytes.TrimSpace(l.partial)) > 0 {
		return strings.TrimSpace(string(l.partial))
	}
	return strings.TrimSpace(string(l.line))
}

// serveClient starts a client's program, which may end by itself.
func serveClient(o order) (serving, error) {
	witness, err := newPortWitness()
	if err != nil {
		return nil, err
	}
	c, err := startCommand(o, witness.look)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tell func(foundNoPort)) farewell {
		over := make(chan exit, 1)
		go func() { over <- c.untilExit(ctx) }() // ends with the program
		for {
			select {
			case f := <-witness.found:
				tell(f)
			case e := <-over:
				for len(witness.found) > 0 {
					tell(<-witness.found)
				}
				return farewell{Said: c.out.lines.kinds(), Unread: c.out.lines.unread, Exit: &e}
			}
		}
	}, nil
}

// untilExit waits until the program has ended, which it is asked to when ctx is done, and
// ends all that it left running.
func (c *command) untilExit(ctx context.Context) exit {
	var e exit
	exited := make(chan struct{})
	go func() { // ends with the program
		defer close(exited)
		c.awaitExit()
	}()
	select {
	case <-exited:
	case <-ctx.Done():
		e.Asked = true
		e.Killed = c.terminate(exited)
	}
	e.At, e.Left = time.Now(), leftRunning()
	endAll()
	<-c.ended
	reapAll()
	state := c.cmd.ProcessState
	if w, ok := state.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		e.Signal = unix.SignalName(w.Signal())
	} else {
		e.Status = state.ExitCode()
	}
	e.User, e.System = spentByChildren()
	e.Last = c.out.last.String()
	return e
}

// awaitExit returns when the program itself has ended. What it left running may still hold
// its output.
func (c *command) awaitExit() {
	for {
		err := unix.Waitid(unix.P_PID, c.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return // ended, or ECHILD: it was waited for
		}
	}
}

// terminate asks the program to end, and reports whether it had to be killed.
func (c *command) terminate(exited <-chan struct{}) (killed bool) {
	group := -c.cmd.Process.Pid
	_ = syscall.Kill(group, unix.SIGTERM) // it fails where all have ended
	select {
	case <-exited:
		return false
	case <-time.After(commandGrace):
		_ = syscall.Kill(group, unix.SIGKILL)
		<-exited
		return true
	}
}

// leftRunning counts the processes that run on when the program has ended: they are this
// one's children then, which is the first of its process namespace.
func leftRunning() *int {
	self, err := os.Readlink("/proc/self") // /proc has the numbers of the host's process namespace
	if err != nil {
		return nil
	}
	pid, err := strconv.Atoi(self)
	if err != nil {
		return nil
	}
	children, err := procsched.Children(pid)
	if err != nil {
		return nil
	}
	n := len(slices.DeleteFunc(children, procsched.Zombie))
	return &n
}

// endAll kills every other process of this process namespace, of which this is the first.
func endAll() {
	if os.Getpid() == 1 {
		_ = syscall.Kill(-1, unix.SIGKILL) // it fails where there is none
	}
}

// reapAll waits for all children that have ended, so that their CPU time counts.
func reapAll() {
	for {
		_, err := unix.Wait4(-1, nil, 0, nil)
		if err != nil && err != unix.EINTR {
			return // none is left
		}
	}
}

// spentByChildren is the CPU time of all processes that were waited for.
func spentByChildren() (user, system time.Duration) {
	var ru unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &ru); err != nil {
		return 0, 0 // it fails for bad arguments only
	}
	return time.Duration(ru.Utime.Nano()), time.Duration(ru.Stime.Nano())
}
