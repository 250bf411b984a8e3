package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// external makes a contender of another program: args says how it is called,
// parse reads what it prints. Its CPU time is that of its whole process.
func external(name string, t tool, server service, args func(load) []string,
	parse func([]byte) (tally, error)) contender {
	c := contender{name: name, missing: t.Missing, server: server}
	c.args = func(l load) []string { return append([]string{filepath.Base(t.Path)}, args(l)...) }
	c.run = func(ctx context.Context, l load) (tally, error) {
		cmd := exec.CommandContext(ctx, t.Path, args(l)...)
		var out, problems bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &problems
		if err := cmd.Run(); err != nil {
			return tally{}, fmt.Errorf("%w: %s", err, problems.Bytes())
		}
		got, err := parse(out.Bytes())
		if err != nil {
			return tally{}, fmt.Errorf("read its output: %w", err)
		}
		got.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		return got, nil
	}
	return c
}

// url is where a load's HTTP server is.
func (l load) url() string { return "http://" + l.target.String() + "/" }

// seconds is a load's turn for a command line.
func (l load) seconds() string { return strconv.Itoa(int(l.turn / time.Second)) }

// flight is a load's connections for a command line.
func (l load) flight() string { return strconv.Itoa(l.inFlight) }

// elapsed converts seconds, which must be more than none.
func elapsed(seconds float64) (time.Duration, error) {
	if !(seconds > 0 && seconds < 3600) {
		return 0, fmt.Errorf("it took %v seconds, want more than 0 and less than 3600", seconds)
	}
	return time.Duration(seconds * 1e9), nil
}

// counted refuses a count below zero.
func counted(what string, n int64) error {
	if n < 0 {
		return fmt.Errorf("%s: %d is below 0", what, n)
	}
	return nil
}
