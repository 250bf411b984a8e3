package workload

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/law/capacity"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
	"tcpbench/workload/requestlog"
)

// Options are what a run does, with every name resolved.
type Options struct {
	scenario.Workload

	// Sources are bound in turn; none leaves the address to the kernel.
	Sources []netip.Addr
	// Networks are the network namespaces of the hosts that the Sources are of, in turn, the
	// first of them that of the process; none is that one alone.
	Networks sys.Networks
	// Destinations are used in turn.
	Destinations []netip.AddrPort
	// File is the Unix socket that is the one destination, without an address; "" for TCP.
	// Nothing of ports is sampled then.
	File string
	// Scheme is the name of one of scenario.Schemes; "" is tcp.
	Scheme string
	// Ask is what http requests ask for. Without an Authority they name the first
	// destination as their host.
	engine.Ask
	// Asks are what they ask for of each destination, in turn, where that is not Ask alone.
	Asks [][]engine.Ask
	// Part is which of several hosts that share a plan of starts this is.
	Part Part
	// Gate has the run wait, once all else is ready, for the instant at which it begins; nil
	// begins at once.
	Gate Gate
	// Bare leaves latencies out: what recording costs is measured against it.
	Bare bool
	// Cut takes the link down; nil where there is none to take down.
	Cut func() error
	// Enough ends the run when it is closed, as if its time were over; nil never is.
	Enough <-chan struct{}
	// Lasts reports whether what the load needs of other hosts lasts too: without it
	// no load is said to be sustained; nil is yes.
	Lasts func() bool
	// Quiet reports whether the host of all destinations has no connection left in any
	// state, so that none of the client's waits for anything but its time; nil where that
	// is not known.
	Quiet func() bool
	// Log is what takes a row of each request of a worker; nil without a log.
	Log func(worker int) *requestlog.Ring
	// Program is one of the user's that opens the connections, of engine exec only, and
	// CPU what it has used of the processor; nil is this process.
	Program engine.Program
	CPU     func() (user, system time.Duration)
	// NATPorts is how many connections can be open at a time through a NAT, towards all
	// destinations; 0 is none, or not known.
	NATPorts int64
	// Processors are those that threads are pinned to, one each; none leaves it to the
	// scheduler. Only of an engine that has threads of its own.
	Processors []int
	// LocalPorts are those that a connection may have, in rising order.
	// PortSelectWalk binds them in turn.
	LocalPorts []uint16
	// Capacity is how many local ports can be in use towards all
	// destinations at a time.
	Capacity int
	// Surely is how many of them are found for sure.
	Surely int
	// Freed: a connection that is over leaves its port free at once.
	Freed bool
	// ReuseAfter is the age from which the kernel lets a connect take over a
	// TIME_WAIT's port; 0 when it does not.
	ReuseAfter time.Duration
	// ProvedAfter is how long a rate, in connections per second, must go on
	// before steady ports prove that it lasts; nil where they always do.
	ProvedAfter func(rate float64, starts capacity.Starts) time.Duration
}

// walk are the ports to bind explicitly, in order; none lets the kernel pick.
func (o Options) walk() []uint16 {
	if o.PortSelect != scenario.PortSelectWalk {
		return nil
	}
	return o.LocalPorts
}

// reserves reports whether bind(2) takes a port of a source for every destination.
func (o Options) reserves() bool {
	return len(o.Sources) > 0 && !o.BindNoPort && o.PortSelect == scenario.PortSelectKernel
}

// loose is before which connection no pair of source and destination can have run out
// of ports, of which so many were held before; math.MaxInt64 where none ever does. An
// eighth is for ports that others take meanwhile.
func (o Options) loose(held int) int64 {
	if o.File != "" {
		return math.MaxInt64
	}
	pairs := int64(max(len(o.Sources), 1) * len(o.Destinations))
	taken := pairs * int64(held)
	if o.Freed && 2*(pairs*int64(o.Concurrency)+taken) <= int64(o.Capacity) {
		return math.MaxInt64
	}
	left := max(int64(o.Capacity)-taken, 0)
	return left - left/8
}

// validate reports what is missing. Everything else was checked where it was
// read: see scenario.Workload.Validate.
func (o Options) validate() error {
	var errs []error
	if len(o.Destinations) == 0 {
		errs = append(errs, errors.New("destinations: there is none"))
	}
	if o.PortSelect == scenario.PortSelectWalk && len(o.LocalPorts) == 0 {
		errs = append(errs, errors.New("port-select: there is no port to walk over"))
	}
	if _, err := scenario.SchemeNamed(o.Scheme); err != nil && o.Scheme != "" {
		errs = append(errs, fmt.Errorf("scheme: %w", err))
	}
	if o.Capacity < 1 && o.File == "" {
		errs = append(errs, errors.New("ports: none is left to connect from; widen net.ipv4.ip_local_port_range "+
			"or source-ports"))
	}
	return errors.Join(errs...)
}
