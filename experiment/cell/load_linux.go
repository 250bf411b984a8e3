package cell

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"tcpbench/lab"
	"tcpbench/metrics"
	"tcpbench/results"
)

// Load is a cell whose process has all ready and waits for the instant at which to begin.
// It is killed when this process dies, and ends its load by itself when it has heard of
// nobody for its lease.
type Load struct{ client *client }

// Prepare starts the process of a cell, which measures from where this process is, or in a
// lab of its own where the spec names no target, and waits until it is ready. From then on
// it has to hear from its caller, by [Load.Beat] or [Load.Begin], within every lease.
func Prepare(ctx context.Context, s Spec, lease time.Duration) (*Load, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	c, err := startClient(assignment{Spec: s, Lease: lease})
	if err != nil {
		return nil, err
	}
	l := &Load{client: c}
	stop := context.AfterFunc(ctx, c.stop)
	defer stop()
	for {
		rep, err := c.next()
		if err != nil {
			return nil, errors.Join(err, c.wait(false))
		}
		if rep.Ready {
			return l, nil
		}
	}
}

// startHere starts cmd in the namespaces of this process.
func startHere(cmd *exec.Cmd) error {
	// A terminal's ctrl-C is for the parent alone.
	return lab.StartDying(cmd, &syscall.SysProcAttr{Setpgid: true})
}

// Begin has the load begin at an instant of machine.Monotonic; one that has passed is at once.
func (l *Load) Begin(at time.Duration) error { return l.instruct(instruction{Begin: &at}) }

// Beat renews the lease.
func (l *Load) Beat() error { return l.instruct(instruction{}) }

func (l *Load) instruct(i instruction) error {
	if err := l.client.orders.Encode(i); err != nil {
		return fmt.Errorf("instruct a load: %w", err)
	}
	return nil
}

// Wait returns the result. began is told of the beginning as workload.Observer.Started is, as
// machine.Monotonic has it, and observe about every interval. When ctx is done the run ends early,
// and its result says so.
func (l *Load) Wait(ctx context.Context, began func(time.Duration), observe func(metrics.Interval)) (
	*results.Run, error) {
	stop := context.AfterFunc(ctx, l.client.stop)
	defer stop()
	r, err := l.client.end(l.client.read(began, observe))
	if r != nil {
		r.Clean() // of what programs said
	}
	return r, err
}

// Drop ends a load that is not wanted any more.
func (l *Load) Drop() error { return l.client.wait(false) }
