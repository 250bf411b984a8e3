package cell

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/lab"
	"tcpbench/metrics"
	"tcpbench/results"
)

// Measure measures a cell: in its own lab when it names no target, else
// right here. observe is told about every interval. When ctx is done the run
// ends early, and its result says so.
func Measure(ctx context.Context, s Spec, observe func(metrics.Interval)) (*results.Run, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	measure := Here
	if s.Lab() {
		measure = inLab
	}
	r, err := measure(ctx, s, observe)
	if r != nil {
		r.Clean() // of what programs said
	}
	return r, err
}

// check refuses what cannot be measured here, and raises the limit of open files to what
// it takes.
func (s Spec) check() error {
	if err := s.Validate(); err != nil {
		return err
	}
	if err := errors.Join(CheckPrograms(s), CheckCertificates(s, time.Now())); err != nil {
		return err
	}
	files := clientFiles(s.Workload)
	if s.Lab() {
		files = files.most(serverFiles(s))
	}
	err := raiseFiles(files, share(s))
	if err != nil && keptOpen(s) > 0 {
		return fmt.Errorf("server-close: never keeps an end of every connection open, as many as there are ports; "+
			"narrow net.ipv4.ip_local_port_range, or give --count: %w", err)
	}
	return err
}

// stopGrace is what an interrupted cell gets to finish; it needs to write
// its result only.
const stopGrace = 10 * time.Second

// inLab starts a cell's client process in new namespaces and reads its reports.
func inLab(ctx context.Context, s Spec, observe func(metrics.Interval)) (*results.Run, error) {
	c, err := startClient(assignment{Spec: s})
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, c.stop)
	defer stop()
	return c.end(c.read(nil, observe))
}

// client is the parent's end of a cell's client process.
type client struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	orders *json.Encoder // to stdin
	// reports are of its stdout.
	reports *json.Decoder
	stderr  tail
}

func startClient(a assignment) (*client, error) {
	c := &client{cmd: self(clientRole)}
	c.cmd.Stderr = &c.stderr
	var err error
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start cell: %w", err)
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start cell: %w", err)
	}
	c.orders, c.reports = json.NewEncoder(c.stdin), json.NewDecoder(stdout)
	begin := lab.Start
	if !a.Lab() {
		begin = startHere
	}
	if err := begin(c.cmd); err != nil {
		return nil, err
	}
	if err := c.orders.Encode(a); err != nil {
		return nil, errors.Join(fmt.Errorf("start cell: %w", err), c.wait(false))
	}
	return c, nil
}

// self is a command that runs this program under another name.
func self(role string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{role}
	return cmd
}

// stop asks the process to end; it is killed if it does not.
func (c *client) stop() {
	c.stdin.Close()
	time.AfterFunc(stopGrace, func() { _ = c.cmd.Process.Kill() }) // it is harmless after Wait
}

// read returns the result, or the failure that the process reported.
func (c *client) read(began func(time.Duration), observe func(metrics.Interval)) (*results.Run, error) {
	for {
		rep, err := c.next()
		switch {
		case err != nil:
			return nil, err
		case rep.Result != nil:
			rep.Result.Pcap = rep.Pcap
			return rep.Result, nil
		case rep.Began > 0 && began != nil:
			began(rep.Began)
		case rep.Interval != nil && observe != nil:
			observe(*rep.Interval)
		}
	}
}

// next is the next report; one of a failure is an error.
func (c *client) next() (report, error) {
	var rep report
	if err := c.reports.Decode(&rep); err != nil {
		return rep, fmt.Errorf("the cell's process ended without a result: %s", c.lastWords(err))
	}
	if rep.Failure != nil {
		return rep, &fault.Error{Status: rep.Failure.Status, Err: errors.New(rep.Failure.Text)}
	}
	return rep, nil
}

// lastWords is what the process said on stderr, in one line.
func (c *client) lastWords(err error) string {
	_ = c.cmd.Wait() // all of stderr is read then
	if said := c.stderr.String(); said != "" {
		return said
	}
	return fmt.Sprintf("%v, %v", c.cmd.ProcessState, err)
}

// end ends the process after its result, or after what went wrong. However a process ends that
// has told its result, it takes nothing from that.
func (c *client) end(r *results.Run, err error) (*results.Run, error) {
	ended := c.wait(err == nil)
	if r == nil {
		return nil, errors.Join(err, ended)
	}
	if ended != nil {
		r.Warnings = append(r.Warnings, results.Warning{Code: "cell-ended",
			Text: fmt.Sprintf("%v; it had told its result by then, which is whole", ended)})
	}
	return r, err
}

// wait ends the process and frees what it held. Its exit status matters only
// where no report said what happened.
func (c *client) wait(check bool) error {
	c.stdin.Close()
	if c.cmd.ProcessState == nil {
		lab.AwaitEnd(c.cmd.Process.Pid)
		if err := c.cmd.Wait(); err != nil && check {
			return errors.New("the cell's process did not end well: " + cmp.Or(c.stderr.String(), err.Error()))
		}
	}
	return nil
}

// tail keeps the beginning of what is written to it: a crash says there what
// it was about.
type tail struct{ b bytes.Buffer }

const tailBytes = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.b.Write(p[:min(len(p), tailBytes-min(t.b.Len(), tailBytes))])
	return len(p), nil
}

// String is the first line.
func (t *tail) String() string { return strings.Join(t.lines(1), "") }

// lines are the first n lines, or as many as there are.
func (t *tail) lines(n int) []string {
	text := strings.TrimSpace(t.b.String())
	if text == "" {
		return nil
	}
	all := strings.Split(text, "\n")
	return all[:min(n, len(all))]
}
