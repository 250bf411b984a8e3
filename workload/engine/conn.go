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
	holding          // open, with nothing asked
	lost             // was held, and is not opened again
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
	asks       bool   // it has a request under way, or sends one when it is established
	answered   bool   // the answer's first byte has arrived
	introduces bool   // its header of the PROXY protocol is still to be sent
	greeted    bool   // what is said once at its start has been said
	reused     bool   // it was held before the request
	hungUp     bool   // the peer has sent FIN, or said that it will
	port       uint16 // the local one; 0 is not known
	served     int32  // requests that were answered
	limit      int32  // how many it may carry; 0 is any number
	left       int    // bytes still to write or to read in this state
	early      int    // bytes of the answer that arrived before the request was sent whole
	open       int32  // how many were when it began, of all threads
	number     int64
	deadline   time.Duration
	planned    time.Duration // when its request was to start
	began      time.Duration // connect(2) was called
	call       time.Duration // time inside connect(2)
	up         time.Duration // it was established
	first      time.Duration // the answer's first byte arrived
	requested  time.Duration // the request was begun
	closed     time.Duration // the first step of closing
}

// lastOne reports whether the next request is the last one that c may carry.
func (c *conn) lastOne() bool { return c.limit > 0 && c.served+1 >= c.limit }
