package lawtest

import "time"

// Load is what connects, and how the server takes it.
type Load struct {
	// Rate plans the starts, evenly; 0 begins a connection when one has ended, with
	// as many at a time as Setup.Concurrency says. In ModeKeepalive starts are those of
	// connections too.
	Rate float64
	// Random: starts are as random arrivals are (Poisson), at Rate on average.
	Random bool
	// Idle: connections are opened and held.
	Idle bool

	// Answer is how long the server takes for a request.
	Answer time.Duration
	// Closing is how long its FIN waits for an ACK, after the client has closed, and
	// Lingers how long the server then takes to send its own.
	Closing, Lingers time.Duration
	// Refuses: nothing listens. Drops: SYNs get no answer. Mute: the server takes
	// connections and never answers.
	Refuses, Drops, Mute bool

	// Cost is what opening a connection takes of the client's one thread, and Look
	// what each port takes that its search looks at.
	Cost, Look time.Duration

	// Seed is for what the kernel and the plan draw at random, and Boot how long the
	// kernel has run.
	Seed uint64
	Boot time.Duration
	// Timers says how late they are.
	Timers Timers

	// For is when the play ends, and Most after how many connections, 0 is any
	// number. The first failure for want of a port ends it too.
	For  time.Duration
	Most int
	// Each is how often Watch is called, with what came of the play so far; 0 is never.
	Each  time.Duration
	Watch func(at time.Duration, now History, seen []Seen)
}

// Seen is a socket as sock_diag shows it.
type Seen struct {
	Pair, Port int
	State      string
	// Bucket: it is kept as a TIME_WAIT, and Left is what its timer shows.
	Bucket bool
	Left   time.Duration
}

// Failure is a connection that found no port.
type Failure struct {
	At   time.Duration
	Call string
	// Pair is what it was for, and States count the ports of it that were in use.
	Pair   int
	States map[string]int
}

// History is what came of a play.
type History struct {
	// Began counts connections that obtained a port, Failed is the first that did not;
	// nil where all did.
	Began  int
	Failed *Failure
	// Ended is when the play ended.
	Ended time.Duration
	// Unanswered counts those whose SYN or request had no answer within the timeout,
	// and Answered those that did all they were for.
	Unanswered, Answered int
	// Most is the most ports that were held at a time, of all pairs, and Open the most
	// connections in flight.
	Most, Open int
	// Dropped counts TIME_WAITs for which there was no room.
	Dropped int
	// Looked is how many ports each search looked at.
	Looked []int
	// Waited tells that a planned start found all connections in use.
	Waited bool
}
