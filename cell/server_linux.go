package cell

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/lab"
	"tcpbench/target"
)

// server is the client's end of a lab's server process.
type server struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	said   *json.Decoder // over stdout
	exited chan struct{} // closed when the process has ended
	state  *os.ProcessState

	// last is what the process says when it ends, once it does.
	last func() farewell
}

func startServer() (*server, error) {
	s := &server{cmd: self(serverRole), exited: make(chan struct{})}
	s.cmd.Stderr = os.Stderr
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	if s.stdout, err = s.cmd.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	s.said = json.NewDecoder(s.stdout)
	s.last = sync.OnceValue(func() farewell {
		var f farewell
		_ = s.said.Decode(&f) // a process that was killed says nothing
		return f
	})
	if err := lab.StartPeer(s.cmd); err != nil {
		return nil, err
	}
	go func() { // ends with the process
		defer close(s.exited)
		s.state, _ = s.cmd.Process.Wait() // it fails for a process that is not ours
	}()
	return s, nil
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// ended waits for the end of the server's process and says why it ended.
func (s *server) ended() error {
	<-s.exited
	if f := s.last().Failure; f != nil {
		return fmt.Errorf("%w: %s", errServerDied, f.Text)
	}
	return fmt.Errorf("%w: %v", errServerDied, s.state)
}

func (s *server) send(o order) error {
	if err := json.NewEncoder(s.stdin).Encode(o); err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	return nil
}

func (s *server) ready() (ready, error) {
	var r ready
	if err := s.said.Decode(&r); err != nil {
		return r, fmt.Errorf("start server: its process ended: %w", err)
	}
	if r.Failure != nil {
		return r, &fault.Error{Status: r.Failure.Status, Err: errors.New("server: " + r.Failure.Text)}
	}
	return r, nil
}

// finish asks the server to end and returns what it saw, nil if it does not
// say. The read ends at the latest when close kills the process.
func (s *server) finish() *target.Stats {
	s.stdin.Close()
	timer := time.AfterFunc(serverGrace, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	return s.last().Stats
}

// serverGrace is what a server gets to end by itself.
const serverGrace = 2 * time.Second

// close ends the server's process.
func (s *server) close() {
	s.stdin.Close()
	select {
	case <-s.exited:
	case <-time.After(serverGrace):
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
	s.stdout.Close()
}
