package cell

import (
	"context"
	"errors"
	"fmt"

	"tcpbench/internal/fault"
	"tcpbench/lab"
	"tcpbench/lab/target"
	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// inNamespace measures a cell in the fresh network namespace that this
// process is in, and tells the result while the lab ends.
func inNamespace(ctx context.Context, s Spec, observe func(metrics.Interval), tell func(*results.Run) error) error {
	p, err := open(s)
	if err != nil {
		return err
	}
	defer p.Close()
	r, err := measureIn(ctx, s, p, observe)
	if err != nil {
		return err
	}
	return tell(r)
}

// measureIn measures a cell in a lab, until one of the lab's processes dies.
func measureIn(ctx context.Context, s Spec, p *Place, observe func(metrics.Interval)) (*results.Run, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, one := range p.peers() {
		if p.program != nil && one == p.program.peer {
			continue // it ends with its program, which is a result
		}
		go func() { cancel(one.ended()) }() // ends with the process, which Close ends
	}
	r, err := measure(ctx, s, p, observe)
	var died *diedError
	if errors.As(context.Cause(ctx), &died) {
		return nil, died
	}
	if err != nil {
		return nil, err
	}
	if err := p.linkDid(r); err != nil {
		return nil, err
	}
	limit(r, p.processors)
	p.farewells(r)
	return r, nil
}

// farewells ends the lab's other hosts, and adds what they say then.
func (p *Place) farewells(r *results.Run) {
	if p.program != nil {
		heard(r, "client", r.Hosts.Client, p.program.bye)
	}
	if p.proxy != nil {
		heard(r, "proxy", r.Hosts.Proxy, p.proxy.finish())
	}
	if p.nat != nil {
		p.nat.finish()
	}
	bye := p.server.finish()
	host := r.Hosts.Server
	if host == nil { // the client's is the server's too
		host = r.Hosts.Client
	}
	heard(r, "server", host, bye)
	if p.shared { // else its ports are followed
		r.Warnings = append(r.Warnings, serverPorts(sinceStart(bye.Said, r.StartedAt))...)
	}
	if p.proxy == nil && p.speaks.CountsBytes {
		r.Delivery = delivery(r, bye.Stats)
	}
}

// heard adds what a host's program wrote, and warns where that is not all of it.
func heard(r *results.Run, name string, h *results.Host, bye farewell) {
	h.Said = append(h.Said, sinceStart(bye.Said, r.StartedAt)...)
	if bye.Unread == 0 {
		return
	}
	h.SaidUnread = &bye.Unread
	r.Warnings = append(r.Warnings, results.Warning{Code: "log-cut", Text: fmt.Sprintf("the program of the %s wrote "+
		"more than a twentieth of a processor can read, and it needs the rest: %d lines were not read, so how often "+
		"it said each thing is a least", name, bye.Unread)})
}

// delivery compares what the client sent with what the server read; nil where
// the two did not count the same connections.
func delivery(r *results.Run, seen *target.Stats) *results.Delivery {
	if seen == nil || r.Options.Warmup > 0 || engineOf(r).ReportsOnce || engineOf(r).Outside {
		return nil
	}
	d := &results.Delivery{
		SentBytes:    r.Totals.BytesSent,
		ArrivedBytes: seen.BytesReceived,
		LostBytes:    r.Totals.BytesSent - seen.BytesReceived,

		RequestsAnswered: seen.Requests,
		AnswerBytesSent:  seen.BytesSent,
		AnswerBytesLost:  seen.BytesSent - r.Totals.BytesReceived,
	}
	if r.Options.Mode == scenario.ModeShort && r.Options.RequestSize > 0 && len(r.Options.Exchange) == 0 {
		d.LostConnections = max(r.Totals.Succeeded-seen.Requests, 0)
	}
	return d
}

// open makes the lab of a spec around the calling process, which must be in a
// fresh network namespace (lab.Start): it starts the lab's other processes, joins
// their namespaces, and sets the workload's sysctls on every host.
func open(s Spec) (*Place, error) {
	targets, err := s.labTargets()
	if err != nil {
		return nil, fault.Usage(err)
	}
	p := newPlace(targets, addresses(targets))
	if err := p.furnish(s); err != nil {
		if died := p.killed(); died != nil {
			err = died // what failed then is a consequence
		}
		p.Close()
		return nil, err
	}
	return p, nil
}

// furnish starts the lab's processes and gives every host what the spec asks
// for. The proxy's program is started when the server answers.
func (p *Place) furnish(s Spec) error {
	p.targetKind, p.speaks = s.targetKind(), s.Server.Speaks()
	backend, err := s.serverTargets()
	if err != nil {
		return fault.Usage(err)
	}
	if scenario.HasPorts(s.Server.Scheme()) {
		p.backend = distinct(addresses(backend))
	}
	if err := p.startPeers(s); err != nil {
		return err
	}
	if err := p.startProgram(s); err != nil {
		return err
	}
	h := newHosts(s)
	if err := p.raise(h); err != nil {
		return err
	}
	p.readEnvironment()
	if err := p.serve(s); err != nil {
		return err
	}
	if p.program != nil {
		if err := p.program.command(s, p); err != nil {
			return err
		}
	}
	if !s.Workload.From().IsZero() {
		p.Sources = clientAddrs(s.Workload)
	}
	return p.onClients(h, lab.Await)
}

// startPeers starts the other processes of the lab, and joins their namespaces.
func (p *Place) startPeers(s Spec) error {
	var err error
	if p.shared = s.Workload.Link.Loopback; p.shared {
		p.server, err = startPeer("server", serverRole, lab.StartBeside)
		return err
	}
	if p.server, err = startPeer("server", serverRole, lab.StartPeer); err != nil {
		return err
	}
	switch {
	case !s.Proxy.IsZero():
		p.proxy, err = startPeer("proxy", proxyRole, lab.StartPeer)
	case !s.Workload.NAT.IsZero():
		p.nat, err = startPeer("nat", natRole, lab.StartPeer)
	}
	if err != nil {
		return err
	}
	if p.link, err = join(p.near().pid(), s.Workload); err != nil || p.between() == nil {
		return err
	}
	if err := p.startClients(s.Workload.NAT.Clients); err != nil {
		return err
	}
	return lab.JoinOthers(p.between().pid(), p.server.pid())
}

// raise gives every host its links, all at the same time.
func (p *Place) raise(h hosts) error {
	if err := p.server.furnish(h.server); err != nil {
		return err
	}
	if between := p.between(); between != nil {
		if err := between.furnish(h.between); err != nil {
			return err
		}
	}
	if err := p.onClients(h, lab.Up); err != nil {
		return err
	}
	if err := p.server.furnished(); err != nil || p.between() == nil {
		return err
	}
	return p.between().furnished()
}

// serve tells the server what to be, and then the proxy.
func (p *Place) serve(s Spec) error {
	o, err := p.serverOrder(s)
	if err != nil {
		return err
	}
	served, err := p.server.obey(o)
	if err != nil {
		return err
	}
	if p.serverCost, err = newServerCost(p.server.pid(), served.Meters); err != nil {
		return err
	}
	if p.serverSysctls = served.Sysctls; p.shared {
		p.serverSysctls = nil // they are the client's
	}
	if len(s.Server.Command) > 0 {
		go p.server.last() // ends with the process
		p.serverProgram = capacity.ProgramOf(p.server.name, s.Server.Command)
	}
	if p.nat != nil {
		forwards, err := p.nat.obey(order{})
		p.natSysctls = forwards.Sysctls
		return err
	}
	if p.proxy == nil {
		return nil
	}
	if o, err = p.proxyOrder(s); err != nil {
		return err
	}
	proxied, err := p.proxy.obey(o)
	if err != nil {
		return err
	}
	p.proxySysctls = proxied.Sysctls
	go p.proxy.last() // ends with the process
	p.proxyProgram = capacity.ProgramOf(p.proxy.name, s.Proxy.Command)
	return nil
}

// serverOrder is what the lab's server process is told to be.
func (p *Place) serverOrder(s Spec) (order, error) {
	w, ends := s.Workload, s.Workload.ServerClosing()
	o := order{
		Files: serverFiles(s),
		Config: target.Config{
			Protocol:     p.speaks.Name,
			Listen:       p.backend,
			RequestSize:  w.RequestSize,
			ResponseSize: w.ResponseSize,
			CloseFirst:   w.Closing().ServerFirst,
			Threads:      w.ServerThreads,
			Spin:         p.spins(s),
			Cert:         w.ServerCert,
			Key:          w.ServerKey,
			ClientCA:     w.ServerClientCA,
		},
	}
	o.Config.Ends(ends)
	o.Config.CloseFirst = o.Config.CloseFirst && w.Mode == scenario.ModeShort
	if w.Closing().ServerFirst && p.speaks.CountsAnswers {
		o.Config.MaxRequests = int(w.RequestsPerConn.Max)
	}
	if p.proxy != nil && scenario.SpeaksHTTP(s.Scheme()) {
		o.Config.CloseFirst = false // it is the proxy that the client waits for, and HTTP tells the server
	}
	var err error
	if o.Command, o.Dir, err = p.command(s.names(), s.Server.Program); err != nil {
		return o, err
	}
	o.Socket, err = p.serverSocket(o.Dir)
	return o, err
}

// serverSocket is the Unix socket of a lab's server whose files are in a directory; "" where
// the target is none.
func (p *Place) serverSocket(dir string) (string, error) {
	if p.socket == "" {
		return "", nil
	}
	p.socket = scenario.Names{Dir: dir}.In(p.socket)
	if err := scenario.CheckUnixFile(p.socket); err != nil {
		return "", fault.Host(fmt.Errorf("target %q: %w, by a TMPDIR with a shorter name", p.socket, err))
	}
	return p.socket, nil
}

// proxyOrder is what the lab's proxy process is told to be.
func (p *Place) proxyOrder(s Spec) (order, error) {
	o := order{Files: whole(2 * files(s.Workload)), Config: target.Config{Listen: p.Destinations}}
	var err error
	o.Command, o.Dir, err = p.command(s.names(), s.Proxy)
	return o, err
}

// command is a program's command with its names in their place, and the
// directory that its files were written to; "" where it has none and names none.
func (p *Place) command(names scenario.Names, x scenario.Program) (words []string, dir string, err error) {
	if x.NeedsDir() {
		d, err := writeFiles(names, x.Files)
		if err != nil {
			return nil, "", err
		}
		p.dirs, names.Dir = append(p.dirs, d), d.path
	}
	return names.Words(x.Command), names.Dir, nil
}
