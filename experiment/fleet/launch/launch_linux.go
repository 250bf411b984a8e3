package launch

import (
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
	"tcpbench/lab"
)

// Launched are commands that run.
type Launched struct {
	failed   chan error
	commands []*command
}

// command is that of one host.
type command struct {
	host  string
	cmd   *exec.Cmd
	print lines
	over  chan struct{} // closed when it has ended

	mu    sync.Mutex
	ended bool  // and may have been waited for: its process's number may be another's
	err   error // how it ended
}

// Start starts the command of each host, or none.
func Start(o Options) (*Launched, error) {
	all, err := o.commands()
	if err != nil {
		return nil, err
	}
	l := &Launched{failed: make(chan error, len(all))}
	for i, words := range all {
		c := &command{host: o.Hosts[i], over: make(chan struct{}), print: lines{prefix: o.Hosts[i], tell: o.Tell}}
		if err := c.start(words); err != nil {
			_ = l.Close(0) // what it ends has nothing to say
			return nil, err
		}
		l.commands = append(l.commands, c)
		go c.wait(l.failed) // ends with the command
	}
	return l, nil
}

// printWait is for how long something that a command left behind may keep its output open.
const printWait = time.Second

func (c *command) start(words []string) error {
	c.cmd = exec.Command(words[0], words[1:]...)
	c.cmd.Stdout, c.cmd.Stderr = &c.print, &c.print
	c.cmd.WaitDelay = printWait
	if err := lab.StartDying(c.cmd, &syscall.SysProcAttr{Setpgid: true}); err != nil {
		return fault.Host(fmt.Errorf("launch on %s: %w", c.host, err))
	}
	return nil
}

// wait waits for the command, and tells how it failed.
func (c *command) wait(failed chan<- error) {
	lab.AwaitEnd(c.cmd.Process.Pid)
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	err := c.cmd.Wait()
	c.print.flush()
	// Of what it left behind, which has its output, nothing is asked.
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		c.err = fmt.Errorf("the command for %s ended with %w", c.host, err)
		if c.print.last != "" {
			c.err = fmt.Errorf("%w: %s", c.err, c.print.last)
		}
		failed <- c.err // there is room for one of each command
	}
	close(c.over)
}

// signal sends a signal to the command and what it started in its process group, unless it
// has ended.
func (c *command) signal(s unix.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		_ = unix.Kill(-c.cmd.Process.Pid, s) // it has not been waited for, so its group is there
	}
}

// Failed has an error for each command that ended with another exit status than 0: the
// host, how it ended, and the last line that it printed. A command that ended well has
// started something elsewhere.
func (l *Launched) Failed() <-chan error { return l.failed }

// termTime is what a command gets to end after SIGTERM.
const termTime = time.Second

// Close waits for the commands to end, and ends those that run after the grace, with what
// is in their process groups. The error says which had to be ended, and which failed
// without having been read from [Launched.Failed].
func (l *Launched) Close(grace time.Duration) error {
	late := l.running(grace)
	for _, c := range late {
		c.signal(unix.SIGTERM)
	}
	for _, c := range l.running(termTime) {
		c.signal(unix.SIGKILL)
	}
	var errs []error
	for _, c := range l.commands {
		<-c.over
	}
	for _, c := range late {
		errs = append(errs, fmt.Errorf("the command for %s ran on for %v, and was ended", c.host, grace))
	}
	return errors.Join(append(errs, l.unread(late)...)...)
}

// running are the commands that run when a time is over.
func (l *Launched) running(after time.Duration) []*command {
	timer := time.NewTimer(after)
	defer timer.Stop()
	var out []*command
	for _, c := range l.commands {
		select {
		case <-c.over:
			continue
		default:
		}
		select {
		case <-c.over:
		case <-timer.C:
			timer.Reset(0) // for those that follow
			out = append(out, c)
		}
	}
	return out
}

// unread are failures that nobody has read, without those of commands that were ended.
func (l *Launched) unread(ended []*command) []error {
	var out []error
	for {
		select {
		case err := <-l.failed:
			if !isOf(err, ended) {
				out = append(out, err)
			}
		default:
			return out
		}
	}
}

// isOf reports whether an error is how one of commands ended.
func isOf(err error, commands []*command) bool {
	for _, c := range commands {
		if errors.Is(err, c.err) {
			return true
		}
	}
	return false
}
