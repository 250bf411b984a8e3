package engine

import (
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// dialer makes sockets and connects them as a plan says.
type dialer struct {
	plan    *Plan
	control *Control
	options []sys.Option
	sources []sys.Address // to bind to; none leaves the address to the kernel
	targets []sys.Address
}

func newDialer(p *Plan, c *Control) dialer {
	d := dialer{plan: p, control: c, options: options(p)}
	for _, a := range p.Sources {
		d.sources = append(d.sources, sys.NewAddress(netip.AddrPortFrom(a, 0)))
	}
	if len(p.Sources) == 0 && len(p.Walk) > 0 {
		d.sources = append(d.sources, sys.NewAddress(netip.AddrPortFrom(anyAddress(p.Destinations[0]), 0)))
	}
	for _, a := range p.Destinations {
		d.targets = append(d.targets, sys.NewAddress(a))
	}
	return d
}

// options lists the socket options of every connection.
func options(p *Plan) []sys.Option {
	var opts []sys.Option
	if p.Linger.On {
		opts = append(opts, sys.LingerOption(int(p.Linger.Timeout/time.Second)))
	}
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

// dialed is a connect(2) that was tried. With a failure, fd is closed.
type dialed struct {
	fd    int
	began time.Duration
	call  time.Duration // time inside connect(2), and bind(2) where it picks the port
	metrics.Failure
}

// dial opens a socket for the given tuple and begins to connect it. A walk
// goes on to the next port while a port is taken; when all are, the last
// failure stands.
func (d *dialer) dial(tuple int64) dialed {
	if len(d.plan.Walk) == 0 {
		return d.try(tuple, 0)
	}
	began := time.Since(d.control.Start)
	var out dialed
	for range d.plan.Walk {
		port := d.plan.Walk[d.control.step(tuple)%int64(len(d.plan.Walk))]
		if out = d.try(tuple, port); !out.Failure.PortsExhausted() {
			break
		}
	}
	out.call = out.began + out.call - began
	out.began = began
	return out
}

// try opens one socket and connects it from the given port; 0 lets the
// kernel pick one.
func (d *dialer) try(tuple int64, port uint16) dialed {
	target := &d.targets[tuple/int64(max(len(d.sources), 1))]
	fd, e := sys.Socket(target.Family())
	if e != 0 {
		return d.failed(-1, metrics.CallSocket, e)
	}
	for i := range d.options {
		if e := d.options[i].Set(fd); e != 0 {
			return d.failed(fd, metrics.CallSetsockopt, e)
		}
	}
	began := time.Since(d.control.Start)
	if len(d.sources) > 0 {
		source := d.sources[tuple%int64(len(d.sources))]
		source.SetPort(port)
		if e := sys.Bind(fd, &source); e != 0 {
			return d.failed(fd, metrics.CallBind, e)
		}
	}
	e = sys.Connect(fd, target)
	call := time.Since(d.control.Start) - began
	if e != 0 && e != unix.EINPROGRESS {
		out := d.failed(fd, metrics.CallConnect, e)
		out.began, out.call = began, call
		return out
	}
	return dialed{fd: fd, began: began, call: call}
}

func (d *dialer) failed(fd int, call metrics.Call, e syscall.Errno) dialed {
	if fd >= 0 {
		sys.Close(fd)
	}
	return dialed{fd: -1, began: time.Since(d.control.Start), Failure: metrics.Failure{Call: call, Errno: e}}
}

// anyAddress is the unspecified address of the family of a.
func anyAddress(a netip.AddrPort) netip.Addr {
	if a.Addr().Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}
