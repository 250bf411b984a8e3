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

// proxyPorts follows the ports of a lab's proxy while a run goes on: whether its
// program says that it found none, and whether any is free when errors come.
type proxyPorts struct {
	proxy   *peer
	backend []netip.AddrPort
	law     capacity.Settings
	sysctls map[string]string
	ports   []int
	sockets *sockdiag.Lister // in the proxy's namespace
	enough  chan struct{}    // closed when ports ran out
	close   func()

	window time.Duration // for how long ports have not to grow
	starts capacity.Starts
	steady workload.SteadyWatch
	begun  time.Time
	read   time.Time // when ports were, last
	opened int64     // connects by then, and the rate of the last ones
	rate   float64   // per second
	held   int       // ports by then

	mu     sync.Mutex   // guards all below
	said   *foundNoPort // the first that was said with none free
	spare  *foundNoPort // the first that was said with some free
	silent *foundNoPort // none was free when errors came
}

// followProxy begins to follow the ports of the place's proxy; nil where there is none.
func (p *Place) followProxy(w scenario.Workload, hz int) (*proxyPorts, error) {
	if p.proxy == nil {
		return nil, nil
	}
	x := &proxyPorts{proxy: p.proxy, backend: p.backend, sysctls: p.proxySysctls, enough: make(chan struct{}),
		window: w.Steady, starts: capacity.Starts{Random: w.Arrival == scenario.ArrivalPoisson}}
	local, reserved, err := capacity.PortsFromSysctls(p.proxySysctls)
	if err != nil {
		return nil, fmt.Errorf("the proxy's ports: %w", err)
	}
	x.ports = capacity.Ports(local, capacity.Range{}, reserved)
	x.law = capacity.FromSysctls(p.proxySysctls)
	x.law.Ports, x.law.OddRange, x.law.HZ = len(x.ports), local.Misses(x.ports), hz
	x.law.Barred = capacity.Barred(capacity.Widest(), reserved)
	x.law.Sources, x.law.Destinations, x.law.InFlight = 1, len(p.backend), w.Concurrency
	x.law.NoBind, x.law.Program = true, p.proxyProgram
	if !capacity.FromSysctls(p.serverSysctls).Timestamps {
		x.law.PeerUnstamped, x.law.OnlyPeerUnstamped, x.law.Timestamps = "server", x.law.Timestamps, false
	}
	err = lab.Inside(p.proxy.pid(), func() error { x.sockets, err = sockdiag.Open(); return err })
	if err != nil {
		return nil, err
	}
	over := make(chan struct{})
	x.close = func() { close(over); x.sockets.Close() }
	go x.hear(over) // ends with close
	return x, nil
}

// stop ends it.
func (x *proxyPorts) stop() {
	if x != nil {
		x.close()
	}
}

// hear takes in what the proxy's process says.
func (x *proxyPorts) hear(over chan struct{}) {
	for {
		select {
		case f := <-x.proxy.noPort:
			x.mu.Lock()
			if f.Evidence.Full() {
				x.said = cmp.Or(x.said, &f)
				x.end()
			} else {
				x.spare = cmp.Or(x.spare, &f)
			}
			x.mu.Unlock()
		case <-over:
			return
		}
	}
}

// end tells that ports ran out. The caller holds the lock.
func (x *proxyPorts) end() { closeOnce(x.enough) }

// interval takes a reading at the end of an interval, some time after the last one.
func (x *proxyPorts) interval(iv metrics.Interval) {
	now := time.Now()
	if x == nil || now.Sub(x.read) < readAgain {
		return
	}
	x.look(now, iv.ServerErrors > 0 || iv.Failed > 0)
}

// look reads the proxy's ports. Where errors come and none is free, they ran out,
// whatever its program says.
func (x *proxyPorts) look(now time.Time, errors bool) {
	use, err := readPortUse(x.sockets, x.ports, x.law.ReuseAfter())
	n, err2 := activeOpens(strconv.Itoa(x.proxy.pid()))
	if err != nil || err2 != nil {
		return // the samples say why
	}
	x.grow(now, use.towards(x.backend), n)
	e, sources := use.fullest()
	if !errors || e.PortsInUse < e.Capacity-e.Capacity%2 || e.PortsInUse == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.silent = cmp.Or(x.silent, &foundNoPort{At: now, Evidence: e, Sources: sources, Opened: n})
	x.end()
}

// grow takes in how many ports are held and how many connects there were.
func (x *proxyPorts) grow(now time.Time, held int, opened int64) {
	if x.begun.IsZero() {
		x.begun, x.steady = now, workload.NewSteadyWatch(int(x.law.Tuples()), x.window, 0)
	} else if d := now.Sub(x.read).Seconds(); d > 0 {
		x.rate = float64(opened-x.opened) / d
	}
	x.read, x.opened, x.held = now, opened, held
	x.steady.Observe(now.Sub(x.begun), held, true)
}

// last are its ports as they were read last; nil where they were not. It is for who calls
// interval.
func (x *proxyPorts) last() *metrics.HostPorts {
	if x == nil || x.begun.IsZero() {
		return nil
	}
	return &metrics.HostPorts{Host: x.proxy.name, InUse: x.held, Capacity: int(x.law.Tuples())}
}

// lasts reports whether the proxy's ports last at this load: it opens no connection, or
// those that it holds do not grow, and had the time to.
func (x *proxyPorts) lasts() bool {
	now := time.Now()
	if x == nil {
		return true
	}
	passed := now.Sub(x.begun)
	if x.begun.IsZero() || x.steady.For(passed) < x.window {
		return false
	}
	rate := max(x.rate, float64(max(x.opened-int64(x.law.InFlight), 0))/passed.Seconds())
	return x.opened > x.law.Tuples() || passed >= capacity.Predict(x.law).ProvedAfter(rate, x.starts)
}

// waitForWords is how long a proxy gets to say why it failed, when a run is over.
const waitForWords = 200 * time.Millisecond

// finish looks a last time, where something failed and nobody has said why.
func (x *proxyPorts) finish(rec *metrics.Recorder) {
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
func (x *proxyPorts) lookAgain() {
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

// found is how the proxy's ports ran out, and whether its program said so; nil where
// they did not.
func (x *proxyPorts) found() *foundNoPort {
	if x == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return cmp.Or(x.said, x.silent)
}

// host is the proxy as a host that can run out of ports: of what ran out, where that
// is known, which may be another address than the server's.
func (x *proxyPorts) host(kernel results.Kernel) *exhaustion.Host {
	if x == nil {
		return nil
	}
	s := x.law
	if f := x.found(); f != nil {
		s.Sources = max(f.Sources, 1)
		to, err := netip.ParseAddrPort(f.Evidence.Destination)
		if err == nil && !slices.Contains(x.backend, to) {
			s.Destinations, s.Loopback = 1, to.Addr().IsLoopback()
			s.PeerUnstamped, s.OnlyPeerUnstamped = "", false
			s.Timestamps = capacity.FromSysctls(x.sysctls).Timestamps
		}
	}
	return &exhaustion.Host{Name: x.proxy.name, Settings: s, Prediction: capacity.Predict(s), Client: kernel.Proxy,
		Server: kernel.Server}
}

// finding is that the proxy's ports ran out.
func (x *proxyPorts) finding(f *foundNoPort, start time.Time) exhaustion.Finding {
	after := f.At.Sub(start).Seconds()
	out := exhaustion.Finding{
		Outcome: exhaustion.Exhausted, Exhausted: true, Host: x.proxy.name, Call: f.Call, Errno: f.Errno, Said: f.Said,
		AfterConnections: &f.Opened, AfterSeconds: &after, Evidence: &f.Evidence,
	}
	if f.Errno == "" {
		out.Uncertain = fmt.Sprintf("Whether that is why there were errors is uncertain, because the %s's program was "+
			"not heard to say that it found no port.", x.proxy.name)
	}
	return out
}

// first puts the finding of the host whose ports ran out first in the place of one, and
// says that the other's ran out too.
func (x *proxyPorts) first(one *exhaustion.Finding, start time.Time) []results.Warning {
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

// tell adds the law of the proxy's ports to it, in a result.
func (x *proxyPorts) tell(r *results.Run) {
	if x == nil {
		return
	}
	law := capacity.Predict(x.law)
	r.Hosts.Proxy.Prediction = &law
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

// spareWarning tells of a proxy that found no port while the kernel had some.
func (x *proxyPorts) spareWarning() []results.Warning {
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
	return []results.Warning{{Code: "proxy-refused", Text: fmt.Sprintf("the proxy said that a connect found no port "+
		"(%q), and %d of the %d of its net.ipv4.ip_local_port_range were in use%s: they had not run out; a range of "+
		"ports or an address in its own configuration may be the cause", f.Said, e.PortsInUse, e.Capacity, to)}}
}
