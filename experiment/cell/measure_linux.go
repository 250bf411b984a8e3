package cell

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
	"tcpbench/internal/procnet"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
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
	r, err := measure(ctx, s, p, observe)
	if err == nil {
		limit(r, p.processors)
	}
	return r, err
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
	if err := s.permits(destinations); err != nil {
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
	env := p.environment(s)
	set, err := p.law(s, env)
	if err != nil {
		return nil, err
	}
	s.Workload.Sockets = sockets(s.Workload, set, set.Timestamps && p.knowsNear())
	engine, fallback, err := chosenEngine(s.Workload, p.Scheme)
	if err != nil {
		return nil, err
	}
	watch, err := p.watch(s.Workload.Interval)
	if err != nil {
		return nil, err
	}
	defer watch.close()
	s.Workload = engine.Does(s.Workload)
	if err := p.follow(s, env, set); err != nil {
		return nil, err
	}
	defer p.unfollow()
	opts, err := options(s.Workload, env, set, p)
	if err != nil {
		return nil, err
	}
	opts.Processors, opts.Quiet = p.pins(s, engine), watch.quiet(p)
	opts.Engine, env.Engine = engine.Name, string(engine.Name)
	if !engine.Outside { // else it is not known
		env.Sockets = string(opts.Sockets)
	}
	packets, err := startCapture(s.Workload, p)
	if err != nil {
		return nil, err
	}
	counters, work := newCounters(p), newProcessors(p)
	p.processors = work
	begin := func() { counters.begin(); watch.begin(); work.begin(); p.natPorts.begin() }
	opts.Gate, opts.Part = s.start.gate, s.Part
	m, log, err := s.drive(ctx, p, opts, workload.Observer{Started: s.start.began, Begin: begin,
		Interval: each(work.interval, watch.see, p.proxyPorts.interval, p.serverPorts.interval,
			p.live(set, observe))})
	if err != nil {
		return nil, err
	}
	p.serverCost.end()
	time.Sleep(settling(s.Workload))
	watch.end(m.Ended)
	p.finish(m.Recorder)
	kernel := counters.end()
	p.dismiss(s.Workload)
	r := assemble(s, p, env, set, m, kernel)
	packets.finish(r)
	r.Hosts, r.Server = watch.hosts(), work.server(p)
	p.tell(r)
	r.RequestLog = log
	r.Warnings = slices.Concat(r.Warnings, programWarnings(r), logWarnings(log), unread(counters.err, watch.err()))
	if fallback != nil {
		r.Warnings = append(r.Warnings, *fallback)
	}
	return r, nil
}

// drive runs the workload, with a log of its requests where there is to be one.
func (s Spec) drive(ctx context.Context, p *Place, o workload.Options, observer workload.Observer) (
	*workload.Measurement, *results.RequestLog, error) {
	endLog, err := s.logRequests(p, &o)
	if err != nil {
		return nil, nil, err
	}
	m, err := workload.Run(ctx, o, observer)
	log := endLog()
	if err == nil {
		err = p.program.died()
	}
	return m, log, err
}

// law is what the law of the client's ports depends on.
func (p *Place) law(s Spec, env results.Environment) (capacity.Settings, error) {
	if p.socket != "" {
		return portless(s.Workload), nil
	}
	set, err := settings(s.Workload, env.Sysctls, p.nearSysctls(), len(p.Sources), p.Destinations)
	if err != nil {
		return set, err
	}
	set = set.On(env.HZ, env.Kernel)
	set.Meets = p.meets()
	if p.program != nil {
		set.Program = capacity.ProgramOf(exhaustion.ClientHost, s.Client.Command)
	}
	if p.proxy != nil && set.PeerUnstamped != "" {
		set.PeerUnstamped = "proxy"
	}
	return set, nil
}

// meets is what connections end at.
func (p *Place) meets() capacity.Met {
	switch p.targetKind {
	case "external":
		return capacity.MeetsTarget
	case "proxy":
		return capacity.MeetsProxy
	case "command":
		return capacity.MeetsOther
	default:
		return ""
	}
}

// follow begins to follow the ports of the user's programs that open connections.
func (p *Place) follow(s Spec, env results.Environment, set capacity.Settings) error {
	var err error
	if err = p.followHosts(s.Workload, env.HZ); err != nil {
		return err
	}
	if p.natPorts, err = p.followNAT(s, set.Tuples(), env.Kernel); err != nil {
		return err
	}
	return p.program.follow(s.Workload, set, env.Sysctls)
}

func (p *Place) unfollow() {
	p.proxyPorts.stop()
	p.serverPorts.stop()
	p.natPorts.close()
	p.program.close()
}

// finish looks a last time at the ports of the host between client and server.
func (p *Place) finish(rec *metrics.Recorder) {
	p.proxyPorts.finish(rec)
	p.serverPorts.finish(rec)
	p.natPorts.finish(rec.Occupancy)
}

// firstElsewhere puts the finding of the host whose ports ran out first in the place of
// the client's, and says which others ran out too.
func (p *Place) firstElsewhere(r *results.Run) []results.Warning {
	return slices.Concat(p.proxyPorts.first(r.Exhaustion, r.StartedAt), p.serverPorts.first(r.Exhaustion, r.StartedAt),
		p.natPorts.first(r.Exhaustion, r.StartedAt))
}

// otherHost is the host besides the client that a verdict is about: the server where its
// ports ran out first, else the proxy; nil without one.
func (p *Place) otherHost(f *exhaustion.Finding, kernel results.Kernel) *exhaustion.Host {
	if p.serverPorts != nil && f.Elsewhere() == p.serverPorts.peer.name {
		return p.serverPorts.host(kernel)
	}
	return p.proxyPorts.host(kernel)
}

// tell adds what is known of them to a result.
func (p *Place) tell(r *results.Run) {
	p.proxyPorts.tell(r)
	p.serverPorts.tell(r)
	p.natPorts.tell(r)
}

// live tells about an interval with what the law says of its ports, and with those of the
// host between client and server.
func (p *Place) live(law capacity.Settings, observe func(metrics.Interval)) func(metrics.Interval) {
	known := metrics.LivePorts{Safe: capacity.Predict(law).SafelyHeld(), Sure: int(law.AtLeast()),
		HoldS: law.Hold().Seconds()}
	return func(iv metrics.Interval) {
		now := known
		now.Between = cmp.Or(p.proxyPorts.last(), p.natPorts.last(), p.serverPorts.last())
		iv.Live = &now
		if observe != nil {
			observe(iv)
		}
	}
}

// each tells all of them about an interval.
func each(all ...func(metrics.Interval)) func(metrics.Interval) {
	return func(iv metrics.Interval) {
		for _, see := range all {
			see(iv)
		}
	}
}

// environment is what a run in the place depends on.
func (p *Place) environment(s Spec) results.Environment {
	env := p.around()
	env.Lab, env.TargetKind = p.server != nil, p.targetKind
	if env.Lab {
		env.Server, env.ServerSysctls, env.ServerFiles = s.Server.Name(), p.serverSysctls, s.Server.Files
		env.NATSysctls = p.natSysctls
		env.Proxy, env.ProxySysctls, env.ProxyFiles = s.Proxy.Name(), p.proxySysctls, s.Proxy.Files
		env.Client, env.ClientFiles = s.Client.Name(), s.Client.Files
	}
	return env
}

// unread are warnings of what the kernel did not tell.
func unread(counters, samples error) []results.Warning {
	var out []results.Warning
	if counters != nil {
		out = append(out, results.Warning{Code: "no-counters", Text: counters.Error()})
	}
	if samples != nil {
		out = append(out, results.Warning{Code: "not-sampled", Text: samples.Error()})
	}
	return out
}

// options resolves the workload for the place, and refuses what this host or
// its kernel would not do.
func options(w scenario.Workload, env results.Environment, set capacity.Settings, p *Place) (workload.Options, error) {
	opts := workload.Options{
		Workload:     w,
		Sources:      p.Sources,
		Networks:     p.networks,
		NATPorts:     p.natPorts.open(),
		Destinations: p.Destinations,
		Scheme:       p.Scheme,
		Ask:          p.Ask,
		Asks:         p.Asks,
		Capacity:     int(set.Tuples()),
		Surely:       int(set.AtLeast()),
		Freed:        set.Hold() == 0,
		ReuseAfter:   set.ReuseAfter(),
		ProvedAfter:  capacity.Predict(set).ProvedAfter,
		File:         p.socket,
	}
	if p.server != nil {
		opts.Cut = p.Cut
	}
	p.endsToo(&opts)
	if err := cmp.Or(sameName(p), twice(w, p)); err != nil {
		return workload.Options{}, fault.Usage(err)
	}
	if _, _, err := opts.Requests(); err != nil {
		return workload.Options{}, fault.Usage(err)
	}
	if opts.File != "" {
		return opts, nil
	}
	ports, err := usablePorts(w, env.Sysctls)
	if err != nil {
		return workload.Options{}, err
	}
	for _, port := range ports {
		opts.LocalPorts = append(opts.LocalPorts, uint16(port))
	}
	if set.Ports == 0 {
		return workload.Options{}, fault.Usagef("no local port is left to connect from: " +
			"net.ipv4.ip_local_reserved_ports " +
			"covers all of them")
	}
	return opts, probe(w, p)
}

// endsToo has the run end when the ports of another host than the client, or of a client's
// program, run out, and not be called sustained while they do not last.
func (p *Place) endsToo(o *workload.Options) {
	if p.natPorts != nil || p.proxyPorts != nil || p.serverPorts != nil {
		o.Lasts = func() bool {
			return (p.natPorts == nil || p.natPorts.lasts()) && p.proxyPorts.lasts() && p.serverPorts.lasts()
		}
	}
	if x := p.program; x != nil {
		o.Program, o.CPU = x, x.spent
	}
	stops := o.Until == scenario.UntilExhausted && (o.OnExhausted == scenario.OnExhaustedStop || p.program != nil)
	if stops || p.recovers(o.Workload) {
		o.Enough = p.enough.over
	}
}

// recovers reports whether a run ends when another host that ran out of ports has one again.
// A client's program ends it itself.
func (p *Place) recovers(w scenario.Workload) bool {
	return w.OnExhausted == scenario.OnExhaustedRecover && p.program == nil
}

// probe tries on one socket what every connection will do before connect(2):
// options that this kernel lacks and addresses that this host lacks.
func probe(w scenario.Workload, p *Place) error {
	if !w.SourcePorts.IsZero() {
		if err := probeLocalPorts(); err != nil {
			return err
		}
	}
	for i, a := range p.Sources {
		if err := p.networks.In(i, func() error { return probeSource(a) }); err != nil {
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
		return fault.Host(fmt.Errorf("source-ports: IP_LOCAL_PORT_RANGE needs Linux 6.3 or 6.1.32; "+
			"use --sysctl net.ipv4.ip_local_port_range instead: %w", err))
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
		return fault.Usage(fmt.Errorf("source: %s is not an address of this host (%w); "+
			"`ip address` lists those that are",
			a, err))
	}
	return nil
}

// counters reads the kernel's counters of every host around a run.
type counters struct {
	hosts  map[string]procnet.Hosts // by their name
	before map[string]procnet.Counters
	err    error
}

func newCounters(p *Place) *counters {
	c := &counters{hosts: map[string]procnet.Hosts{"client": {PID: "self", Networks: p.networks}},
		before: map[string]procnet.Counters{}}
	for _, one := range append(p.apart(), p.nat) {
		if one != nil {
			c.hosts[one.name] = procnet.Hosts{PID: strconv.Itoa(one.pid())}
		}
	}
	return c
}

func (c *counters) begin() {
	for name, host := range c.hosts {
		c.before[name] = c.read(host)
	}
}

func (c *counters) end() results.Kernel {
	since := func(name string) map[string]int64 {
		if c.before[name] == nil {
			return nil
		}
		return c.read(c.hosts[name]).Since(c.before[name])
	}
	return results.Kernel{Client: since("client"), Proxy: since("proxy"), NAT: since("nat"),
		Server: since("server")}
}

func (c *counters) read(host procnet.Hosts) procnet.Counters {
	n, err := host.Counters()
	c.err = errors.Join(c.err, err)
	return n
}
