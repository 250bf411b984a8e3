package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// wrkScript has wrk print what is needed as JSON: its text rounds.
//
//go:embed testdata/done.lua
var wrkScript []byte

// wrk is github.com/wg/wrk on one thread.
func wrk(t tools, keepalive bool) contender {
	name := "wrk -t1, Connection: close"
	if keepalive {
		name = "wrk -t1"
	}
	script := filepath.Join(t.Dir, "done.lua")
	c := external(name, t.Wrk, httpServer(), func(l load) []string {
		args := []string{"-t1", "-c", l.flight(), "-d", l.seconds() + "s", "-s", script}
		if !keepalive {
			args = append(args, "-H", "Connection: close")
		}
		return append(args, l.url())
	}, parseWrk)
	if err := os.WriteFile(script, wrkScript, 0o600); err != nil {
		c.missing = fmt.Sprintf("write wrk's script: %v", err)
	}
	return c
}

// parseWrk reads the last line; before it comes wrk's own report.
func parseWrk(out []byte) (tally, error) {
	out = bytes.TrimSpace(out)
	last := out[bytes.LastIndexByte(out, '\n')+1:]
	var said struct {
		Microseconds int64 `json:"microseconds"`
		Requests     int64 `json:"requests"`
		Bytes        int64 `json:"bytes"`  // with heads
		Errors       int64 `json:"errors"` // connect, read, write, timeout
		Status       int64 `json:"status"` // answers above 399, which requests has too
	}
	if err := json.Unmarshal(last, &said); err != nil {
		return tally{}, err
	}
	good := said.Requests - said.Status
	err := errors.Join(counted("good requests", good), counted("bytes", said.Bytes), counted("errors", said.Errors),
		counted("status", said.Status))
	if err != nil {
		return tally{}, err
	}
	d, err := elapsed(float64(said.Microseconds) / 1e6)
	return tally{Elapsed: d, Requests: &good, Bytes: &said.Bytes, Bad: said.Errors + said.Status}, err
}
