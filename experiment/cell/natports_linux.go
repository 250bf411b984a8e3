package cell

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"tcpbench/internal/conntrack"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/lab"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/workload"
)

// natLook is how often the counters of a NAT are read, which takes some 20 us.
const natLook = 10 * time.Millisecond

// natPorts follows the ports of a lab's NAT while a run goes on.
type natPorts struct {
	reader  *lab.NATReader
	law     capacity.NAT
	clients int64 // how many ports the clients have together
	ports   scenario.PortRange
	addrs   []netip.Addr
	room    int  // of the table; 0 is not known
	evicts  bool // the kernel takes over the ports of closed connections
	enough  *ending

	interval, window time.Duration
	start            time.Time
	beat             *beat             // of the looks; nil before begin
	connects         metrics.Occupancy // of the run that is over

	mu       sync.Mutex // guards all below
	begun    natReading // when the run began
	looked   natReading // the last one
	sampled  natReading // that of the last sample
	samples  metrics.Timeline[results.NATSample]
	recent   *results.NATSample // the last one; nil before it
	steady   workload.SteadyWatch
	causes   map[exhaustion.NATCause]int64
	refused  exhaustion.NATCounts // of the readings in which some were, for lack of a port
	all      exhaustion.NAT       // of the whole run
	found    *natFound
	towards  []results.NATUse
	occupied float64 // the share of the fullest pair's ports at the first refusal
	err      error   // the first
}

// natReading are the counters at a time.
type natReading struct {
	at       time.Time
	stats    conntrack.Stats
	admitted int64
}

// natFound is that the NAT's ports ran out.
type natFound struct {
	at       time.Time
	admitted int64
	use      exhaustion.Evidence
}

// followNAT gets ready to follow the ports of the place's NAT on a kernel, where clients
// have so many ports together; nil where there is none.
func (p *Place) followNAT(s Spec, clients int64, kernel string) (*natPorts, error) {
	if p.nat == nil {
		return nil, nil
	}
	w, n := s.Workload, s.nat()
	law := s.natLaw(len(p.backend))
	predicted := capacity.PredictNAT(law)
	if most := predicted.ConnectionsAtLeast; clients < most && w.Until == scenario.UntilExhausted {
		return nil, fault.Usagef("nat: %s has %s for connections of its clients, which have %d together, so that "+
			"theirs would run out and not the NAT's; give it fewer, or have more clients (--nat-clients) or a wider "+
			"net.ipv4.ip_local_port_range; --until duration measures below that", n.Ports,
			figure.Plural(most, "port"), clients)
	}
	reader, err := lab.OpenNAT(p.nat.pid(), n)
	if err != nil {
		return nil, err
	}
	x := &natPorts{reader: reader, law: law, clients: clients, ports: n.Ports, addrs: n.Addrs,
		evicts: n.Hold == 0 && capacity.Evicts(kernel), enough: p.enough,
		interval: w.Interval, window: w.Steady,
		samples: metrics.Timeline[results.NATSample]{Join: results.NATSample.Join},
		causes:  map[exhaustion.NATCause]int64{}}
	if p.recovers(w) {
		x.enough = newEnding() // nobody waits for it
	}
	x.room, _ = strconv.Atoi(p.natSysctls["net.netfilter.nf_conntrack_max"])
	x.steady = workload.NewSteadyWatch(int(predicted.ConnectionsUntilExhaustion), w.Steady, 0)
	return x, nil
}

// begin begins to follow them.
func (x *natPorts) begin() {
	if x == nil {
		return
	}
	x.start = time.Now()
	x.begun, x.err = x.read(x.start)
	x.looked, x.sampled = x.begun, x.begun
	next := x.start.Add(x.interval)
	x.beat = newBeat(min(natLook, x.interval), func(now time.Time) {
		x.look(now)
		if !now.Before(next) {
			x.sample(now)
			next = next.Add(x.interval)
		}
	})
}

// finish takes the last reading, and which connects were slow.
func (x *natPorts) finish(connects metrics.Occupancy) {
	if x == nil {
		return
	}
	x.connects = connects
	x.beat.end()
	now := time.Now()
	x.look(now)
	x.sample(now)
}

// close frees what it holds.
func (x *natPorts) close() {
	if x != nil {
		x.beat.end()
		x.reader.Close()
	}
}

// natReads is how often the counters are read for two readings that agree: SYNs come in
// bursts of a millisecond.
const natReads = 100

// read reads the counters. A connection that was dropped has come and was not admitted. No
// call reads both, so those of drops are read before and after: where they are the same,
// nothing was dropped meanwhile.
func (x *natPorts) read(now time.Time) (natReading, error) {
	before, err := x.reader.Stats()
	for try := 1; err == nil; try++ {
		var came int64
		if came, err = x.reader.Came(); err != nil {
			break
		}
		var after conntrack.Stats
		if after, err = x.reader.Stats(); err != nil {
			break
		}
		if after.InsertFailed == before.InsertFailed || try == natReads {
			return natReading{now, after, came - after.InsertFailed}, nil
		}
		before = after
	}
	return natReading{}, err
}

// look reads the counters, and where packets were dropped since the last time, why.
func (x *natPorts) look(now time.Time) {
	r, err := x.read(now)
	x.mu.Lock()
	defer x.mu.Unlock()
	if err != nil {
		x.err = cmp.Or(x.err, err)
		return
	}
	since := counts(r, x.looked)
	x.looked = r
	if since.Drop == 0 && since.InsertFailed == 0 {
		return
	}
	t, err := x.table()
	if err != nil {
		x.err = cmp.Or(x.err, err)
		return
	}
	full := t.fullest(x.law.Ports, x.evicts)
	did := exhaustion.NAT{Counts: since, Use: full, Taken: t.fullest(x.law.Ports, false).PortsInUse,
		Tracked: t.entries, Room: x.room}
	cause := did.Cause()
	if cause == exhaustion.NATUnexplained && x.found != nil {
		cause = exhaustion.NATPorts // all are in use still, some of them by closed connections
	}
	x.causes[cause] += max(since.Drop, since.InsertFailed)
	if cause == exhaustion.NATPorts {
		x.refused = x.refused.Add(since)
	}
	if cause == exhaustion.NATPorts && x.found == nil {
		x.found = &natFound{now, r.admitted - x.begun.admitted, full}
		x.occupied = float64(full.PortsInUse) / float64(full.Capacity)
		x.enough.tell()
	}
}

// counts are the counters since an earlier reading.
func counts(r, before natReading) exhaustion.NATCounts {
	d := r.stats.Since(before.stats)
	return exhaustion.NATCounts{InsertFailed: d.InsertFailed, Drop: d.Drop, Found: d.Found, EarlyDrop: d.EarlyDrop}
}

// sample takes one, of what there is and what was done since the one before.
func (x *natPorts) sample(now time.Time) {
	t, err := x.table()
	x.mu.Lock()
	defer x.mu.Unlock()
	if err != nil {
		x.err = cmp.Or(x.err, err)
		return
	}
	full := t.fullest(x.law.Ports, false)
	kept := t.fullest(x.law.Ports, x.evicts)
	s := results.NATSample{TS: now.Sub(x.start).Seconds(), PortsInUse: full.PortsInUse,
		PortsReusable: full.PortsInUse - inUse(full.States, x.evicts), ConntrackCount: &t.entries,
		Admitted: x.looked.admitted - x.sampled.admitted, NATCounts: counts(x.looked, x.sampled)}
	x.samples.Add(s)
	x.recent = &s
	x.sampled = x.looked
	x.steady.Observe(now.Sub(x.start), kept.PortsInUse, true)
	x.all = exhaustion.NAT{Counts: counts(x.looked, x.begun), Use: kept, Tracked: t.entries, Room: x.room}
	x.towards = t.uses()
}

// last are its ports of the last sample; nil where there was none.
func (x *natPorts) last() *metrics.HostPorts {
	if x == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.recent == nil {
		return nil
	}
	return &metrics.HostPorts{Host: exhaustion.NATHost, InUse: x.recent.PortsInUse, Reusable: x.recent.PortsReusable,
		Capacity: x.law.Ports}
}

// lasts reports whether the NAT's ports last at this load: none was refused, and those
// that are kept do not grow.
func (x *natPorts) lasts() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.found == nil && x.steady.For(time.Since(x.start)) >= x.window
}

// first puts the finding of the NAT in the place of one where its ports ran out first.
func (x *natPorts) first(one *exhaustion.Finding, start time.Time) []results.Warning {
	if x == nil || x.found == nil {
		return nil
	}
	after := x.found.at.Sub(start).Seconds()
	return firstOf(one, exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true, Host: exhaustion.NATHost,
		Call: "connect", Errno: "ETIMEDOUT", AfterConnections: &x.found.admitted, AfterSeconds: &after,
		Evidence: &x.found.use})
}

// facts are what a verdict says of the NAT, with the run's connects; nil without one.
func (x *natPorts) facts(connects *metrics.Summary) *exhaustion.NATFacts {
	if x == nil {
		return nil
	}
	f := &exhaustion.NATFacts{Law: x.law, Range: fmt.Sprintf("%d ports (%s)", x.law.Ports, x.ports), All: x.all,
		Refused: x.refused, Causes: x.causes, FirstDrop: x.occupied,
		Knee: x.knee()}
	if s := slow(connects); s != nil {
		f.Slow = *s
	}
	return f
}

// slow is the share of connects that were; nil where there are none.
func slow(connects *metrics.Summary) *float64 {
	if connects == nil || connects.Count == 0 {
		return nil
	}
	h, err := connects.Histogram()
	if err != nil {
		return nil
	}
	share := float64(h.Above(metrics.SlowConnect)) / float64(connects.Count)
	return &share
}

// open is how many connections can be open at a time, which have all ports that are in
// use; 0 where that is not known: a hash may pick one of several addresses for all.
func (x *natPorts) open() int64 {
	if x == nil || !x.evicts {
		return 0
	}
	if least, most := x.law.Used(); least != most {
		return 0
	}
	return capacity.PredictNAT(x.law).ConnectionsUntilExhaustion
}

// knee is where connects became slow; nil where that is not known, as where connections
// that were closed had most of the ports.
func (x *natPorts) knee() *exhaustion.NATKnee {
	if x.found != nil && !openOnes(x.found.use) {
		return nil
	}
	var levels []exhaustion.NATLevel
	for percent, l := range x.connects {
		if l.Connects > 0 {
			levels = append(levels, exhaustion.NATLevel{Percent: percent, Connects: l.Connects, Slow: l.Slow})
		}
	}
	if levels == nil {
		return nil
	}
	return exhaustion.FindNATKnee(levels, x.law, x.found != nil)
}

// openOnes reports whether connections that are open, or being opened, had most of the ports.
func openOnes(use exhaustion.Evidence) bool {
	return 2*(use.States["ESTABLISHED"]+use.States["SYN_SENT"]+use.States["SYN_RECV"]) > use.PortsInUse
}

// tell adds what the NAT had and did to a result.
func (x *natPorts) tell(r *results.Run) {
	if x == nil {
		return
	}
	n := &results.NAT{Ports: x.law.Ports, Admitted: x.looked.admitted - x.begun.admitted, NATCounts: x.all.Counts,
		Towards: x.towards, Prediction: capacity.PredictNAT(x.law), Samples: x.samples.All(),
		SlowShare: slow(r.Latency.Connect), Knee: x.knee()}
	for _, a := range x.addrs {
		n.Addresses = append(n.Addresses, a.String())
	}
	if x.room > 0 {
		n.ConntrackMax = &x.room
	}
	if len(x.causes) > 0 {
		n.Causes = x.causes
	}
	if x.found != nil {
		n.FirstDrop = &x.occupied
	}
	r.NAT = n
	if least := n.Prediction.ConnectionsAtLeast; x.clients <= least {
		r.Warnings = append(r.Warnings, results.Warning{Code: "nat-not-reached", Text: fmt.Sprintf("the clients have "+
			"%s together and the NAT %d for their connections, so that theirs run out first (EADDRNOTAVAIL); give the "+
			"NAT fewer, or have more --nat-clients", figure.Plural(x.clients, "port"), least)})
	}
	if x.err != nil {
		r.Warnings = append(r.Warnings, results.Warning{Code: "nat-not-read", Text: x.err.Error()})
	}
}

// natPair is an address of a NAT and a destination.
type natPair struct {
	address     netip.Addr
	destination netip.AddrPort
}

// natTable is what the table of connection tracking has: connections by their pair and
// state.
type natTable struct {
	entries int // of all protocols
	pairs   map[natPair]map[string]int
}

// table reads it. The kernel changes it meanwhile: a port that one connection leaves to
// another is listed twice, and counts once.
func (x *natPorts) table() (natTable, error) {
	states := map[natPair]map[uint16]conntrack.State{} // by the port
	entries, err := x.reader.Entries(func(e conntrack.Entry) {
		pair := natPair{e.Outer.Addr(), e.To}
		if states[pair] == nil {
			states[pair] = map[uint16]conntrack.State{}
		}
		states[pair][e.Outer.Port()] = e.State
	})
	t := natTable{entries: entries, pairs: map[natPair]map[string]int{}}
	for pair, ports := range states {
		t.pairs[pair] = map[string]int{}
		for _, state := range ports {
			t.pairs[pair][state.String()]++
		}
	}
	return t, err
}

// sorted are the pairs in their order.
func (t natTable) sorted() []natPair {
	return slices.SortedFunc(maps.Keys(t.pairs), func(a, b natPair) int {
		return cmp.Or(a.destination.Compare(b.destination), a.address.Compare(b.address))
	})
}

// fullest is the pair with the most ports in use, of so many, without those that the
// kernel takes over where it evicts.
func (t natTable) fullest(ports int, evicts bool) exhaustion.Evidence {
	out := exhaustion.Evidence{Capacity: ports, States: map[string]int{}}
	for _, pair := range t.sorted() {
		if n := inUse(t.pairs[pair], evicts); n > out.PortsInUse {
			out.PortsInUse, out.States = n, t.pairs[pair]
			out.Source, out.Destination = pair.address.String(), pair.destination.String()
		}
	}
	return out
}

// inUse counts ports by the states of their connections, without those that the kernel
// takes over where it evicts.
func inUse(states map[string]int, evicts bool) int {
	n := total(states)
	if evicts {
		for _, closed := range conntrack.Closed() {
			n -= states[closed.String()]
		}
	}
	return n
}

// uses are the ports of every pair that has some.
func (t natTable) uses() []results.NATUse {
	var out []results.NATUse
	for _, pair := range t.sorted() {
		out = append(out, results.NATUse{Address: pair.address.String(), Destination: pair.destination.String(),
			PortsInUse: inUse(t.pairs[pair], false), States: t.pairs[pair]})
	}
	return out
}
