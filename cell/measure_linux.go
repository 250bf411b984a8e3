package cell

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"tcpbench/capacity"
	"tcpbench/internal/fault"
	"tcpbench/internal/procnet"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/workload"
)

// Here measures a cell against external targets, in the network namespace of
// the calling process. observe is told about every interval.
func Here(ctx context.Context, s Spec, observe func(metrics.Interval)) (*results.Run, error) {
	p, err := outside(ctx, s)
	if err != nil {
		return nil, err
	}
	return measure(ctx, s, p, observe)
}

// outside is the place of a cell that has no lab.
func outside(ctx context.Context, s Spec) (*Place, error) {
	targets, err := scenario.ParseTargets(s.Targets)
	if err != nil {
		return nil, fault.Usage(err)
	}
	destinations, err := resolveTargets(ctx, targets, s.Workload.IP)
	if err != nil {
		return nil, err
	}
	for _, a := range s.Workload.Source.Addrs {
		for _, d := range destinations {
			if a.Is4() != d.Addr().Is4() {
				return nil, fault.Usagef("source: %s cannot reach %s, which is of the other address family", a, d)
			}
		}
	}
	p := newPlace(targets, destinations)
	p.Sources, p.targetKind = s.Workload.Source.Addrs, "external"
	return p, nil
}

// measure drives the workload in the place and puts the result together.
func measure(ctx context.Context, s Spec, p *Place, observe func(metrics.Interval)) (*results.Run, error) {
	env := environment()
	env.Lab, env.TargetKind, env.Server, env.ServerSysctls = p.server != nil, p.targetKind, p.serverName, p.serverSysctls
	set, err := settings(s.Workload, env.Sysctls, p.serverSysctls, len(p.Sources), p.Destinations)
	if err != nil {
		return nil, err
	}
	engine, fallback, err := chooseEngine(s.Workload, p.Scheme)
	if err != nil {
		return nil, err
	}
	s.Workload = effective(s.Workload, engine)
	opts, err := options(s.Workload, env, set, p)
	if err != nil {
		return nil, err
	}
	opts.Engine, env.Engine = engine, string(engine)
	counters := counters{server: p.serverPID()}
	m, err := workload.Run(ctx, opts, workload.Observer{Begin: counters.begin, Interval: observe})
	if err != nil {
		return nil, err
	}
	counters.end()
	r := assemble(s, p, env, set, m, &counters)
	if fallback != nil {
		r.Warnings = append(r.Warnings, *fallback)
	}
	return r, nil
}

// options resolves the workload for the place, and refuses what this host or
// its kernel would not do.
func options(w scenario.Workload, env results.Environment, set capacity.Settings, p *Place) (workload.Options, error) {
	opts := workload.Options{
		Workload:     w,
		Sources:      p.Sources,
		Destinations: p.Destinations,
		Scheme:       p.Scheme,
		Authority:    p.Authority,
		Path:         p.Path,
		Capacity:     int(set.Tuples()),
	}
	if p.server != nil {
		opts.Cut = p.Cut
	}
	if _, _, err := opts.Requests(); err != nil {
		return workload.Options{}, fault.Usage(err)
	}
	if set.Reuses() {
		opts.ReuseAfter = set.ReuseDelay
	}
	if w.PortSelect == scenario.PortSelectWalk {
		ports, err := usablePorts(w, env.Sysctls)
		if err != nil {
			return workload.Options{}, err
		}
		for _, port := range ports {
			opts.WalkPorts = append(opts.WalkPorts, uint16(port))
		}
	}
	if set.Ports == 0 {
		return workload.Options{}, fault.Usagef("no local port is left to connect from: net.ipv4.ip_local_reserved_ports covers all of them")
	}
	return opts, probe(w, p)
}

// probe tries on one socket what every connection will do before connect(2):
// options that this kernel lacks and addresses that this host lacks.
func probe(w scenario.Workload, p *Place) error {
	if !w.SourcePorts.IsZero() {
		if err := probeLocalPorts(); err != nil {
			return err
		}
	}
	for _, a := range p.Sources {
		if err := probeSource(a); err != nil {
			return err
		}
	}
	return nil
}

func probeLocalPorts() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("probe source-ports: %w", os.NewSyscallError("socket", err))
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_LOCAL_PORT_RANGE, 0); errors.Is(err, unix.ENOPROTOOPT) {
		return fault.Host(fmt.Errorf("source-ports: IP_LOCAL_PORT_RANGE needs Linux 6.3; use --sysctl net.ipv4.ip_local_port_range instead: %w", err))
	} else if err != nil {
		return fmt.Errorf("probe source-ports: %w", os.NewSyscallError("setsockopt", err))
	}
	return nil
}

func probeSource(a netip.Addr) error {
	family, sa := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Addr: a.As16()})
	if a.Is4() {
		family, sa = unix.AF_INET, &unix.SockaddrInet4{Addr: a.As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("probe source %s: %w", a, os.NewSyscallError("socket", err))
	}
	defer unix.Close(fd)
	// Without a port, and without taking one.
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
		return fmt.Errorf("probe source %s: %w", a, os.NewSyscallError("setsockopt", err))
	}
	if err := unix.Bind(fd, sa); err != nil {
		return fault.Usage(fmt.Errorf("source: %s is not an address of this host (%w); `ip address` lists those that are", a, err))
	}
	return nil
}

// counters reads the kernel's counters of both sides around a run.
type counters struct {
	server                     int // process id, 0 for none
	clientBefore, serverBefore procnet.Counters
	client, other              map[string]int64
	err                        error
}

func (c *counters) begin() {
	c.clientBefore = c.read("self")
	if c.server != 0 {
		c.serverBefore = c.read(strconv.Itoa(c.server))
	}
}

func (c *counters) end() {
	if c.clientBefore != nil {
		c.client = c.read("self").Since(c.clientBefore)
	}
	if c.serverBefore != nil {
		c.other = c.read(strconv.Itoa(c.server)).Since(c.serverBefore)
	}
}

func (c *counters) read(pid string) procnet.Counters {
	n, err := procnet.Read(pid)
	c.err = errors.Join(c.err, err)
	return n
}
