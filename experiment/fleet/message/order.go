package message

import (
	"time"

	"tcpbench/experiment/cell"
)

// Version is that of the messages: both sides must have the same.
const Version = 1

// Order is what the coordinator tells one agent, or all: one of the pointers, or none,
// which is a beat.
type Order struct {
	Version int `json:"version"`
	// Coordinator is who says it.
	Coordinator Coordinator `json:"coordinator"`

	// Instance is the process of an agent that it is for, where it is for one: two may have
	// the same name.
	Instance string `json:"instance,omitempty"`

	// Every is how often both sides of the coordinator's fleet say that they are there; absent
	// where that is [Beat].
	Every time.Duration `json:"every_ns,omitempty"`

	// Ping is a number to answer with the time; 0 is none.
	Ping int64 `json:"ping,omitempty"`
	// Hold asks an agent to take orders of this coordinator alone, until it is released
	// or has heard nothing of it for [Lost].
	Hold bool `json:"hold,omitempty"`
	// Release lets it go.
	Release bool `json:"release,omitempty"`

	Prepare *Prepare `json:"prepare,omitempty"`
	Begin   *Begin   `json:"begin,omitempty"`
	// End is the name of a run that is to end now.
	End string `json:"end,omitempty"`
	// Give asks for a part of what an agent keeps of a run, and Taken tells that all of it
	// is on the coordinator's disk.
	Give  *Give  `json:"give,omitempty"`
	Taken string `json:"taken,omitempty"`
}

// Coordinator is a process that gives orders.
type Coordinator struct {
	// ID is drawn at random, and Name is for people: host and process.
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Prepare has an agent get ready for a run.
type Prepare struct {
	Run  string    `json:"run"`
	Spec cell.Spec `json:"spec"`
	// Only asks what the law says there, and starts nothing.
	Only bool `json:"only,omitempty"`
	// Join is how many intervals of the run are told as one, while it goes on; 0 is 1.
	Join int `json:"join,omitempty"`
}

// Begin says when a run begins.
type Begin struct {
	Run string `json:"run"`
	// At is an instant of the agent's own clock (machine.Monotonic).
	At time.Duration `json:"at_ns"`
}

// Give asks for a part of what is kept of a run, from an offset.
type Give struct {
	Run    string `json:"run"`
	Offset int64  `json:"offset"`
}
