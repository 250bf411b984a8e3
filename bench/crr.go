package main

import (
	"encoding/json"
	"strconv"
)

// bareLoop is testdata/crr.c.
func bareLoop(t tools) contender {
	return external("bare C loop, epoll", t.CRR, echoServer(), crrArgs, parseCRR)
}

func crrArgs(l load) []string {
	port := strconv.Itoa(int(l.target.Port()))
	return []string{l.target.Addr().String(), port, l.flight(), l.seconds()}
}

// parseCRR reads its line of JSON.
func parseCRR(out []byte) (tally, error) {
	var said struct {
		Connections int64   `json:"connections"`
		Seconds     float64 `json:"seconds"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return tally{}, err
	}
	if err := counted("connections", said.Connections); err != nil {
		return tally{}, err
	}
	d, err := elapsed(said.Seconds)
	return tally{Elapsed: d, Connections: &said.Connections}, err
}
