package cell

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/procnet"
	"tcpbench/internal/program"
	"tcpbench/internal/sockdiag"
	"tcpbench/lab"
)

const (
	// listenTimeout is how long a command may take until it listens.
	listenTimeout = 10 * time.Second
	// listenPoll is how long it is left alone between two attempts.
	listenPoll = 2 * time.Millisecond
	// commandGrace is what a command gets to end after SIGTERM. It is shorter
	// than serverGrace, in which the process around it has to end.
	commandGrace = time.Second
	// saidLines is how much of what a command said goes into an error.
	saidLines = 5
)

// command is a program of the user's on a host of a lab. It is
// the leader of a process group, and nothing of it outlives the calling
// process, which is the first of its process namespace.
type command struct {
	cmd   *exec.Cmd
	out   output        // on stdout and stderr; read it after ended
	ended chan struct{} // closed when the program has ended
}

// output is what a program says: the beginning of it for an error, and all of
// it by kinds of lines.
type output struct {
	first tail
	last  lastLine
	lines said
}

func (o *output) Write(p []byte) (int, error) {
	n := len(p)
	if bytes.IndexByte(p, '\r') >= 0 { // which progress is overwritten with
		p = bytes.ReplaceAll(p, []byte{'\r'}, []byte{'\n'})
	}
	_, _ = o.lines.Write(p) // none fails
	_, _ = o.first.Write(p)
	o.last.Write(p)
	return n, nil
}

// startCommand starts the program of an order, and returns when it listens where that says.
// noPort is told of each line of the program that says that a connect found no port, until
// the command has ended.
func startCommand(o order, noPort func(string, noPort)) (*command, error) {
	path, err := program.Find(o.Command[0])
	if err != nil {
		return nil, err
	}
	c := &command{cmd: exec.Command(path, o.Command[1:]...), ended: make(chan struct{})}
	c.out.lines.noPort = noPort
	c.cmd.Args[0], c.cmd.Dir = o.Command[0], o.Dir
	c.cmd.Env = append(os.Environ(), "PATH="+program.Path())
	c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.out
	c.cmd.WaitDelay = commandGrace // for what it left running with its stderr
	if err := lab.StartDying(c.cmd, &syscall.SysProcAttr{Setpgid: true}, lab.BoundCapabilities); err != nil {
		return nil, err
	}
	go func() { // ends with the program
		defer close(c.ended)
		_ = c.cmd.Wait() // its ProcessState says how it went
	}()
	if err := c.awaitAll(o); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// awaitAll returns when the program listens where the order says; a client nowhere.
func (c *command) awaitAll(o order) error {
	switch {
	case o.Client:
		return nil
	case o.Socket != "":
		return c.await(o.Socket, func() (bool, error) { return procnet.UnixListens("self", o.Socket) })
	}
	sockets, err := sockdiag.Open()
	if err != nil {
		return err
	}
	defer sockets.Close()
	for _, a := range o.Config.Listen {
		err := c.await(a.String(), func() (listens bool, err error) {
			err = sockets.Listeners(func(l sockdiag.Listener) { listens = listens || serves(l.Addr, a) })
			return listens, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// await returns when a socket listens at a place. It asks the kernel: a connection
// would be in the program's log, and leave a TIME_WAIT on the host.
func (c *command) await(at string, listens func() (bool, error)) error {
	for end := time.Now().Add(listenTimeout); time.Now().Before(end); {
		if there, err := listens(); there || err != nil {
			return err
		}
		select {
		case <-c.ended:
			return c.death(" before it listened on " + at)
		case <-time.After(listenPoll):
		}
	}
	c.stop() // what it said can be read then
	return fmt.Errorf("%s does not listen on %s after %v; is it configured to listen there?%s", c.cmd.Args[0],
		at, listenTimeout, c.words())
}

// serves reports whether a socket that listens at an address, or at any, is
// reached at a. One of IPv6 may have IPv4 connections too (ipv6(7), IPV6_V6ONLY).
func serves(listens, a netip.AddrPort) bool {
	if listens.Port() != a.Port() {
		return false
	}
	at := listens.Addr().Unmap()
	return at == a.Addr() || at.IsUnspecified() && (at.Is6() || a.Addr().Is4())
}

// Serve waits until ctx is done and then ends the program. That it ends
// before is an error.
func (c *command) Serve(ctx context.Context) error {
	select {
	case <-ctx.Done():
		c.stop()
		return nil
	case <-c.ended:
		return c.death("")
	}
}

// death says how the program ended, and when.
func (c *command) death(when string) error {
	state := c.cmd.ProcessState
	advice := ""
	if state.Success() {
		advice = "; one that goes to the background must be kept in the foreground, as nginx is with `daemon off;`"
	}
	return fmt.Errorf("%s ended%s (%v)%s%s", c.cmd.Args[0], when, state, advice, c.words())
}

// words are what the program said first, for an error.
func (c *command) words() string {
	lines := c.out.first.lines(saidLines)
	if len(lines) == 0 {
		return ""
	}
	return "; it said: " + strings.Join(lines, " | ")
}

// stop ends the program and all of its process group.
func (c *command) stop() {
	group := -c.cmd.Process.Pid
	_ = syscall.Kill(group, unix.SIGTERM) // it fails where all have ended
	select {
	case <-c.ended:
	case <-time.After(commandGrace):
		_ = syscall.Kill(group, unix.SIGKILL)
		<-c.ended
	}
}
