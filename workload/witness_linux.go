package workload

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sockdiag"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/workload/engine"
)

// witness looks, at the first failure for lack of a port, at what holds the
// ports. It runs on the worker that failed, before that one closes anything, and
// is used by one worker at a time.
type witness struct {
	options Options
	sockets *sockdiag.Lister

	evidence *exhaustion.Evidence
	refusal  *exhaustion.Refusal // the first failure that was not for lack of one
}

func newWitness(o Options) *witness {
	w := &witness{options: o}
	w.sockets, _ = sockdiag.OpenIn(o.Networks) // the sampler says why it cannot be
	return w
}

func (w *witness) close() {
	if w.sockets != nil {
		w.sockets.Close()
	}
}

// look reports whether ports have run out: they are in use, or what is free can
// not be explained otherwise. Without evidence the kernel's word stands.
func (w *witness) look(ex engine.Exhaustion) bool {
	e, ok := w.ports(ex)
	if !ok {
		return true
	}
	cause := exhaustion.Unexplained
	if !e.Full() && w.noAddress(ex) {
		cause = exhaustion.NoSource
	}
	// Some ports may have come free before they were counted, as with many threads.
	ranOut := e.Full() || cause == exhaustion.Unexplained && 2*e.PortsInUse >= e.Capacity
	if ranOut || w.refusal == nil {
		w.evidence = &e
	}
	if !ranOut && w.refusal == nil {
		w.refusal = refusal(ex, cause)
	}
	return ranOut
}

// refusal says what failed instead.
func refusal(ex engine.Exhaustion, cause exhaustion.Cause) *exhaustion.Refusal {
	r := &exhaustion.Refusal{Call: ex.Call.String(), Errno: metrics.ErrnoName(ex.Errno), Cause: cause,
		Target: ex.Destination.String()}
	if off := ipv6Off(); off != "" && cause == exhaustion.NoSource && ex.Destination.Addr().Is6() {
		r.Cause, r.Sysctl = exhaustion.NoIPv6, off
	}
	return r
}

// ports counts those in use of the pair that failed; false where that cannot be
// known.
func (w *witness) ports(ex engine.Exhaustion) (exhaustion.Evidence, bool) {
	if w.sockets == nil || len(w.options.LocalPorts) == 0 {
		return exhaustion.Evidence{}, false
	}
	held := w.newHeld(ex)
	lo, hi := w.options.LocalPorts[0], w.options.LocalPorts[len(w.options.LocalPorts)-1]
	err := w.sockets.Connections(lo, hi, sockdiag.AnyState, held.connection)
	if err == nil {
		err = w.sockets.Bound(held.bound)
	}
	e := exhaustion.Evidence{PortsInUse: held.n, Capacity: len(w.options.LocalPorts), States: held.states}
	if max(len(w.options.Sources), 1)*len(w.options.Destinations) > 1 {
		e.Destination = ex.Destination.String()
		if ex.Source.IsValid() {
			e.Source = ex.Source.String()
		}
	}
	return e, err == nil
}

// closed counts the closed connections of the pair by the state in which they
// wait. Another goroutine asks, through a Lister of its own.
func (w *witness) closed(ex engine.Exhaustion, sockets *sockdiag.Lister) map[string]int {
	if sockets == nil || len(w.options.LocalPorts) == 0 {
		return nil
	}
	held := w.newHeld(ex)
	lo, hi := w.options.LocalPorts[0], w.options.LocalPorts[len(w.options.LocalPorts)-1]
	waits := func(c sockdiag.Connection) {
		if c.TimeWait || c.Over && (c.State == sockdiag.FinWait2 || c.Resent > 0) {
			held.connection(c)
		}
	}
	if err := sockets.Connections(lo, hi, sockdiag.AnyState, waits); err != nil {
		return nil
	}
	return held.states
}

// held counts ports, each once, by the state of what holds it.
type held struct {
	source      netip.Addr // not valid: any
	destination netip.AddrPort
	reserved    bool // whatever the destination, a port of the source is taken
	free        [1 << 16]bool
	states      map[string]int
	n           int
}

func (w *witness) newHeld(ex engine.Exhaustion) *held {
	h := &held{source: ex.Source, destination: ex.Destination, reserved: w.options.reserves(),
		states: map[string]int{}}
	for _, p := range w.options.LocalPorts {
		h.free[p] = true
	}
	return h
}

func (h *held) connection(c sockdiag.Connection) {
	if (h.source.IsValid() && c.Local.Addr() != h.source) || (!h.reserved && c.Peer != h.destination) {
		return
	}
	h.take(c.Local.Port(), c.State)
}

func (h *held) bound(port uint16, s sockdiag.State) { h.take(port, s) }

func (h *held) take(port uint16, s sockdiag.State) {
	if h.free[port] {
		h.free[port] = false
		h.states[s.String()]++
		h.n++
	}
}

// noAddress reports whether the host of the source has none to connect from.
func (w *witness) noAddress(ex engine.Exhaustion) (none bool) {
	host := max(slices.Index(w.options.Sources, ex.Source), 0)
	err := w.options.Networks.In(host, func() error { none = noAddress(ex.Source, ex.Destination); return nil })
	return err == nil && none
}

// noAddress reports whether this host has no address to connect from. A UDP socket
// asks: its connect(2) sends nothing, and chooses the source as TCP's does, but
// needs none of TCP's ports.
func noAddress(source netip.Addr, to netip.AddrPort) bool {
	family := unix.AF_INET6
	if to.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	if source.IsValid() {
		err = unix.Bind(fd, sockaddr(netip.AddrPortFrom(source, 0)))
	}
	if err == nil {
		err = unix.Connect(fd, sockaddr(to))
	}
	return err == unix.EADDRNOTAVAIL
}

// ipv6Off is the sysctl that switches IPv6 off in the calling process's network
// namespace, for all interfaces or for one; "" where none does.
func ipv6Off() string {
	const conf = "/proc/sys/net/ipv6/conf/"
	files, _ := filepath.Glob(conf + "*/disable_ipv6") // its one error is of the pattern
	for _, file := range append([]string{conf + "all/disable_ipv6"}, files...) {
		value, err := os.ReadFile(file)
		if name := filepath.Base(filepath.Dir(file)); err == nil && name != "default" &&
			strings.TrimSpace(string(value)) == "1" {
			return "net.ipv6.conf." + name + ".disable_ipv6"
		}
	}
	return ""
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: a.Addr().As4(), Port: int(a.Port())}
	}
	return &unix.SockaddrInet6{Addr: a.Addr().As16(), Port: int(a.Port())}
}
