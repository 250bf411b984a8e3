// Package clock says how the clock of one host stands to that of another, from messages
// between them.
//
// Both are monotonic clocks: that of the coordinator counts from any instant, that of an
// agent from the boot of its host. Neither is set, and the time of day plays no part.
package clock

import "time"

// Ping is a question and its answer.
type Ping struct {
	// Sent and Received are when it was asked and answered, in the asker's own clock.
	Sent, Received time.Duration
	// There is what the other clock said.
	There time.Duration
}

// Offset is what has to be added to the own clock to have the other's.
type Offset struct {
	Offset time.Duration
	// Bound is by how much it may be wrong, either way: half of the round trip, in which
	// nobody knows when the other clock was read.
	Bound time.Duration
	// Pings is how many there were to choose from.
	Pings int
}

// Of is the offset by the ping whose round trip was the shortest (F. Cristian,
// "Probabilistic clock synchronization", 1989); false without any.
func Of(pings []Ping) (Offset, bool) {
	var best Offset
	for i, p := range pings {
		bound := (p.Received - p.Sent + 1) / 2 // rounded up
		if i == 0 || bound < best.Bound {
			best = Offset{Offset: p.There - (p.Sent+p.Received)/2, Bound: bound}
		}
	}
	best.Pings = len(pings)
	return best, len(pings) > 0
}

// There is the other clock's time at a time of the own.
func (o Offset) There(own time.Duration) time.Duration { return own + o.Offset }

// Here is the own clock's time at a time of the other.
func (o Offset) Here(there time.Duration) time.Duration { return there - o.Offset }
