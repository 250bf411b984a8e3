package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// neperControlPort is the port on which neper's two ends agree on a run.
const neperControlPort = 12866

// neper is github.com/google/neper's tcp_crr, which needs its own server.
func neper(t tools) contender {
	server := service{Command: []string{t.Neper.Path, "--nolog"}, Port: neperControlPort}
	return external("neper tcp_crr, its own server", t.Neper, server, func(l load) []string {
		return []string{"-c", "--nolog", "-H", l.target.Addr().String(), "-F", l.flight(), "-l", l.seconds()}
	}, parseNeper)
}

// parseNeper reads lines of key=value. Its num_transactions ends with the
// last whole sample of each flow, up to a fifth too early in a turn of a
// second, so it is the client's kernel that counts.
func parseNeper(out []byte) (tally, error) {
	values := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[key] = value
		}
	}
	from, err1 := strconv.ParseFloat(values["time_start"], 64)
	to, err2 := strconv.ParseFloat(values["time_end"], 64)
	if err := errors.Join(err1, err2); err != nil {
		return tally{}, fmt.Errorf("time_start, time_end: %w", err)
	}
	d, err := elapsed(to - from)
	return tally{Elapsed: d}, err
}
