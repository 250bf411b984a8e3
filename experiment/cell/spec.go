package cell

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/lab"
	"tcpbench/scenario"
	"tcpbench/workload"
)

// Spec says what one cell is.
type Spec struct {
	Workload scenario.Workload `json:"workload"`

	// Targets are external ones, used in turn. Without any, the cell gets a lab.
	Targets []string `json:"targets,omitempty"`
	// Programs are what the lab runs.
	scenario.Programs

	// Log is where each request is noted.
	Log RequestLog `json:"log,omitzero"`

	// Labels are the cell's matrix keys and values.
	Labels map[string]string `json:"labels,omitempty"`
	// Repeat counts from 1 in a sweep; 0 outside of one.
	Repeat int `json:"repeat,omitempty"`

	// Within are the addresses that the Targets may have; none permits all. They are held
	// against what a name resolves to when it is measured.
	Within []netip.Prefix `json:"within,omitempty"`

	// Part is which of several hosts that share the plan of starts this is.
	Part workload.Part `json:"part,omitzero"`

	// start is that of a load, which does not begin at once; the zero value is of others.
	start start
}

// start is what a run waits for, and who is told that it has begun.
type start struct {
	gate  workload.Gate
	began func(time.Time)
}

// Of is the cell of a workload and of what runs in its lab; without one where the server
// runs already.
func Of(w scenario.Workload, programs scenario.Programs) Spec {
	if programs.Server.External() {
		return Spec{Workload: w, Targets: programs.Server.Addresses}
	}
	return Spec{Workload: w, Programs: programs}
}

// Lab reports whether the cell runs in a lab.
func (s Spec) Lab() bool { return len(s.Targets) == 0 }

// Validate reports every option that cannot go with the others.
func (s Spec) Validate() error {
	errs := []error{s.Part.Validate(), s.Workload.Validate(), s.Workload.ValidateFor(s.Scheme(), s.urls())}
	errs = append(errs, s.requestLog()...)
	if s.Lab() {
		errs = append(errs, s.insideLab())
	} else {
		errs = append(errs, s.outsideLab())
	}
	return fault.Usage(errors.Join(errs...))
}

// Scheme is how the target is spoken to; "" where that is no scheme.
func (s Spec) Scheme() string {
	if s.Lab() && !s.Proxy.IsZero() {
		return s.Proxy.Scheme()
	}
	if s.Lab() {
		return s.Server.Scheme()
	}
	targets, err := scenario.ParseTargets(s.Targets)
	if err != nil || len(targets) == 0 {
		return "" // which is refused elsewhere
	}
	return targets[0].Scheme
}

// named are the targets as they were named; none of an embedded server that has no address.
func (s Spec) named() []string {
	switch {
	case !s.Lab():
		return s.Targets
	case !s.Proxy.IsZero():
		return s.Proxy.Addresses
	default:
		return s.Server.Addresses
	}
}

// urls is how many targets are used in turn.
func (s Spec) urls() int {
	if !s.Proxy.IsZero() {
		return len(s.Proxy.Addresses)
	}
	return max(len(s.Targets), len(s.Server.Addresses), s.Workload.Destinations)
}

// insideLab refuses what the lab's server cannot be.
func (s Spec) insideLab() error {
	w, proxied := s.Workload, !s.Proxy.IsZero()
	errs := []error{
		s.Server.Validate(),
		scenario.ValidateProxy(s.Proxy),
		scenario.Refuse(len(w.ProxySysctl) > 0 && !proxied, "proxy-sysctl",
			"the lab has no proxy; leave it out, or add one with --proxy-cmd or proxy: in a scenario"),
		scenario.Refuse(w.Link.Loopback && proxied, "link",
			"with a proxy there are three hosts, which link=loopback makes one; leave one of them out"),
		scenario.Refuse(!w.NAT.IsZero() && proxied, "nat",
			"there is one host between client and server, and a proxy is it; leave one of them out"),
		scenario.Refuse(w.ProxyProtocol.Asked() && !proxied && len(s.Server.Command) == 0, "proxy-protocol",
			"the embedded server does not read it; use --server-cmd or --proxy-cmd with one that does"),
		scenario.Refuse(len(s.Server.Addresses) > 0 && w.Destinations > 1, "destinations",
			"the target's address says where the server listens; name several addresses instead"),
	}
	return errors.Join(slices.Concat(errs, s.serverThreads(), s.serverCloses(), s.serverCertificate(),
		s.clientProgram(), s.unixSocket())...)
}

// clientProgram are options that a program of the user's as the client cannot go with.
func (s Spec) clientProgram() []error {
	w, d, there := s.Workload, scenario.DefaultWorkload(), !s.Client.IsZero()
	exec := w.Engine == scenario.EngineExec
	own := exec && (!s.Proxy.IsZero() || len(s.Server.Command) > 0)
	const answers = "the client's program asks and another one answers; leave it out"
	return []error{
		scenario.ValidateClient(s.Client),
		scenario.Refuse(there && !exec, "engine", "%s and the program of --client-cmd are two clients; leave one out",
			w.Engine),
		scenario.Refuse(exec && !there, "engine", "exec runs your own program; name it with --client-cmd, "+
			"or client: in a scenario"),
		scenario.Refuse(own && w.RequestSize != d.RequestSize, "request-size", answers),
		scenario.Refuse(own && w.ResponseSize != d.ResponseSize, "response-size", answers),
	}
}

// unixSocket are options of a lab's network, where its server is reached by a Unix socket.
func (s Spec) unixSocket() []error {
	w, portless := s.Workload, !scenario.HasPorts(s.Server.Scheme())
	if !portless {
		return nil
	}
	const local = "what goes through the server's Unix socket stays on this host; leave it out"
	return []error{
		scenario.Refuse(!s.Proxy.IsZero(), "proxy", "the server behind it is at a Unix socket, which a lab's proxy "+
			"does not find; give it an address such as tcp://%s:8080", scenario.ServerHost),
		scenario.Refuse(!w.Link.IsZero(), "link", local),
		scenario.Refuse(w.CutLink > 0, "cut-link", local),
		scenario.Refuse(!w.NAT.IsZero(), "nat", local),
		scenario.Refuse(w.Capture > 0, "capture", local),
	}
}

// serverThreads are threads that the lab's server does not have.
func (s Spec) serverThreads() []error {
	asked, server := s.Workload.ServerThreads > 1, s.Server.Speaks()
	return []error{
		scenario.Refuse(asked && len(s.Server.Command) > 0, "server-threads",
			"%s has as many as its own options say; leave it out", s.Server.Name()),
		scenario.Refuse(asked && len(s.Server.Command) == 0 && !server.Threads, "server-threads",
			"the %s server runs on as many threads as Go has (GOMAXPROCS); leave it out", server.Name),
	}
}

// serverCertificate are files of a certificate for a lab's server that reads none.
func (s Spec) serverCertificate() []error {
	var errs []error
	for _, option := range s.Workload.ServerFiles() {
		errs = append(errs, scenario.Refuse(!s.Server.Speaks().TLS(), option, "%s does not read it; use --server https",
			s.Server.Name()))
	}
	return errs
}

// serverCloses are ways to close that are not those of the lab's server.
func (s Spec) serverCloses() []error {
	w, server, proxied := s.Workload, s.Server.Speaks(), !s.Proxy.IsZero()
	closing, ends := w.Closing(), w.ServerClosing()
	varies := w.RequestsPerConn.Min != w.RequestsPerConn.Max
	const decides = "%s decides by itself when it closes; use %s"
	return []error{
		scenario.Refuse(closing.ServerFirst && server.CountsAnswers && varies, "close",
			"the %s server must know after how many requests to end a connection; "+
				"give requests-per-conn one number, or use --server http, "+
				"which learns it from each request", server.Name),
		scenario.Refuse(ends.First && proxied, "server-close",
			"the client's answers come from the proxy; leave one of them out"),
		scenario.Refuse(ends.First && !proxied && len(s.Server.Command) > 0, "server-close",
			decides, s.Server.Name(), "an embedded server"),
		scenario.Refuse(ends.KeepsOpen && proxied, "server-close",
			"the client's FIN is for the proxy, which answers it; leave one of them out"),
		scenario.Refuse(ends.KeepsOpen && !proxied && !server.KeepsOpen, "server-close",
			decides, s.Server.Name(), "the embedded server, "+thatKeepOpen()),
		scenario.Refuse(ends.Refuses() && proxied, "server-close",
			"it is the proxy that the client meets, and answers then; leave one of them out"),
		scenario.Refuse(ends.Refuses() && !proxied && !server.Refuses, "server-close",
			decides, s.Server.Name(), "the embedded server, echo or http"),
		scenario.Refuse(ends.LeavesClose && !server.LeavesClose, "server-close",
			"%s is for http requests that ask for a close, which %s does not get or heeds by itself; "+
				"use --server http", w.ServerClose, s.Server.Name()),
	}
}

// thatKeepOpen are the protocols whose server can leave its end open.
func thatKeepOpen() string {
	all := slices.DeleteFunc(scenario.Protocols(), func(p scenario.Protocol) bool { return !p.KeepsOpen })
	return strings.Join(scenario.Words(all), " or ")
}

// outsideLab refuses what only a lab can do, and what would change the host.
func (s Spec) outsideLab() error {
	targets, err := scenario.ParseTargets(s.Targets)
	errs := []error{err}
	for i, t := range targets {
		text := scenario.Redacted(s.Targets[i])
		if t.Host == scenario.ServerHost {
			errs = append(errs, fmt.Errorf("target %q: %s is a lab's server; add --lab", text, t.Host))
		}
		if t.Host == scenario.ProxyHost {
			errs = append(errs, fmt.Errorf("target %q: %s is a lab's proxy; add --proxy-cmd", text, t.Host))
		}
		if t.InLab() {
			errs = append(errs, fmt.Errorf("target %q: %s is the directory of a lab's server; add --server-cmd", text,
				scenario.FilesDir))
		}
	}
	return errors.Join(append(errs, s.Workload.OutsideLab()...)...)
}

// firstPort is the first port that a lab's server listens on.
const firstPort = 7000

// labTargets are what the client of the spec's lab drives.
func (s Spec) labTargets() ([]scenario.Target, error) {
	if !s.Proxy.IsZero() {
		return s.Proxy.Targets(s.nearAddr())
	}
	return s.serverTargets()
}

// serverTargets are where the server of the spec's lab is reached.
func (s Spec) serverTargets() ([]scenario.Target, error) {
	return s.Server.Targets(s.serverAddr(), firstPort, s.Workload.Destinations)
}

func (s Spec) serverAddr() netip.Addr {
	if s.Workload.Link.Loopback {
		return lab.LoopbackAddr(s.Workload.IP)
	}
	return lab.ServerAddr(s.Workload.IP)
}

// nearAddr is the address at the other end of the client's link.
func (s Spec) nearAddr() netip.Addr {
	if !s.Proxy.IsZero() {
		return lab.ProxyAddr(s.Workload.IP)
	}
	return s.serverAddr()
}

// targetKind is what the client of the spec's lab drives.
func (s Spec) targetKind() string {
	switch {
	case !s.Proxy.IsZero():
		return "proxy"
	case len(s.Server.Command) > 0:
		return "command"
	default:
		return "embedded"
	}
}

// addresses are those of targets whose hosts are addresses, as a lab's are. A Unix socket
// has the zero value.
func addresses(targets []scenario.Target) []netip.AddrPort {
	out := make([]netip.AddrPort, len(targets))
	for i, t := range targets {
		if scenario.HasPorts(t.Scheme) {
			out[i] = netip.AddrPortFrom(netip.MustParseAddr(t.Host), t.Port)
		}
	}
	return out
}

// distinct are addresses in their order, each once.
func distinct(addrs []netip.AddrPort) []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range addrs {
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
