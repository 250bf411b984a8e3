package cell

import (
	"context"
	"errors"
	"net/netip"

	"tcpbench/internal/fault"
	"tcpbench/lab"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/target"
)

// firstPort is the first port that a lab's server listens on.
const firstPort = 7000

// serverSysctls are set in the server's namespace before the scenario's own,
// so that the server's queues are not the limit.
func serverSysctls() map[string]string {
	return map[string]string{
		"net.core.somaxconn":           "65535",
		"net.ipv4.tcp_max_syn_backlog": "65535",
	}
}

// inNamespace measures a cell in the fresh network namespace that this
// process is in.
func inNamespace(ctx context.Context, s Spec, observe func(metrics.Interval)) (*results.Run, error) {
	p, err := open(s)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { // ends with the server, which Close ends
		cancel(p.server.ended())
	}()
	r, err := measure(ctx, s, p, observe)
	if cause := context.Cause(ctx); errors.Is(cause, errServerDied) {
		return nil, cause
	}
	if err != nil {
		return nil, err
	}
	seen := p.server.finish()
	if p.Scheme != scenario.SchemeHTTPS { // of which the server counts bodies alone
		r.Delivery = delivery(r, seen)
	}
	return r, nil
}

// delivery compares what the client sent with what the server read; nil where
// the two did not count the same connections.
func delivery(r *results.Run, seen *target.Stats) *results.Delivery {
	if seen == nil || r.Options.Warmup > 0 || r.Environment.Engine == string(scenario.EngineHey) {
		return nil // hey counts no bytes
	}
	d := &results.Delivery{
		SentBytes:    r.Totals.BytesSent,
		ArrivedBytes: seen.BytesReceived,
		LostBytes:    r.Totals.BytesSent - seen.BytesReceived,

		RequestsAnswered: seen.Requests,
		AnswerBytesSent:  seen.BytesSent,
		AnswerBytesLost:  seen.BytesSent - r.Totals.BytesReceived,
	}
	if r.Options.Mode == scenario.ModeShort && r.Options.RequestSize > 0 {
		d.LostConnections = max(r.Totals.Succeeded-seen.Requests, 0)
	}
	return d
}

// errServerDied is the end of a lab's server before the end of the run.
var errServerDied = errors.New("the lab's server died")

// Open makes a lab with the embedded echo server around the calling process,
// which must be in a fresh network namespace (lab.Start): it starts the server
// in another one, joins the two, and sets the workload's sysctls on both sides.
func Open(w scenario.Workload) (*Place, error) { return open(Spec{Workload: w}) }

// open makes the lab of a spec.
func open(s Spec) (*Place, error) {
	targets, err := s.labTargets()
	if err != nil {
		return nil, fault.Usage(err)
	}
	srv, err := startServer()
	if err != nil {
		return nil, err
	}
	p, err := srv.furnish(s, targets)
	if err != nil {
		srv.close()
		return nil, err
	}
	return p, nil
}

// furnish gives both ends of a lab what the spec asks for.
func (s *server) furnish(spec Spec, targets []scenario.Target) (*Place, error) {
	w := spec.Workload
	client := clientHost(w)
	if err := lab.Join(s.pid()); err != nil {
		return nil, err
	}
	if err := s.send(serverOrder(spec, targets, client.Links[0].Addrs[0])); err != nil {
		return nil, err
	}
	if err := lab.Up(client); err != nil {
		return nil, err
	}
	r, err := s.ready()
	if err != nil {
		return nil, err
	}
	if err := lab.Await(client); err != nil {
		return nil, err
	}
	p := newPlace(targets, r.Listening)
	p.targetKind, p.serverName = serverKind(spec.Server), spec.Server.Name()
	p.server, p.serverSysctls = s, r.Sysctls
	if !w.Source.IsZero() {
		p.Sources = lab.OfFamily(client.Links[0].Addrs, w.IP)
	}
	return p, nil
}

func serverKind(s scenario.Server) string {
	if len(s.Command) > 0 {
		return "command"
	}
	return "embedded"
}

// clientHost is the client's end of the lab.
func clientHost(w scenario.Workload) lab.Host {
	addrs := lab.ClientAddrs(w.Source.Count)
	if len(w.Source.Addrs) > 0 {
		addrs = w.Source.Addrs
	}
	link := lab.Link{Name: lab.LinkName, Addrs: lab.OfFamily(addrs, w.IP), Gateway: lab.ServerAddr(w.IP), GatewayMAC: lab.FarMAC}
	return lab.Host{Links: []lab.Link{link}, Sysctls: w.Sysctl}
}

// serverOrder is what the lab's server process is told to be.
func serverOrder(spec Spec, targets []scenario.Target, client netip.Addr) order {
	w, addr := spec.Workload, lab.ServerAddr(spec.Workload.IP)
	o := order{
		Host:    lab.Host{Links: []lab.Link{{Name: lab.LinkName, Addrs: []netip.Addr{addr}, Gateway: client, GatewayMAC: lab.NearMAC}}, Sysctls: serverSysctls()},
		Files:   serverFiles(spec),
		Command: spec.Server.CommandAt(addr),
		Config: target.Config{
			Protocol:     target.Protocol(spec.Server.Name()),
			RequestSize:  w.RequestSize,
			ResponseSize: w.ResponseSize,
			KeepOpen:     w.ServerClose == scenario.ServerCloseNever,
			CloseFirst:   w.Close == scenario.CloseServer && w.Mode == scenario.ModeShort,
			Threads:      1,
		},
	}
	if w.Close == scenario.CloseServer && o.Config.Protocol == target.Echo {
		o.Config.MaxRequests = int(w.RequestsPerConn.Max)
	}
	for _, t := range targets {
		o.Config.Listen = append(o.Config.Listen, netip.AddrPortFrom(addr, t.Port))
	}
	for key, value := range w.ServerSysctl {
		o.Host.Sysctls[key] = value
	}
	return o
}
