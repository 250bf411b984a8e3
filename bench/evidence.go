package main

import (
	"fmt"

	"tcpbench/internal/figure"
)

// evidence is what a contender's turns show beside their speed. A cell of
// what was not measured is empty.
type evidence struct {
	scores   []score
	unit     unit
	inFlight int
}

// allocations are the client's, those of its set-up included.
func (e evidence) allocations() string {
	var vs []float64
	for _, s := range e.scores {
		if s.Mallocs == nil {
			return ""
		}
		vs = append(vs, float64(*s.Mallocs)/s.units(e.unit))
	}
	return figure.Number(figure.Median(vs))
}

// serverBusy is the share of one CPU that the server used. Near 100 % it is
// the server that is measured.
func (e evidence) serverBusy() string {
	var vs []float64
	for _, s := range e.scores {
		vs = append(vs, 100*s.Server.CPU.Seconds()/s.Elapsed.Seconds())
	}
	return figure.Percent(figure.Median(vs))
}

// closedFirst says which side's FIN came first, of all connections, by the
// TIME_WAITs; the rest ended with RST or is still open.
func (e evidence) closedFirst() string {
	var client, server, opened float64
	for _, s := range e.scores {
		client += float64(s.ClientTimeWaits)
		server += float64(s.Server.TimeWaits)
		opened += float64(s.Opened)
	}
	// A connection that is both sides' ends in TIME_WAIT on both.
	if client+server < opened/100 {
		return "neither: RST"
	}
	return fmt.Sprintf("client %s, server %s", figure.Percent(100*client/opened), figure.Percent(100*server/opened))
}

// mismatch is how far the client's counts are from the other side's, at most
// in any turn. What was under way at the end makes a difference of no more
// than the connections in flight.
func (e evidence) mismatch() string {
	var units, bytes, answer int64
	countsBytes := false
	for _, s := range e.scores {
		if s.Connections == nil && s.Requests == nil {
			return "by the kernel alone"
		}
		units = max(units, abs(s.countedElsewhere(e.unit)-int64(s.units(e.unit))))
		if want, each, ok := s.bytesElsewhere(); ok {
			countsBytes = true
			bytes, answer = max(bytes, abs(want-*s.Bytes)), each
		}
	}
	most := int64(e.inFlight)
	out := fmt.Sprintf("within %d %ss", units, e.unit)
	if countsBytes {
		out += fmt.Sprintf(", %d bytes", bytes)
	}
	if units > most || bytes > most*answer {
		return "NOT MATCHED: " + out
	}
	return out
}

// countedElsewhere counts units where the client's program does not: requests
// by the server, connections by the client's kernel.
func (s score) countedElsewhere(u unit) int64 {
	if u == requests && s.Server.Stats != nil {
		return s.Server.Stats.Requests
	}
	return s.Opened
}

// bytesElsewhere is what the client must have received for the answers that
// it counts, and for each, by what the server sent; false where either is
// unknown.
func (s score) bytesElsewhere() (all, each int64, ok bool) {
	if s.Server.Stats == nil || s.Bytes == nil || s.Requests == nil || s.Server.Stats.Requests == 0 {
		return 0, 0, false
	}
	each = bodySize
	if !s.BodyOnly {
		each = s.Server.Stats.BytesSent / s.Server.Stats.Requests
	}
	return *s.Requests * each, each, true
}

// bad counts what did not go well, in all turns.
func (e evidence) bad() string {
	var n int64
	for _, s := range e.scores {
		n += s.Bad
	}
	return fmt.Sprint(n)
}

func abs(n int64) int64 { return max(n, -n) }
