package cell

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"tcpbench/internal/procnet"
	"tcpbench/internal/sockdiag"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/workload"
)

// lookPause is how long a witness leaves the kernel alone between two looks, and
// looksShare how much of its time it looks at most.
const (
	lookPause  = 100 * time.Millisecond
	looksShare = 0.1
)

// portWitness looks at what holds the ports of the host that the calling process is,
// when its program says that it found none. It is used by one goroutine at a time.
type portWitness struct {
	sockets     *sockdiag.Lister
	ports       []int
	found       chan foundNoPort
	next        time.Time // before which it does not look again
	full, spare bool      // what was told
}

func newPortWitness() (*portWitness, error) {
	local, reserved, err := capacity.PortsFromSysctls(Sysctls())
	if err != nil {
		return nil, err
	}
	w := &portWitness{ports: capacity.Ports(local, capacity.Range{}, reserved)}
	w.found = make(chan foundNoPort, mostFound)
	w.sockets, err = sockdiag.Open()
	return w, err
}

// look is told of each line of the program that says so.
func (w *portWitness) look(text string, what noPort) {
	now := time.Now()
	if w.full || now.Before(w.next) {
		return
	}
	use, err := readPortUse(w.sockets, w.ports, 0)
	took := time.Since(now)
	w.next = now.Add(max(lookPause, time.Duration(float64(took)/looksShare)))
	opened, err2 := activeOpens("self")
	if err != nil || err2 != nil {
		return // the client's samples say why
	}
	e, sources := use.fullest()
	if full := e.Full(); full || !w.spare && !what.Weak {
		w.full, w.spare = full, true
		w.found <- foundNoPort{noPort: what, Said: text, At: now, Evidence: e, Sources: sources, Opened: opened}
	}
}

// activeOpens is how many connects of the host that process pid is on obtained a port,
// since its network namespace began.
func activeOpens(pid string) (int64, error) {
	n, err := procnet.Read(pid)
	return n["TcpActiveOpens"], err
}

// portUse is what holds the local ports of a host, for each pair of source and peer.
type portUse struct {
	capacity int
	pairs    map[pair]map[string]int // ports by the state of what holds them
	bound    map[string]int          // those that are taken from all pairs
}

type pair struct {
	source netip.Addr
	peer   netip.AddrPort
}

// readPortUse asks the kernel which of the ports are in use. A TIME_WAIT that is older
// than reuseAfter is left out, unless that is 0: its port can be taken over.
func readPortUse(sockets *sockdiag.Lister, ports []int, reuseAfter time.Duration) (portUse, error) {
	u := portUse{capacity: len(ports), pairs: map[pair]map[string]int{}, bound: map[string]int{}}
	if len(ports) == 0 {
		return u, nil
	}
	usable, lo, hi := [1 << 16]bool{}, uint16(ports[0]), uint16(ports[len(ports)-1])
	for _, p := range ports {
		usable[p] = true
	}
	err := sockets.Connections(lo, hi, sockdiag.AnyState, func(c sockdiag.Connection) {
		if !usable[c.Local.Port()] || workload.Reusable(c.Socket, reuseAfter) {
			return
		}
		at := pair{c.Local.Addr(), c.Peer}
		if u.pairs[at] == nil {
			u.pairs[at] = map[string]int{}
		}
		u.pairs[at][c.State.String()]++
	})
	if err != nil {
		return u, err
	}
	return u, sockets.Bound(func(port uint16, s sockdiag.State) {
		if usable[port] {
			usable[port] = false
			u.bound[s.String()]++
		}
	})
}

// fullest is the evidence of the pair with the fewest free ports, and from how many
// sources there are connections to its peer.
func (u portUse) fullest() (e exhaustion.Evidence, sources int) {
	most := pair{}
	for at, states := range u.pairs {
		c := cmp.Compare(total(states), total(u.pairs[most]))
		if c > 0 || c == 0 && at.peer.Compare(most.peer) < 0 {
			most = at
		}
	}
	states := map[string]int{}
	for _, of := range []map[string]int{u.pairs[most], u.bound} {
		for s, n := range of {
			states[s] += n
		}
	}
	for at := range u.pairs {
		if at.peer == most.peer {
			sources++
		}
	}
	e = exhaustion.Evidence{PortsInUse: min(total(states), u.capacity), Capacity: u.capacity, States: states}
	if most.peer.IsValid() {
		e.Destination = most.peer.String()
	}
	if sources > 1 {
		e.Source = most.source.String()
	}
	return e, sources
}

// towards counts the ports in use towards addresses.
func (u portUse) towards(to []netip.AddrPort) int {
	n := 0
	for at, states := range u.pairs {
		if slices.Contains(to, at.peer) {
			n += total(states)
		}
	}
	return n
}

func total(states map[string]int) int {
	n := 0
	for s := range maps.Values(states) {
		n += s
	}
	return n
}
