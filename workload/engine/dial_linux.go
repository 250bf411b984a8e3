package engine

import (
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// dialer connects sockets as a plan says.
type dialer struct {
	worker  *worker
	options []sys.Option
	sources []sys.Address // to bind to; none leaves the address to the kernel
	targets []sys.Address
	source  sys.Address // the one in use, with its port
	host    int         // of several, the one whose network namespace the thread is in
}

func newDialer(w *worker) dialer {
	p := w.Plan
	d := dialer{worker: w, options: options(p)}
	for _, a := range p.Sources {
		d.sources = append(d.sources, sys.NewAddress(netip.AddrPortFrom(a, 0)))
	}
	if len(p.Sources) == 0 && len(p.Walk) > 0 {
		d.sources = append(d.sources, sys.NewAddress(netip.AddrPortFrom(anyAddress(p.Destinations[0]), 0)))
	}
	if p.File != "" {
		d.targets = []sys.Address{sys.NewUnixAddress(p.File)}
		return d
	}
	for _, a := range p.Destinations {
		d.targets = append(d.targets, sys.NewAddress(a))
	}
	return d
}

// family is the address family of all connections of a run.
func (d *dialer) family() int { return d.targets[0].Family() }

// options lists the socket options of every connection.
func options(p *Plan) []sys.Option {
	var opts []sys.Option
	if p.Linger.On {
		opts = append(opts, sys.LingerOption(int(p.Linger.Timeout/time.Second)))
	}
	opts = append(opts, portOptions(p)...)
	return append(opts, keepalive(p.TCPKeepalive)...)
}

// portOptions are those that decide how a local port is found.
func portOptions(p *Plan) []sys.Option {
	var opts []sys.Option
	if len(p.Walk) > 0 {
		opts = append(opts, sys.IntOption(unix.SOL_SOCKET, unix.SO_REUSEADDR, 1))
	} else if len(p.Sources) > 0 && p.BindNoPort {
		opts = append(opts, sys.IntOption(unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1))
	}
	if r := p.SourcePorts; r != (scenario.PortRange{}) && len(p.Walk) == 0 {
		// ip(7): the upper bound is in the high 16 bits, in host byte order.
		opts = append(opts, sys.IntOption(unix.IPPROTO_IP, unix.IP_LOCAL_PORT_RANGE, int(r.Hi)<<16|int(r.Lo)))
	}
	return opts
}

// keepalive are the options of SO_KEEPALIVE (tcp(7)).
func keepalive(k scenario.TCPKeepalive) []sys.Option {
	if k.IsZero() {
		return nil
	}
	on := sys.IntOption(unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	if k.Alone {
		return []sys.Option{on}
	}
	return []sys.Option{
		sys.IntOption(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, int(k.Idle/time.Second)),
		sys.IntOption(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, int(k.Interval/time.Second)),
		sys.IntOption(unix.IPPROTO_TCP, unix.TCP_KEEPCNT, k.Count),
		on,
	}
}

// keepaliveOfGo is k for Go's net package, which has defaults of its own for
// values of 0 and leaves the kernel's where they are negative.
func keepaliveOfGo(k scenario.TCPKeepalive) net.KeepAliveConfig {
	if k.Alone {
		return net.KeepAliveConfig{Enable: true, Idle: -1, Interval: -1, Count: -1}
	}
	return net.KeepAliveConfig{Enable: !k.IsZero(), Idle: k.Idle, Interval: k.Interval, Count: k.Count}
}

// dialed is a connect(2) that was tried. With a failure, the socket is closed.
type dialed struct {
	began time.Duration
	call  time.Duration // time inside connect(2), and bind(2) where it picks the port
	port  uint16        // the local one; 0 is not known
	metrics.Failure
}

// ended is when connect(2) returned.
func (d dialed) ended() time.Duration { return d.began + d.call }

// dial opens a socket for connection i on the given tuple and begins to
// connect it. A walk goes on to the next port while a port is taken; when all
// are, the last failure stands.
func (d *dialer) dial(i int32, tuple int64) dialed {
	p := d.worker.Plan
	if len(p.Walk) == 0 {
		return d.try(i, tuple, 0)
	}
	began := d.worker.now()
	var out dialed
	for range p.Walk {
		port := p.Walk[d.worker.Control.step(tuple)%int64(len(p.Walk))]
		if out = d.try(i, tuple, port); !out.Failure.PortsExhausted() {
			break
		}
	}
	out.call = out.began + out.call - began
	out.began = began
	return out
}

// try opens one socket and connects it from the given port; 0 lets the
// kernel pick one.
func (d *dialer) try(i int32, tuple int64, port uint16) dialed {
	w := d.worker
	if e := d.enter(tuple); e != 0 {
		return dialed{began: w.now(), Failure: metrics.Failure{Call: metrics.CallSocket, Errno: e}}
	}
	if f := w.socket(i); f.Errno != 0 {
		return dialed{began: w.now(), Failure: f}
	}
	began := w.now()
	if len(d.sources) > 0 {
		d.source = d.sources[tuple%int64(len(d.sources))]
		d.source.SetPort(port)
		if e := w.bind(i, &d.source); e != 0 {
			w.discard(i)
			return dialed{began: w.now(), Failure: metrics.Failure{Call: metrics.CallBind, Errno: e}}
		}
	}
	e := w.connect(i, &d.targets[tuple/int64(max(len(d.sources), 1))])
	out := dialed{began: began, call: w.now() - began, port: port}
	switch {
	case e != 0:
		w.discard(i)
		out.Failure = metrics.Failure{Call: metrics.CallConnect, Errno: e}
	case port == 0 && w.Log != nil:
		out.port = w.localPort(i) // a system call, which only the log pays for
	}
	return out
}

// enter takes the thread to the host of a tuple's source: a socket belongs to the network
// namespace that it is made in, whoever uses it.
func (d *dialer) enter(tuple int64) syscall.Errno {
	hosts := d.worker.Plan.Networks
	if len(hosts) == 0 {
		return 0
	}
	host := int(tuple%int64(len(d.sources))) % len(hosts)
	if host == d.host {
		return 0
	}
	e := hosts.Enter(host)
	if e == 0 {
		d.host = host
	}
	return e
}

// anyAddress is the unspecified address of the family of a.
func anyAddress(a netip.AddrPort) netip.Addr {
	if a.Addr().Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}
