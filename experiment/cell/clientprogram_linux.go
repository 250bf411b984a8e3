package cell

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"tcpbench/internal/procnet"
	"tcpbench/internal/procsched"
	"tcpbench/internal/sockdiag"
	"tcpbench/lab"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
)

// clientGrace is what the process around a client's program gets to end it: longer than
// the program itself gets.
const clientGrace = 5 * time.Second

// clientProgram is a program of the user's as the client, seen from outside: by the
// kernel's counters of its network namespace, its sockets, its CPU time and what it says.
type clientProgram struct {
	peer    *peer
	order   order
	targets []netip.AddrPort
	near    string // a process of the target's host
	socket  string // the Unix socket that is the target; "" for TCP
	law     capacity.Settings
	ports   []int
	sockets *sockdiag.Lister
	working func(time.Time) // has it read how busy the threads of the lab are

	ended chan struct{} // closed when the program has
	bye   farewell      // read it after that
	stop  func()

	began             int64         // connects before its start
	opened            int64         // by the last look
	refused, accepted int64         // those that had failed, and those that the target's host had accepted
	looked            time.Time     // when its ports were last read
	took              time.Duration // by that
	held              int64         // connects when all but one port of an odd number were first in use

	mu     sync.Mutex            // guards all below
	cpu    metrics.CPU           // by the last look
	said   *foundNoPort          // the first that was said with no port free
	spare  *foundNoPort          // the first that was said while some were
	silent *foundNoPort          // no port was free
	seen   []results.Destination // to which there were connections, as read at times
	open   int                   // connections to the Unix socket, the most that were seen
	enough *ending               // told when it is known that ports ran out
}

// startProgram starts the process that a client's program will be a child of, in the
// calling process's network namespace.
func (p *Place) startProgram(s Spec) error {
	if s.Client.IsZero() {
		return nil
	}
	one, err := startPeer(exhaustion.ClientHost, programRole, lab.StartBeside)
	if err != nil {
		return err
	}
	p.program = &clientProgram{peer: one, ended: make(chan struct{}), enough: p.enough}
	p.program.stop = sync.OnceFunc(func() {
		one.stdin.Close()
		time.AfterFunc(clientGrace, func() { _ = one.cmd.Process.Kill() }) // it is harmless once that has ended
	})
	if err := one.furnish(lab.Host{}); err != nil {
		return err
	}
	return one.furnished()
}

// command says what the program is, once its place is made.
func (x *clientProgram) command(s Spec, p *Place) error {
	names := s.names()
	names.Port, names.Socket = p.Destinations[0].Port(), p.socket
	words, dir, err := p.command(names, s.Client)
	x.order = order{Files: whole(mostFiles()), Command: words, Dir: dir, Client: true}
	x.targets, x.near, x.socket = p.Destinations, strconv.Itoa(p.target().pid()), p.socket
	return err
}

// follow gets ready to look at the program's ports.
func (x *clientProgram) follow(w scenario.Workload, set capacity.Settings, sysctls map[string]string) error {
	if x == nil {
		return nil
	}
	var err error
	if x.ports, err = usablePorts(w, sysctls); err != nil {
		return err
	}
	x.law = set
	x.sockets, err = sockdiag.Open()
	return err
}

// close frees what follow opened.
func (x *clientProgram) close() {
	if x != nil && x.sockets != nil {
		x.sockets.Close()
	}
}

// Start starts the program.
func (x *clientProgram) Start() error {
	first, err := procnet.Read("self")
	if err != nil {
		return err
	}
	there, err := procnet.Read(x.near)
	if err != nil {
		return err
	}
	x.began, x.refused, x.accepted = first["TcpActiveOpens"], first["TcpAttemptFails"], there["TcpPassiveOpens"]
	if _, err := x.peer.obey(x.order); err != nil {
		return err
	}
	go x.hear() // ends with the process
	go func() { // ends with the process
		x.bye = x.peer.last()
		close(x.ended)
	}()
	return nil
}

// Stop asks the program to end.
func (x *clientProgram) Stop() { x.stop() }

// Ended is closed when it has.
func (x *clientProgram) Ended() <-chan struct{} { return x.ended }

// Look reads the kernel's counters, what the program spent, and its ports where they may
// have run out.
func (x *clientProgram) Look() (engine.Seen, error) {
	n, err := procnet.Read("self")
	if err != nil {
		return engine.Seen{}, err
	}
	there, err := procnet.Read(x.near)
	if err != nil {
		return engine.Seen{}, err
	}
	open, err := x.established(n)
	if err != nil {
		return engine.Seen{}, err
	}
	seen := engine.Seen{Opened: n["TcpActiveOpens"] - x.began, Refused: n["TcpAttemptFails"] - x.refused,
		Accepted: there["TcpPassiveOpens"] - x.accepted, Open: open, CPU: x.spend()}
	select {
	case <-x.ended:
		x.read(time.Now())
	default:
		now := time.Now()
		if seen.Opened > x.opened || seen.Open > 0 {
			x.working(now)
		}
		x.opened = seen.Opened
		x.look(now, seen.Opened)
	}
	return seen, nil
}

// established is how many connections are open, by the counters of TCP or in the list of the Unix
// socket's.
func (x *clientProgram) established(n procnet.Counters) (int, error) {
	if x.socket == "" {
		return int(n["TcpCurrEstab"]), nil
	}
	open, err := procnet.UnixConnections("self", x.socket)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.open = max(x.open, open)
	return open, err
}

// spend takes in what the program and all that it started have used of the processor: of
// those that have ended it is exact at the program's own end alone.
func (x *clientProgram) spend() time.Duration {
	user, system, err := procsched.Descendants(x.peer.pid())
	select {
	case <-x.ended:
		if e := x.bye.Exit; e != nil {
			user, system, err = e.User, e.System, nil
		}
	default:
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if err == nil {
		x.cpu = metrics.CPU{User: max(user, x.cpu.User), System: max(system, x.cpu.System)}
	}
	return x.cpu.User + x.cpu.System
}

// spent is by the last look.
func (x *clientProgram) spent() (user, system time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.cpu.User, x.cpu.System
}

// Interval notes to where there are connections.
func (x *clientProgram) Interval() {
	if use, err := readPortUse(x.sockets, x.ports, 0); err == nil { // else the samples say why
		x.note(use)
	}
}

// look reads which ports are in use, where so many connects had one that none may be free.
// It takes a tenth of the time at most.
func (x *clientProgram) look(now time.Time, opened int64) {
	some := float64(opened) >= nearlyAll*float64(len(x.ports))
	if !some || now.Sub(x.looked) < max(x.took*10, execDump) && x.looked.Before(now) {
		return
	}
	x.read(now)
}

const (
	// nearlyAll is the share of the ports from which on connects it is looked whether any
	// is free, and execDump how long it is not looked again.
	nearlyAll = 0.9
	execDump  = 50 * time.Millisecond
)

// read reads which ports are in use, and notes when none is free.
func (x *clientProgram) read(now time.Time) {
	use, err := readPortUse(x.sockets, x.ports, x.law.ReuseAfter())
	opened, err2 := activeOpens("self")
	x.looked, x.took = now, time.Since(now)
	if err != nil || err2 != nil {
		return // the samples say why
	}
	x.note(use)
	opened -= x.began
	e, sources := use.fullest()
	if !x.none(e, opened) {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.silent == nil {
		x.silent = &foundNoPort{At: now, Evidence: e, Sources: sources, Opened: opened}
		time.AfterFunc(wordsAfter, x.end)
	}
}

// wordsAfter is how long a program gets to say that it found no port, when none is free,
// and exitAfter to end by itself, when it has said so.
const (
	wordsAfter = time.Second
	exitAfter  = 100 * time.Millisecond
)

// none reports whether no port is free: of an odd number a search may pass over the last
// one, which is so when no other connect came until the next look.
func (x *clientProgram) none(e exhaustion.Evidence, opened int64) bool {
	switch {
	case e.PortsInUse == 0 || e.PortsInUse < e.Capacity-e.Capacity%2:
		return false
	case e.PortsInUse == e.Capacity || x.held == opened:
		return true
	default:
		x.held = opened
		return false
	}
}

// end tells that it is known that ports ran out.
func (x *clientProgram) end() { x.enough.tell() }

// hear takes in what the program is heard to say of ports.
func (x *clientProgram) hear() {
	for {
		select {
		case f := <-x.peer.noPort:
			x.heard(f)
		case <-x.peer.exited:
			return
		}
	}
}

func (x *clientProgram) heard(f foundNoPort) {
	f.Opened -= x.began
	x.mu.Lock()
	full := f.Evidence.Full() || x.silent != nil
	if full {
		x.said = cmp.Or(x.said, &f)
	} else {
		x.spare = cmp.Or(x.spare, &f)
	}
	x.mu.Unlock()
	if full {
		time.AfterFunc(exitAfter, x.end)
	}
}

// note takes in which ports are in use towards whom.
func (x *clientProgram) note(use portUse) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for at, states := range use.pairs {
		n := min(total(states), use.capacity)
		i := slices.IndexFunc(x.seen, func(d results.Destination) bool { return d.Address == at.peer.String() })
		switch {
		case i >= 0:
			x.seen[i].PortsInUseMax = max(x.seen[i].PortsInUseMax, n)
		case len(x.seen) < mostDestinations:
			x.seen = append(x.seen, results.Destination{Address: at.peer.String(), PortsInUseMax: n,
				PortsCapacity: use.capacity, Target: slices.Contains(x.targets, at.peer)})
		}
	}
}

// mostDestinations is how many of them a result has.
const mostDestinations = 20
