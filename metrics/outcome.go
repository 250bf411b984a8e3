package metrics

import (
	"fmt"
	"syscall"
)

// Call is the step of a connection that failed.
type Call uint8

// The steps, named for their system call; the TLS handshake makes several.
const (
	CallSocket Call = iota
	CallSetsockopt
	CallBind
	CallConnect
	CallSend
	CallRecv
	CallShutdown
	CallClose
	CallEpoll
	CallHandshake
	// CallExpect is no system call: what a user expects of an answer.
	CallExpect
	numCalls
)

var callNames = [numCalls]string{"socket", "setsockopt", "bind", "connect", "send", "recv", "shutdown", "close",
	"epoll_ctl", "handshake", "expect"}

// String returns the system call's name.
func (c Call) String() string { return callNames[c] }

// Failures that are not the kernel's. They share the space of errno, above
// every number that Linux uses.
const (
	// ErrTimeout: the tool's own --timeout ran out; ETIMEDOUT is the kernel's.
	ErrTimeout syscall.Errno = 200 + iota
	// ErrEOF: the peer closed before the whole answer had arrived.
	ErrEOF
	// ErrSurplus: the peer sent more than the whole answer.
	ErrSurplus
	// ErrCanceled: the run was interrupted before the connection was done.
	ErrCanceled
	// ErrMalformed: the answer is not what its protocol says.
	ErrMalformed
	// ErrTooLarge: the head of an HTTP answer is longer than is read.
	ErrTooLarge
	// ErrTLS: the TLS handshake failed.
	ErrTLS
	// ErrOther: a failure that a library reported without an errno.
	ErrOther
	// ErrMismatch: the answer is not what the user said that it would be.
	ErrMismatch
	numErrnos
)

var ownNames = [numErrnos - ErrTimeout]string{"TIMEOUT", "EOF", "SURPLUS", "CANCELED", "MALFORMED", "TOOLARGE",
	"TLS", "OTHER", "MISMATCH"}

// ErrnoName returns the symbol for e, such as "EADDRNOTAVAIL".
func ErrnoName(e syscall.Errno) string {
	if ErrTimeout <= e && e < numErrnos {
		return ownNames[e-ErrTimeout]
	}
	if name := symbol(e); name != "" {
		return name
	}
	return fmt.Sprintf("errno %d", int(e))
}

// Outcomes counts failures by call and errno.
type Outcomes [numCalls][numErrnos]int64

// Add counts one failure.
func (o *Outcomes) Add(c Call, e syscall.Errno) {
	if e >= numErrnos {
		e = 0 // no such errno exists on Linux; kept visible as "errno 0"
	}
	o[c][e]++
}

// Merge adds every count of p.
func (o *Outcomes) Merge(p *Outcomes) {
	for c := range o {
		for e := range o[c] {
			o[c][e] += p[c][e]
		}
	}
}

// since returns the names of what has been counted since last, which becomes o.
func (o *Outcomes) since(last *Outcomes) map[string]int64 {
	grown := *o
	for c := range grown {
		for e, n := range last[c] {
			grown[c][e] -= n
		}
	}
	*last = *o
	return grown.Errors()
}

// Errors returns the counts that are not 0 under names such as
// "connect: EADDRNOTAVAIL".
func (o *Outcomes) Errors() map[string]int64 {
	m := map[string]int64{}
	for c := range o {
		for e, n := range o[c] {
			if n != 0 {
				m[Failure{Call(c), syscall.Errno(e)}.String()] = n
			}
		}
	}
	return m
}

// Failure is a call and what it returned.
type Failure struct {
	Call  Call
	Errno syscall.Errno
}

// String returns the key under which the failure is counted.
func (f Failure) String() string { return f.Call.String() + ": " + ErrnoName(f.Errno) }

// PortsExhausted reports whether f says that no local port was left:
// EADDRNOTAVAIL from connect(2), or EADDRINUSE where bind(2) or connect(2)
// had to find one (inet_csk_get_port, __inet_hash_connect).
func (f Failure) PortsExhausted() bool {
	switch f.Call {
	case CallConnect:
		return f.Errno == syscall.EADDRNOTAVAIL || f.Errno == syscall.EADDRINUSE
	case CallBind:
		return f.Errno == syscall.EADDRINUSE
	default:
		return false
	}
}
