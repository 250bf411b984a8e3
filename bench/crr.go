package main

import (
	"encoding/json"
	"strconv"
)

// bareLoop is testdata/crr.c, whose connections end by RST, by FIN or by the server's
// first, with sockets that are fresh or kept.
func bareLoop(t tools, server service, end, sockets string) contender {
	return external("bare C loop, epoll, "+sockets+" sockets", t.CRR, server, func(l load) []string {
		port := strconv.Itoa(int(l.target.Port()))
		return []string{l.target.Addr().String(), port, l.flight(), l.seconds(), end, sockets}
	}, parseCRR)
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
