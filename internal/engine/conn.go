package engine

import (
	"time"

	"tcpbench/metrics"
)

// state is where a connection is in its life.
type state uint8

const (
	free       state = iota
	resting          // failed a moment ago
	connecting       // the handshake is under way
	sending          // part of the request is still to be written
	receiving        // waiting for the rest of the answer
	ending           // waiting for the peer's FIN
	closing          // a blocking close(2) is under way
)

// call is the system call that a connection in this state waits for.
func (s state) call() metrics.Call {
	switch s {
	case connecting:
		return metrics.CallConnect
	case sending:
		return metrics.CallSend
	case closing:
		return metrics.CallClose
	default:
		return metrics.CallRecv
	}
}

// conn is one connection. Times count from the start of the run.
type conn struct {
	rec        *metrics.Recorder // what it is recorded by; the warm-up's is thrown away
	prev, next int32             // links of the list it is on
	state      state
	answered   bool // the answer's first byte has arrived
	left       int  // bytes still to write or to read in this state
	number     int64
	deadline   time.Duration
	began      time.Duration // connect(2) was called
	call       time.Duration // time inside connect(2)
	requested  time.Duration // the request was begun
	closed     time.Duration // the first step of closing
}
