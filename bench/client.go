package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"tcpbench/lab"
)

// task is what a lab's client process is told to measure.
type task struct {
	Match  string        `json:"match,omitempty"` // by its name; none is the sampling cost
	Tools  tools         `json:"tools"`
	Rounds int           `json:"rounds"`
	Turn   time.Duration `json:"turn_ns"`
}

// openLoopPart is the name of the part that measures plans.
const openLoopPart = "open loop"

// inLab plays m in its own lab.
func (m match) inLab(ctx context.Context, o options, t tools, out *outcome) error {
	turns := time.Duration((o.rounds + 1) * len(m.contenders))
	limit := turns*(o.turn+commandGrace) + turnGrace
	return inLab(ctx, task{Match: m.name, Tools: t, Rounds: o.rounds, Turn: o.turn}, limit, out)
}

// inLab has a process in its own lab do t, and reads what it measured
// into out. It is given so long.
func inLab(ctx context.Context, t task, limit time.Duration, out any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	in, err := json.Marshal(t)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args = []string{clientRole}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &said, os.Stderr
	if err := lab.Start(cmd); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("it did not end within %v", limit)
		}
		return fmt.Errorf("lab's client: %w", err)
	}
	return json.Unmarshal(said.Bytes(), out)
}

// clientMain measures in the network namespace that it is in.
func clientMain(in io.Reader, out io.Writer) error {
	var t task
	if err := json.NewDecoder(in).Decode(&t); err != nil {
		return fmt.Errorf("read task: %w", err)
	}
	result, err := t.do(context.Background())
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(result)
}

// do opens the lab first: what can be measured depends on it.
func (t task) do(ctx context.Context) (any, error) {
	p, err := openPlace()
	if err != nil {
		return nil, err
	}
	defer p.close()
	switch t.Match {
	case "":
		return sampling(p)
	case openLoopPart:
		return openLoop(ctx, p, t)
	}
	for _, m := range append(matches(t.Tools), growthMatch(t.Tools)) {
		if m.name == t.Match {
			return m.play(ctx, p, t)
		}
	}
	return nil, fmt.Errorf("there is no match %q", t.Match)
}
