package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// rrSource is the bare loop of requests on connections that stay open.
//
//go:embed testdata/rr.c
var rrSource string

// bareRequests is testdata/rr.c, whose request is as long as ours.
func bareRequests(t tools) contender {
	return external("bare C loop, epoll", t.RR, httpServer(), func(l load) []string {
		request := fmt.Sprintf("GET / HTTP/1.1\r\nHost: %v\r\nUser-Agent: tcpbench\r\n\r\n", l.target)
		port := strconv.Itoa(int(l.target.Port()))
		return []string{l.target.Addr().String(), port, l.flight(), l.seconds(), request}
	}, parseRR)
}

// parseRR reads its line of JSON.
func parseRR(out []byte) (tally, error) {
	var said struct {
		Requests int64   `json:"requests"`
		Bytes    int64   `json:"bytes"` // with heads
		Seconds  float64 `json:"seconds"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return tally{}, err
	}
	if err := errors.Join(counted("requests", said.Requests), counted("bytes", said.Bytes)); err != nil {
		return tally{}, err
	}
	d, err := elapsed(said.Seconds)
	return tally{Elapsed: d, Requests: &said.Requests, Bytes: &said.Bytes}, err
}
