package engine

import "time"

// Program is one of the user's that opens the connections, as it is seen from outside.
type Program interface {
	// Start starts it.
	Start() error
	// Look reads what is known of its connections.
	Look() (Seen, error)
	// Interval reads what takes longer, at the end of each interval.
	Interval()
	// Stop asks it to end, and returns before it has. It may be called again.
	Stop()
	// Ended is closed when it has ended, with all that it started.
	Ended() <-chan struct{}
}

// Seen is what is known of a program's connections at one moment.
type Seen struct {
	// Opened counts connects that obtained a port, since the start, Accepted those of them
	// that the target's host accepted, and Refused those that failed in their handshake.
	Opened, Accepted, Refused int64
	// Open is how many are open.
	Open int
	// CPU is what the program has used of the processor.
	CPU time.Duration
}
