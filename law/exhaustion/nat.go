package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// NATHost is the lab's NAT, by its name among hosts.
const NATHost = "nat"

// NATCause is why a NAT dropped packets.
type NATCause string

// The causes. The zero value is that it dropped none.
const (
	// NATPorts: it had no port for a connection.
	NATPorts NATCause = "ports"
	// NATRace: two connections were given the same port at the same moment.
	NATRace NATCause = "race"
	// NATTable: the table of connection tracking was full.
	NATTable NATCause = "table"
	// NATUnexplained: the counters do not tell.
	NATUnexplained NATCause = "unexplained"
)

// NATCounts are the counters of its connection tracking over a time.
type NATCounts struct {
	// InsertFailed counts connections that were dropped since their entry was that of
	// another one, and Drop packets that were dropped for that, or for lack of room.
	InsertFailed int64 `json:"insert_failed"`
	Drop         int64 `json:"drop"`
	// Found counts taken ports that were looked at for new connections.
	Found int64 `json:"found"`
	// EarlyDrop counts entries that were ended to make room.
	EarlyDrop int64 `json:"early_drop"`
}

// Add is the sum of both.
func (c NATCounts) Add(d NATCounts) NATCounts {
	return NATCounts{c.InsertFailed + d.InsertFailed, c.Drop + d.Drop, c.Found + d.Found, c.EarlyDrop + d.EarlyDrop}
}

// dropped counts the packets that were.
func (c NATCounts) dropped() int64 { return max(c.Drop, c.InsertFailed) }

// NAT is what a NAT had and did over a time.
type NAT struct {
	Counts NATCounts
	// Use is of that of its addresses and destinations whose ports were most in use, those
	// that the kernel would take over for another connection left out.
	Use Evidence
	// Taken is how many ports of the fullest were in use in any state, those that the kernel
	// would take over included.
	Taken int
	// Tracked is how many entries its table had, and Room how many there can be; 0 is not
	// known.
	Tracked, Room int
}

// How many taken ports a search has looked at when it gives up: all but the last 32 tries
// of a window count, and mostFound are enough to tell it from a race, which has 1 or 2.
const (
	uncounted = 32
	mostFound = 96
)

// proof is how many taken ports there are at least for each connection that was dropped
// for lack of one.
func (n NAT) proof() int64 { return int64(min(max(n.Use.Capacity-uncounted, 0), mostFound)) }

// full reports whether so many ports are in use that a search may find none. Some came
// free between the refusal and the reading.
func (n NAT) full(inUse int) bool {
	safe := capacity.NAT{Ports: n.Use.Capacity}.SafePorts()
	return inUse > 0 && float64(inUse) >= min(float64(safe), nearly*float64(n.Use.Capacity))
}

// tableFull is the share of a table's room from which on it counts as full.
const tableFull = 0.99

// Cause says why packets were dropped.
func (n NAT) Cause() NATCause {
	c := n.Counts
	searched := c.Found >= c.dropped()*n.proof()
	switch {
	case c.dropped() == 0:
		return ""
	case c.InsertFailed == 0 && n.Room > 0 && float64(n.Tracked) >= tableFull*float64(n.Room):
		return NATTable
	case c.InsertFailed == 0:
		return NATUnexplained
	case n.full(n.Use.PortsInUse) && searched:
		return NATPorts
	case searched && n.proof() > 0 && n.full(n.Taken):
		return NATUnexplained // none was free, and closed connections' ports were not taken over
	default:
		return NATRace
	}
}

// NATFacts are what a verdict says of a run through a NAT.
type NATFacts struct {
	// Law is that of its ports, and Range which they are.
	Law   capacity.NAT
	Range string
	// All is the whole run, and Causes are how often packets were dropped for each.
	All NAT
	// Refused are the counters of the moments at which connections were refused for lack of
	// a port.
	Refused NATCounts
	Causes  map[NATCause]int64
	// Slow is the share of the connects, of those that succeeded, that took 0.5 s or longer:
	// whose SYN was dropped and sent again.
	Slow float64
	// FirstDrop is the share of the ports that were in use when a packet was first dropped for
	// lack of one; 0 where none was.
	FirstDrop float64
	// Knee is where connects became slow; nil where it is not known how many ports were in
	// use when each began.
	Knee *NATKnee
}

// natRanOut is the verdict where that is what happened.
func natRanOut(f Facts) Verdict {
	v := Verdict{OtherLimits: limits(f), Remedies: []capacity.Remedy{}}
	n, e := f.NAT, f.Finding.Evidence
	dropped := "every SYN after them was dropped"
	if free := e.Capacity - e.PortsInUse; free > 0 {
		dropped = fmt.Sprintf("from then on SYNs were dropped, with %d of %d still free", free, e.Capacity)
	}
	v.Headline = onlyErrors(f) + fmt.Sprintf("The NAT ran out of ports: %s got one of its %s, by %s, and %s; %s. "+
		"Clients see silence and ETIMEDOUT, not EADDRNOTAVAIL.", n.got(f.Finding), n.Range,
		figure.Seconds(*f.Finding.AfterSeconds), dropped, n.predicted(f))
	v.Details, v.Meaning = []string{n.evidence(*e), n.proved()}, []string{n.held(*e)}
	if s := n.knee(); s != "" {
		v.Details = append(v.Details, s)
	}
	v.Remedies = capacity.NATRemedies(n.Law, e.States)
	return v
}

// got is how many connections had a port by then.
func (n NATFacts) got(f Finding) string {
	count := figure.Plural(*f.AfterConnections, "connection")
	if f.Evidence.PortsInUse == f.Evidence.Capacity && n.Law.Hold == 0 {
		return "exactly " + count
	}
	return count
}

// predicted compares the law with what was measured.
func (n NATFacts) predicted(f Facts) string {
	p := f.Predicted()
	law := fmt.Sprintf("(%s x %s x %s: %s)", figure.Plural(p.Ports, "port"), plural(p.Sources, "address", "addresses"),
		figure.Plural(p.Destinations, "destination"), p.Reason)
	switch after := *f.Finding.AfterConnections; {
	case after < p.ConnectionsAtLeast || after > p.ConnectionsUntilExhaustion:
		return fmt.Sprintf("predicted were %s %s", p.Until(), law)
	case p.ConnectionsAtLeast == p.ConnectionsUntilExhaustion:
		return "exactly as predicted " + law
	default:
		return fmt.Sprintf("as predicted, %s %s", p.Until(), law)
	}
}

// plural is a number of something whose name does not just get an s.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (n NATFacts) evidence(e Evidence) string {
	return fmt.Sprintf("At the first refusal %d of the %s of %s were in use to %s: %s.", e.PortsInUse,
		figure.Plural(e.Capacity, "port"), e.Source, e.Destination, e.byState())
}

// proved says what tells it from other causes.
func (n NATFacts) proved() string {
	c := n.Refused
	s := fmt.Sprintf("The NAT dropped %s for that (insert_failed %d, drop %d)", figure.Plural(c.dropped(), "SYN"),
		c.InsertFailed, c.Drop)
	if proof := n.All.proof(); proof > 0 {
		each := figure.Number(float64(c.Found) / float64(c.dropped()))
		s += fmt.Sprintf(", and had looked at %s taken ports for each (found %d), where a search that finds none "+
			"looks at %d or more and a race for one port at 1 or 2", each, c.Found, proof)
	}
	return s + "."
}

// held says for how long what has the ports keeps them.
func (n NATFacts) held(e Evidence) string {
	state, _ := largest(e.States)
	switch {
	case n.Law.Hold > 0 && (state == timeWait || state == "CLOSE"):
		return fmt.Sprintf("This NAT keeps the port of a closed connection for %s.",
			figure.Seconds(n.Law.Hold.Seconds()))
	case state == "SYN_SENT":
		return "Nobody answered most of these connections: each keeps its port for 120 s " +
			"(nf_conntrack_tcp_timeout_syn_sent), whether its client has given up or not."
	case state == "FIN_WAIT" || state == "CLOSE_WAIT" || state == "LAST_ACK":
		return "Most of these connections are closed at one end only: each keeps its port for 120 s (FIN_WAIT) " +
			"or 60 s (CLOSE_WAIT), and is never taken over."
	default:
		return "An open connection keeps its port for as long as it is open, and one whose client has vanished for 5 " +
			"days (nf_conntrack_tcp_timeout_established); Linux takes over the ports of closed ones when it needs them."
	}
}

// knee says from when on connects were slow, where that was before all ports were in use.
func (n NATFacts) knee() string {
	if n.Knee != nil {
		return n.Knee.Text()
	}
	if n.FirstDrop == 0 || n.Slow == 0 && n.FirstDrop >= 1 {
		return ""
	}
	s := fmt.Sprintf("With %s of the ports in use the NAT was seen to drop the first SYN",
		figure.AboutPercent(n.FirstDrop))
	if n.Slow == 0 {
		return s + "."
	}
	return s + fmt.Sprintf(", which is sent again after 1 s, 3 s, 7 s: %s of the connects that succeeded took 0.5 s "+
		"or longer.", figure.AboutPercent(n.Slow))
}

// natLimits are what a NAT dropped for other causes than a lack of ports.
func natLimits(n *NATFacts) []Limit {
	if n == nil {
		return nil
	}
	use := n.All.Use
	var out []Limit
	add := func(cause NATCause, format string, args ...any) {
		if count := n.Causes[cause]; count > 0 {
			out = append(out, Limit{"nat " + string(cause), count, fmt.Sprintf(format, args...)})
		}
	}
	add(NATRace, "the NAT gave two connections the same port at the same moment and dropped the SYN of one, which is "+
		"sent again after 1 s: a race, and no lack of ports, of which %d of %d were in use; `fully-random` in its "+
		"rule (--nat-flags fully-random) makes it rare where it has many ports", use.PortsInUse, use.Capacity)
	add(NATTable, "the NAT's table of tracked connections was full (%d of %d, net.netfilter.nf_conntrack_max): it "+
		"drops the packets of new connections, and the old ones live; raise it on the host itself, or track closed "+
		"connections for less time", n.All.Tracked, n.All.Room)
	add(NATUnexplained, "the NAT dropped packets, and its counters do not tell why (%d of %d ports were in use, "+
		"insert_failed %d, drop %d, found %d)", use.PortsInUse, use.Capacity, n.All.Counts.InsertFailed,
		n.All.Counts.Drop, n.All.Counts.Found)
	return out
}

// natHint says what a connect without an answer means behind a NAT; false where that is
// no matter of the NAT.
func natHint(f Facts, key string) (string, bool) {
	if f.NAT == nil || key != "connect: TIMEOUT" && key != "connect: ETIMEDOUT" {
		return "", false
	}
	switch c := f.NAT.All.Counts; {
	case f.Finding.RanOut() == NATHost:
		return "the NAT had no port for it, and dropped its SYNs", true
	case c.dropped() == 0:
		return "no answer, and the NAT dropped nothing: the target does not answer, or its accept queue is full", true
	default:
		return "", false
	}
}
