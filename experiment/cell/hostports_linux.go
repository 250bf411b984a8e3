package cell

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/internal/sockdiag"
	"tcpbench/lab"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/workload"
)

// hostPorts follows the ports of a lab's proxy, or of a server of the user's, while a run
// goes on: whether its program says that it found none, and whether any is free when errors
// come.
type hostPorts struct {
	peer     *peer
	backend  []netip.AddrPort // to which its ports are counted; none where that is not known
	law      capacity.Settings
	sysctls  map[string]string
	ports    []int
	sockets  *sockdiag.Lister // in its namespace
	again    *portsAgain      // nil where it is not asked for
	recovers bool             // the run ends when it has a port again
	enough   *ending          // told when the run has seen enough
	close    func()

	window time.Duration // for how long ports have not to grow
	starts capacity.Starts
	steady workload.SteadyWatch
	begun  time.Time
	read   time.Time // when ports were, last
	before int64     // connects when it began to be followed
	opened int64     // connects by then, and the rate of the last ones
	rate   float64   // per second
	held   int       // ports by then, to one peer where the backend is not known
	most   int       // of that

	mu     sync.Mutex   // guards all below
	said   *foundNoPort // the first that was said with none free
	spare  *foundNoPort // the first that was said with some free
	silent *foundNoPort // none was free when errors came
	back   time.Time    // when a connect had a port again after that; zero where none had
}

// followHosts begins to follow the ports of the place's proxy, and of a server of the
// user's that has a host of its own.
func (p *Place) followHosts(w scenario.Workload, hz int) error {
	var err error
	if p.proxy != nil {
		x := &hostPorts{peer: p.proxy, backend: p.backend, sysctls: p.proxySysctls}
		x.law.Program = p.proxyProgram
		if p.proxyPorts, err = x.follow(p, w, hz); err != nil {
			return err
		}
	}
	if p.serverProgram != nil && !p.shared {
		x := &hostPorts{peer: p.server, sysctls: p.serverSysctls}
		x.law.Program = p.serverProgram
		p.serverPorts, err = x.follow(p, w, hz)
	}
	return err
}

// follow begins to follow them. All but the host, its backend and its program is set here.
func (x *hostPorts) follow(p *Place, w scenario.Workload, hz int) (*hostPorts, error) {
	local, reserved, err := capacity.PortsFromSysctls(x.sysctls)
	if err != nil {
		return nil, fmt.Errorf("the %s's ports: %w", x.peer.name, err)
	}
	program := x.law.Program
	x.ports = capacity.Ports(local, capacity.Range{}, reserved)
	x.law = capacity.FromSysctls(x.sysctls)
	x.law.Ports, x.law.OddRange, x.law.HZ = len(x.ports), local.Misses(x.ports), hz
	x.law.Barred = capacity.Barred(capacity.Widest(), reserved)
	x.law.Sources, x.law.Destinations, x.law.InFlight = 1, max(len(x.backend), 1), w.Concurrency
	x.law.NoBind, x.law.Program = true, program
	if len(x.backend) > 0 && !capacity.FromSysctls(p.serverSysctls).Timestamps {
		x.law.PeerUnstamped, x.law.OnlyPeerUnstamped, x.law.Timestamps = "server", x.law.Timestamps, false
	}
	x.window, x.starts = w.Steady, capacity.Starts{Random: w.Arrival == scenario.ArrivalPoisson}
	x.enough, x.recovers = p.enough, p.recovers(w)
	if x.before, err = activeOpens(strconv.Itoa(x.peer.pid())); err != nil {
		return nil, err
	}
	if x.sockets, err = socketsOf(x.peer); err != nil {
		return nil, err
	}
	over := make(chan struct{})
	x.close = func() { close(over); x.sockets.Close() }
	if w.OnExhausted != scenario.OnExhaustedStop {
		x.again = &portsAgain{}
		if x.again.sockets, err = socketsOf(x.peer); err != nil {
			x.sockets.Close()
			return nil, err
		}
	}
	go x.hear(over) // ends with close
	return x, nil
}

// socketsOf lists the sockets of a peer's network namespace.
func socketsOf(p *peer) (sockets *sockdiag.Lister, err error) {
	err = lab.Inside(p.pid(), func() error { sockets, err = sockdiag.Open(); return err })
	return sockets, err
}

// stop ends it.
func (x *hostPorts) stop() {
	if x != nil {
		x.close()
	}
}

// hear takes in what the host's process says, and looks whether a port came back.
func (x *hostPorts) hear(over chan struct{}) {
	tick := time.NewTicker(lookPause)
	defer tick.Stop()
	if x.again != nil {
		defer x.again.sockets.Close()
	}
	for {
		select {
		case f := <-x.peer.noPort:
			x.mu.Lock()
			if f.Evidence.Full() {
				x.said = cmp.Or(x.said, &f)
				x.end()
			} else {
				x.spare = cmp.Or(x.spare, &f)
			}
			x.mu.Unlock()
		case <-tick.C:
			x.lookForPort()
		case <-over:
			return
		}
	}
}

// end tells that ports ran out. The caller holds the lock.
func (x *hostPorts) end() {
	if !x.recovers {
		x.enough.tell()
	}
}

// lookForPort looks, after ports have run out, whether a connect had one again.
func (x *hostPorts) lookForPort() {
	f := x.found()
	if x.again == nil || f == nil || !x.cameBack().IsZero() {
		return
	}
	now := time.Now()
	if !x.again.look(now, x.ports, f.Evidence) {
		return
	}
	x.mu.Lock()
	x.back = now
	x.mu.Unlock()
	if x.recovers {
		x.enough.tell()
	}
}

// cameBack is when a connect had a port again; zero where none had.
func (x *hostPorts) cameBack() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.back
}

// interval takes a reading at the end of an interval, some time after the last one.
func (x *hostPorts) interval(iv metrics.Interval) {
	now := time.Now()
	if x == nil || now.Sub(x.read) < readAgain {
		return
	}
	x.look(now, iv.ServerErrors > 0 || iv.Failed > 0)
}

// look reads the host's ports. Where errors come and none is free, they ran out,
// whatever its program says. Most servers open no connections.
func (x *hostPorts) look(now time.Time, errors bool) {
	n, err := activeOpens(strconv.Itoa(x.peer.pid()))
	if err == nil && len(x.backend) == 0 && n == x.before {
		x.grow(now, 0, n)
		return
	}
	use, err2 := readPortUse(x.sockets, x.ports, x.law.ReuseAfter())
	if err != nil || err2 != nil {
		return // the samples say why
	}
	e, sources := use.fullest()
	if len(x.backend) == 0 {
		x.law.Loopback = isLoopback(e.Destination)
		x.grow(now, e.PortsInUse, n)
	} else {
		x.grow(now, use.towards(x.backend), n)
	}
	if !errors || e.PortsInUse < e.Capacity-e.Capacity%2 || e.PortsInUse == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.silent = cmp.Or(x.silent, &foundNoPort{At: now, Evidence: e, Sources: sources, Opened: n})
	x.end()
}

// isLoopback reports whether an address and port, as text, are of the loopback device.
func isLoopback(to string) bool {
	a, err := netip.ParseAddrPort(to)
	return err == nil && a.Addr().IsLoopback()
}

// grow takes in how many ports are held and how many connects there were.
func (x *hostPorts) grow(now time.Time, held int, opened int64) {
	if x.begun.IsZero() {
		x.begun, x.steady = now, workload.NewSteadyWatch(int(x.law.Tuples()), x.window, 0)
	} else if d := now.Sub(x.read).Seconds(); d > 0 {
		x.rate = float64(opened-x.opened) / d
	}
	x.read, x.opened, x.held, x.most = now, opened, held, max(x.most, held)
	x.steady.Observe(now.Sub(x.begun), held, true)
}

// last are its ports as they were read last; nil where they were not. It is for who calls
// interval.
func (x *hostPorts) last() *metrics.HostPorts {
	if x == nil || x.begun.IsZero() || len(x.backend) == 0 && x.opened == x.before {
		return nil
	}
	return &metrics.HostPorts{Host: x.peer.name, InUse: x.held, Capacity: int(x.law.Tuples())}
}

// lasts reports whether the host's ports last at this load: it opens no connection, or
// those that it holds do not grow, and had the time to.
func (x *hostPorts) lasts() bool {
	now := time.Now()
	if x == nil {
		return true
	}
	passed := now.Sub(x.begun)
	if x.begun.IsZero() || x.steady.For(passed) < x.window {
		return false
	}
	opened := x.opened - x.before
	rate := max(x.rate, float64(max(opened-int64(x.law.InFlight), 0))/passed.Seconds())
	return opened > x.law.Tuples() || passed >= capacity.Predict(x.law).ProvedAfter(rate, x.starts)
}

// waitForWords is how long a program gets to say why it failed, when a run is over.
const waitForWords = 200 * time.Millisecond

// finish looks a last time: where something failed and nobody has said why, and at a server,
// whose ports are in no sample.
func (x *hostPorts) finish(rec *metrics.Recorder) {
	if x != nil && len(x.backend) == 0 {
		x.look(time.Now(), false)
	}
	if x == nil || rec.Failed == 0 && rec.Statuses.ServerErrors() == 0 && rec.Client.FailedRequests == 0 {
		return
	}
	defer x.lookAgain()
	known := func() (bool, bool) {
		x.mu.Lock()
		defer x.mu.Unlock()
		return x.said != nil || x.spare != nil, x.silent != nil
	}
	if said, silent := known(); !said && !silent {
		x.look(time.Now(), true)
	}
	for end := time.Now().Add(waitForWords); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if said, silent := known(); said || !silent {
			return
		}
	}
}

// lookAgain notes in which states the closed connections wait that held the ports.
func (x *hostPorts) lookAgain() {
	f := x.found()
	if f == nil {
		return
	}
	use, err := readPortUse(x.sockets, x.ports, 0)
	if e, _ := use.fullest(); err == nil && e.Destination == f.Evidence.Destination {
		for s, n := range e.States {
			if exhaustion.Closed(s) {
				if f.Evidence.Later == nil {
					f.Evidence.Later = map[string]int{}
				}
				f.Evidence.Later[s] = n
			}
		}
	}
}

// found is how the host's ports ran out, and whether its program said so; nil where
// they did not.
func (x *hostPorts) found() *foundNoPort {
	if x == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return cmp.Or(x.said, x.silent)
}

// host is one that can run out of ports: of what ran out, where that is known, which may
// be another address than the backend's.
func (x *hostPorts) host(kernel results.Kernel) *exhaustion.Host {
	if x == nil {
		return nil
	}
	s := x.law
	if f := x.found(); f != nil {
		s.Sources, s.Program = max(f.Sources, 1), s.Program.WhichSaid(f.Said)
		to, err := netip.ParseAddrPort(f.Evidence.Destination)
		if err == nil && !slices.Contains(x.backend, to) {
			s.Destinations, s.Loopback = 1, to.Addr().IsLoopback()
			s.PeerUnstamped, s.OnlyPeerUnstamped = "", false
			s.Timestamps = capacity.FromSysctls(x.sysctls).Timestamps
		}
	}
	h := &exhaustion.Host{Name: x.peer.name, Settings: s, Prediction: capacity.Predict(s)}
	if h.Client, h.Server = kernel.Proxy, kernel.Server; len(x.backend) == 0 {
		h.Client, h.Server = kernel.Server, nil
	}
	return h
}

// finding is that the host's ports ran out.
func (x *hostPorts) finding(f *foundNoPort, start time.Time) exhaustion.Finding {
	after := f.At.Sub(start).Seconds()
	out := exhaustion.Finding{
		Outcome: exhaustion.Exhausted, Exhausted: true, Host: x.peer.name, Call: f.Call, Errno: f.Errno, Said: f.Said,
		AfterConnections: &f.Opened, AfterSeconds: &after, Evidence: &f.Evidence,
	}
	if back := x.cameBack(); !back.IsZero() {
		out.RecoveredAfterSeconds = new(back.Sub(f.At).Seconds())
	}
	if f.Errno == "" {
		out.Uncertain = fmt.Sprintf("Whether that is why there were errors is uncertain, because the %s's program was "+
			"not heard to say that it found no port.", x.peer.name)
	}
	return out
}

// first puts the finding of the host whose ports ran out first in the place of one, and
// says that the other's ran out too.
func (x *hostPorts) first(one *exhaustion.Finding, start time.Time) []results.Warning {
	f := x.found()
	if f == nil {
		return nil
	}
	return firstOf(one, x.finding(f, start))
}

// firstOf puts another host's finding in the place of one where its ports ran out first,
// and says that the other's ran out too.
func firstOf(one *exhaustion.Finding, other exhaustion.Finding) []results.Warning {
	if one.Exhausted && *one.AfterSeconds <= *other.AfterSeconds {
		return []results.Warning{tooWarning(other)}
	}
	other.Knee = one.Knee
	was := *one
	*one = other
	if was.Exhausted {
		return []results.Warning{tooWarning(was)}
	}
	return nil
}

// tell adds the law of the host's ports to it, in a result, and those of a server that
// opened connections.
func (x *hostPorts) tell(r *results.Run) {
	if x == nil {
		return
	}
	law := capacity.Predict(x.law)
	if h := r.Hosts.Server; len(x.backend) > 0 {
		r.Hosts.Proxy.Prediction = &law
	} else if n := len(h.Samples); x.opened > x.before && n > 0 {
		h.Prediction, h.PortsCapacity, h.PortsInUseMax = &law, new(len(x.ports)), &x.most
		h.Samples[n-1].PortsInUse = &x.held
	}
	r.Warnings = append(r.Warnings, x.spareWarning()...)
}

// tooWarning tells that a second host's ports ran out.
func tooWarning(f exhaustion.Finding) results.Warning {
	what := f.RanOut() + " ran out of local ports"
	if f.RanOut() == exhaustion.NATHost {
		what = "NAT ran out of ports"
	}
	return results.Warning{Code: f.RanOut() + "-ports", Text: fmt.Sprintf("the %s too, at %s, after %s", what,
		figure.Seconds(*f.AfterSeconds), figure.Plural(*f.AfterConnections, "connection"))}
}

// spareWarning tells of a program that found no port while the kernel had some.
func (x *hostPorts) spareWarning() []results.Warning {
	if x == nil || x.found() != nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	f := x.spare
	if f == nil {
		return nil
	}
	e := f.Evidence
	to := ""
	if e.Destination != "" {
		to = " towards " + e.Destination
	}
	name := x.peer.name
	return []results.Warning{{Code: name + "-refused", Text: fmt.Sprintf("the %s said that a connect found no port "+
		"(%q), and %d of the %d of its net.ipv4.ip_local_port_range were in use%s: they had not run out; a range of "+
		"ports or an address in its own configuration may be the cause", name, f.Said, e.PortsInUse, e.Capacity, to)}}
}
