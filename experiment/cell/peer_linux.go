package cell

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
	"tcpbench/lab"
)

// peer is the client's end of a lab's server, proxy, NAT or link process.
type peer struct {
	name   string // "server", "proxy", "nat" or "link"
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	said   *json.Decoder // over stdout
	leaves atomic.Bool   // it was told to end
	exited chan struct{} // closed when the process has ended
	state  *os.ProcessState

	// last is what the process says when it ends, once it does.
	last func() farewell
	// noPort has what it says before that: its program found no port.
	noPort chan foundNoPort
}

// startPeer starts the process of a role, under a name for messages, in
// namespaces that start makes.
func startPeer(name, role string, start func(*exec.Cmd) error) (*peer, error) {
	s := &peer{name: name, cmd: self(role), exited: make(chan struct{}),
		noPort: make(chan foundNoPort, mostFound)}
	s.cmd.Stderr = os.Stderr
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if s.stdout, err = s.cmd.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s.said = json.NewDecoder(s.stdout)
	s.last = sync.OnceValue(s.listen)
	if err := start(s.cmd); err != nil {
		return nil, err
	}
	go func() { // ends with the process
		defer close(s.exited)
		lab.AwaitEnd(s.pid())
		s.state, _ = s.cmd.Process.Wait() // it fails for a process that is not ours
	}()
	return s, nil
}

// listen hears what the process says while it serves, to its end. One that was killed
// says nothing.
func (s *peer) listen() farewell {
	for {
		var w word
		if err := s.said.Decode(&w); err != nil || w.NoPort == nil {
			return w.farewell
		}
		select {
		case s.noPort <- *w.NoPort:
		default: // more than it is to say
		}
	}
}

func (s *peer) pid() int { return s.cmd.Process.Pid }

// ended waits for the end of the process and says why it ended; nil where it was told to.
func (s *peer) ended() error {
	<-s.exited
	if s.leaves.Load() {
		return nil
	}
	if f := s.last().Failure; f != nil {
		return &diedError{s.name, f.Text}
	}
	return &diedError{s.name, s.state.String()}
}

// signaled says which signal has ended the process; "" where none has.
func (s *peer) signaled() string {
	select {
	case <-s.exited:
	default:
		return ""
	}
	if s.state == nil || !s.state.Sys().(syscall.WaitStatus).Signaled() {
		return ""
	}
	return s.state.String()
}

// diedError is the end of a lab's server, proxy, NAT or link before the end of the run.
type diedError struct{ name, how string }

func (e *diedError) Error() string { return fmt.Sprintf("the lab's %s died: %s", e.name, e.how) }

// send tells the process what to be. A process that has ended says why when it
// is asked whether it is ready.
func (s *peer) send(o any) error {
	if err := json.NewEncoder(s.stdin).Encode(o); err != nil && !errors.Is(err, unix.EPIPE) {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	return nil
}

// furnish tells the process what host it is; furnished waits until it is so.
func (s *peer) furnish(h lab.Host) error { return s.send(h) }

func (s *peer) furnished() error {
	_, err := s.answer()
	return err
}

// obey tells the process what to serve, and returns when it does, with what it says
// then.
func (s *peer) obey(o order) (ready, error) {
	if err := s.send(o); err != nil {
		return ready{}, err
	}
	return s.answer()
}

func (s *peer) answer() (ready, error) {
	var r ready
	if err := s.said.Decode(&r); err != nil {
		return r, fmt.Errorf("start %s: its process ended: %w", s.name, err)
	}
	if r.Failure != nil {
		return r, &fault.Error{Status: r.Failure.Status, Err: errors.New("start " + s.name + ": " + r.Failure.Text)}
	}
	return r, nil
}

// leave tells the process to end, and finish waits for that.
func (s *peer) leave() {
	s.leaves.Store(true)
	s.stdin.Close()
}

// finish asks the process to end and returns what it says then. The read ends
// at the latest when close kills the process.
func (s *peer) finish() farewell {
	s.stdin.Close()
	timer := time.AfterFunc(serverGrace, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	return s.last()
}

// serverGrace is what a peer gets to end by itself.
const serverGrace = 2 * time.Second

// close ends the process.
func (s *peer) close() {
	s.stdin.Close()
	select {
	case <-s.exited:
	case <-time.After(serverGrace):
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
	s.stdout.Close()
}
