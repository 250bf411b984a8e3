package main

import (
	"context"
	"errors"
	"fmt"

	"tcpbench/experiment/fleet/agent"
	"tcpbench/experiment/fleet/bus"
	"tcpbench/internal/fault"
)

// runAgent is an agent until ctx is done, or with --once until its coordinator is.
func runAgent(ctx context.Context, f *agentFlags, s streams) error {
	if f.nats == "" {
		return fault.Usagef("--nats: say where the fleet's hub is, as in --nats nats://127.0.0.1:4222; " +
			"tcpbench fleet run prints its own")
	}
	if err := f.defaults(); err != nil {
		return err
	}
	defer outlivesReader()() // a load goes on, and its result is kept, though nobody reads what is said
	line := &agentLine{}
	say := func(format string, args ...any) { fmt.Fprintf(s.err, "agent "+f.name+": "+format+"\n", args...) }
	a, err := agent.New(agent.Options{Name: f.name, Dir: f.dir, Policy: f.policy, Say: line.say,
		Log: func(text string) { say("%s", text) }})
	if err != nil {
		return err
	}
	err = f.serve(ctx, a, line, say)
	return errors.Join(err, a.Close())
}

// serve connects an agent to the hub and runs it.
func (f *agentFlags) serve(ctx context.Context, a *agent.Agent, line *agentLine, say func(string, ...any)) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	dial := ctx
	if f.once {
		var stop context.CancelFunc
		dial, stop = context.WithTimeout(ctx, agentPatience)
		defer stop()
	}
	conn, err := bus.Dial(dial, bus.Options{URL: f.nats, Creds: f.creds, Name: f.name,
		Closed:  func(err error) { end(err) },
		Lost:    func() { say("the line to the hub is cut") },
		Back:    func() { say("the line to the hub is there again") },
		Refused: func(err error) { say("%v", err) }})
	if err != nil {
		return err
	}
	defer conn.Close()
	line.conn, line.subject = conn, bus.FromAgent(f.name)
	for _, subject := range []string{bus.ToAgent(f.name), bus.ToAll} {
		if err := conn.Subscribe(subject, func(_ string, b []byte) { a.Hear(b) }); err != nil {
			return err
		}
	}
	say("joined, with %d results kept in %s", len(a.Kept()), f.dir)
	err = a.Run(ctx, f.once, agentPatience)
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return err
}

// agentLine is an agent's way to the hub.
type agentLine struct {
	conn    *bus.Conn
	subject string
}

func (l *agentLine) say(b []byte) error { return l.conn.Publish(l.subject, b) }
