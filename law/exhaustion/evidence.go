package exhaustion

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tcpbench/internal/figure"
)

// Evidence is what held the local ports when a connect first found none: those
// of one pair of source and destination, the one that it was for.
type Evidence struct {
	// PortsInUse counts the ports that a connect could not have, and Capacity
	// all that it may pick from.
	PortsInUse int `json:"ports_in_use"`
	Capacity   int `json:"capacity"`

	// States counts the ports in use by the TCP state of the socket that holds
	// them; LISTEN and BOUND are sockets of this host without a peer.
	States map[string]int `json:"states"`

	// Later counts the closed connections by their state a moment later: where
	// each waits, and not only passes. Without an ACK of its FIN it waits once
	// that was sent again.
	Later map[string]int `json:"later,omitempty"`

	// Source and Destination are the pair, where there are several.
	Source      string `json:"source,omitempty"`
	Destination string `json:"destination,omitempty"`
}

// nearly is the share of the ports that are in use where they have run out.
// Some came free between the failure and the reading.
const nearly = 0.9

// Full reports whether so many ports were in use that there was none to find. Of
// an odd number of ports the kernel's search may pass over the last that is free.
func (e Evidence) Full() bool {
	odd := e.Capacity%2 == 1 && e.Capacity > 1 && e.PortsInUse >= e.Capacity-1
	return odd || float64(e.PortsInUse) >= nearly*float64(e.Capacity)
}

// Cause is why a connect failed as if ports had run out.
type Cause string

// The causes that are not ports.
const (
	// NoIPv6: IPv6 is switched off where the target is an IPv6 address.
	NoIPv6 Cause = "ipv6-off"
	// NoSource: the host has no address from which the target can be reached.
	NoSource Cause = "no-source-address"
	// Unexplained: most ports were free, and the address was no problem.
	Unexplained Cause = "unexplained"
)

// Refusal is a failure with the errno of exhaustion while ports were free.
type Refusal struct {
	Call  string `json:"call"`
	Errno string `json:"errno"`
	Cause Cause  `json:"cause"`
	// Target is the destination that it was for.
	Target string `json:"target"`
	// Said is the line in which a program said so, without what varies; of the client's
	// program only.
	Said string `json:"said,omitempty"`
	// Sysctl is the setting that is 1 with NoIPv6.
	Sysctl string `json:"sysctl,omitempty"`
}

// most is the state that held the most ports, and how many. A closed connection
// counts where it was a moment later: a busy server lets many wait for it.
func (e Evidence) most() (state string, n int) {
	most, _ := largest(e.kinds())
	if most == closed {
		return e.mostClosed()
	}
	states := maps.Clone(e.States)
	maps.DeleteFunc(states, func(s string, _ int) bool { return kind(s) != most })
	return largest(states)
}

// mostBeside is the same where so many connections may be open at a time, of so many ports:
// where it takes the closed ones too for ports to run out, it is of those.
func (e Evidence) mostBeside(inFlight int, ports int64) (state string, n int) {
	kinds := e.kinds()
	state, n = e.most()
	if kind(state) == open && kinds[closed] > 0 && kinds[open] <= inFlight && int64(inFlight) < ports {
		return e.mostClosed()
	}
	return state, n
}

// mostClosed is the state in which most of the closed connections waited a moment later,
// and how many.
func (e Evidence) mostClosed() (state string, n int) {
	if len(e.Later) > 0 {
		return largest(e.Later)
	}
	return timeWait, e.kinds()[closed]
}

// kinds counts the ports in use by what their sockets are to the client.
func (e Evidence) kinds() map[string]int {
	out := map[string]int{}
	for s, n := range e.States {
		out[kind(s)] += n
	}
	return out
}

const (
	open, closed, bound = "open", "closed", "bound"
	timeWait            = "TIME_WAIT"
)

// kind is what a socket in the state is to the client.
func kind(state string) string {
	switch state {
	case "LISTEN", "BOUND":
		return bound
	case timeWait, "FIN_WAIT_1", "FIN_WAIT_2", "LAST_ACK", "CLOSING":
		return closed
	default:
		return open
	}
}

// Closed reports whether a socket in the state is one that the client has closed.
func Closed(state string) bool { return kind(state) == closed }

// largest is the name with the largest number; ties go to the name.
func largest(numbers map[string]int) (name string, n int) {
	for _, s := range slices.Sorted(maps.Keys(numbers)) {
		if numbers[s] > n {
			name, n = s, numbers[s]
		}
	}
	return name, n
}

// byState lists the states that held the ports, the most frequent first.
func (e Evidence) byState() string {
	states := slices.SortedFunc(maps.Keys(e.States), func(a, b string) int {
		return cmp.Or(e.States[b]-e.States[a], strings.Compare(a, b))
	})
	for i, s := range states {
		states[i] = fmt.Sprintf("%d %s", e.States[s], s)
	}
	return strings.Join(states, ", ")
}

// text says which states held the ports at a finding.
func (e Evidence) text(f Finding) string {
	when := "At the first failure"
	switch {
	case f.Uncertain != "":
		when = "Then"
	case f.Said != "" && f.RanOut() == ClientHost:
		when = "When ports ran out"
	}
	s := fmt.Sprintf("%s %s in use%s", when, e.inUse(), f.OnHost())
	if e.Source != "" {
		s += " from " + e.Source
	}
	if e.Destination != "" {
		s += " to " + e.Destination
	}
	return s + ": " + e.byState() + "."
}

// inUse is how many of the ports were, and its verb.
func (e Evidence) inUse() string {
	of := fmt.Sprintf("%d of %s ", e.PortsInUse, figure.Plural(e.Capacity, "port"))
	if e.PortsInUse == 1 {
		return of + "was"
	}
	return of + "were"
}
