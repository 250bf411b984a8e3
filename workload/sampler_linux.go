package workload

import (
	"cmp"
	"net/netip"
	"time"

	"tcpbench/internal/procnet"
	"tcpbench/internal/sockdiag"
	"tcpbench/internal/sys"
	"tcpbench/law/capacity"
	"tcpbench/scenario"
)

// settleTime is what the last connections get to reach TIME_WAIT.
const settleTime = 300 * time.Millisecond

// sampler reads the kernel's view of the run. What cannot be read is left
// out, and the first error of each kind is kept.
type sampler struct {
	destinations []netip.AddrPort
	// reuseAfter is the age from which a TIME_WAIT's port can be taken over;
	// 0 when it cannot.
	reuseAfter time.Duration
	hosts      procnet.Hosts // whose connections they are
	sockets    *sockdiag.Lister
	portless   bool        // connections have no ports
	fresh      bool        // this host had no sockets before the run
	quiet      func() bool // as in Options
	finWait2   bool        // whether these are reported
	ended      bool        // connections that were over were mostly TIME_WAITs
	keepalive  bool        // whether its timers are reported
	cpu        func() (user, system time.Duration)

	timeWaitErr, portsErr error
}

// sample is the kernel's view at one moment.
type sample struct {
	timeWait, inUse *int
	reusable        *int // of inUse; nil when none can be taken over
	left            int  // of inUse: held by connections that are over, and not reusable
	held            int  // of inUse: not reusable
	finWait2        *int
	ended           *int             // of inUse: TIME_WAITs, where it is all of them
	keepalive       *keepaliveTimers // nil where no connection has one
	user, system    time.Duration
}

// keepaliveTimers are those of SO_KEEPALIVE on connections that are open.
type keepaliveTimers struct {
	next   time.Duration // when the first goes off
	probes int           // the most without an answer
}

// add takes in the timer of a connection, if it has one, and returns what is
// known then.
func (k *keepaliveTimers) add(s sockdiag.Socket) *keepaliveTimers {
	switch {
	case !s.Keepalive:
		return k
	case k == nil:
		return &keepaliveTimers{s.Expires, s.Probes}
	}
	k.next, k.probes = min(k.next, s.Expires), max(k.probes, s.Probes)
	return k
}

func newSampler(o Options) *sampler {
	s := &sampler{destinations: o.Destinations, reuseAfter: o.ReuseAfter, cpu: sys.ProcessUsage,
		hosts: procnet.Hosts{PID: "self", Networks: o.Networks}}
	if o.CPU != nil {
		s.cpu = o.CPU
	}
	s.finWait2 = o.ServerClosing().KeepsOpen
	s.keepalive = o.Mode == scenario.ModeIdle && !o.TCPKeepalive.IsZero()
	if s.portless = o.File != ""; s.portless {
		return s
	}
	s.sockets, s.portsErr = sockdiag.OpenIn(o.Networks)
	n, err := s.hosts.Sockets()
	s.fresh, s.quiet = err == nil && n == (procnet.SocketCount{}), o.Quiet
	return s
}

func (s *sampler) close() {
	if s.sockets != nil {
		s.sockets.Close()
	}
}

// errs are the kinds of samples that failed.
func (s *sampler) errs() []error {
	var out []error
	for _, err := range []error{s.timeWaitErr, s.portsErr} {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}

func (s *sampler) take() sample {
	var out sample
	out.user, out.system = s.cpu()
	if s.portless {
		return out
	}
	if n, err := s.hosts.TimeWaits(); err == nil {
		out.timeWait = &n
	} else {
		s.timeWaitErr = cmp.Or(s.timeWaitErr, err)
	}
	if p, err := s.ports(sockdiag.AnyState); err == nil {
		out.inUse, out.left, out.held = &p.inUse, p.over-p.reusable, p.inUse-p.reusable
		if s.reuseAfter > 0 {
			out.reusable = &p.reusable
		}
		if p.timeWait == p.inUse {
			out.ended = &p.timeWait
		}
		if s.finWait2 {
			out.finWait2 = &p.finWait2
		}
		if s.keepalive {
			out.keepalive = p.keepalive
		}
	} else {
		s.portsErr = cmp.Or(s.portsErr, err)
	}
	return out
}

// kept is how many ports a load keeps. A connection per request gives its port
// back in a moment, so those count that it leaves behind; one that is held
// keeps its port while it is open too, and a program may hold some.
func (s sample) kept(o Options) int {
	if o.Mode == scenario.ModeShort && o.Program == nil {
		return s.left
	}
	return s.held
}

// ports are numbers of sockets towards all destinations.
type ports struct {
	inUse    int
	over     int // of connections that the client has closed
	timeWait int
	reusable int // TIME_WAITs whose port can be taken over
	finWait2 int

	keepalive *keepaliveTimers
}

// ports counts the sockets in the given states.
func (s *sampler) ports(states sockdiag.States) (ports, error) {
	var p ports
	if s.sockets == nil {
		return p, s.portsErr
	}
	n, err := s.hosts.Sockets()
	switch {
	case err == nil && n == (procnet.SocketCount{}):
		return p, nil
	case err == nil && s.allEnded(n) && states == sockdiag.NotTimeWait:
		return p, nil
	case err == nil && s.allEnded(n) && states == sockdiag.AnyState:
		return ports{inUse: n.TimeWaits, over: n.TimeWaits, timeWait: n.TimeWaits}, nil
	}
	count := func(sock sockdiag.Socket) {
		p.inUse++
		if sock.Over {
			p.over++
		}
		if sock.TimeWait {
			p.timeWait++
		}
		if sock.State == sockdiag.FinWait2 {
			p.finWait2++
		}
		p.keepalive = p.keepalive.add(sock)
		if Reusable(sock, s.reuseAfter) {
			p.reusable++
		}
	}
	if err := s.sockets.Towards(s.destinations, states, count); err != nil {
		return ports{}, err
	}
	if states == sockdiag.AnyState {
		s.learn(p)
	}
	return p, nil
}

// learn notes in which state most of those connections are that are over. The kernel counts
// both in one number (sockstat), so that those in FIN_WAIT_2 have to be listed.
func (s *sampler) learn(p ports) {
	const few = 10
	s.finWait2 = s.finWait2 || p.finWait2 >= few && 2*p.finWait2 > p.over
	s.ended = s.ended || p.timeWait >= few && 2*p.timeWait > p.over
}

// allEnded reports whether the sockets that this host has are all TIME_WAITs of the run, of
// which nothing else is asked than how many they are: then they need not be listed.
func (s *sampler) allEnded(n procnet.SocketCount) bool {
	return s.fresh && s.ended && !s.finWait2 && n.InUse == 0 && s.reuseAfter == 0 && s.quiet != nil && s.quiet()
}

// Reusable reports whether a connect takes over the port of a TIME_WAIT, as it does of
// those that are older than reuseAfter; of none where that is 0.
func Reusable(s sockdiag.Socket, reuseAfter time.Duration) bool {
	return s.TimeWait && reuseAfter > 0 && capacity.TimeWait-s.Expires > reuseAfter
}

// settled is the last sample. It waits, for a moment at most, until the kernel has
// finished the last connections, so that its counters tell all of the run. A sample from
// before does not do: one may have ended between its figures.
func (s *sampler) settled() sample {
	for end := time.Now().Add(settleTime); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if p, err := s.ports(sockdiag.NotTimeWait); err != nil || p.inUse == 0 {
			break
		}
	}
	return s.take()
}
