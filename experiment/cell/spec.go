package cell

import (
	"errors"
	"fmt"
	"net/netip"

	"tcpbench/internal/fault"
	"tcpbench/lab"
	"tcpbench/scenario"
)

// Spec says what one cell is.
type Spec struct {
	Workload scenario.Workload `json:"workload"`

	// Targets are external ones, used in turn. Without any, the cell gets a lab.
	Targets []string `json:"targets,omitempty"`
	// Programs are what the lab runs.
	scenario.Programs

	// Labels are the cell's matrix keys and values.
	Labels map[string]string `json:"labels,omitempty"`
	// Repeat counts from 1 in a sweep; 0 outside of one.
	Repeat int `json:"repeat,omitempty"`
}

// Lab reports whether the cell runs in a lab.
func (s Spec) Lab() bool { return len(s.Targets) == 0 }

// Validate reports every option that cannot go with the others.
func (s Spec) Validate() error {
	errs := []error{s.Workload.Validate(), checkEngine(s.Workload, s.Scheme(), s.urls()), ignored(s.Workload, s.Scheme())}
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

// urls is how many targets are used in turn.
func (s Spec) urls() int {
	if !s.Proxy.IsZero() {
		return len(s.Proxy.Addresses)
	}
	return max(len(s.Targets), len(s.Server.Addresses), s.Workload.Destinations)
}

// insideLab refuses what the lab's server cannot be.
func (s Spec) insideLab() error {
	errs := []error{s.Server.Validate(), scenario.ValidateProxy(s.Proxy)}
	if len(s.Workload.ProxySysctl) > 0 && s.Proxy.IsZero() {
		errs = append(errs, errors.New("proxy-sysctl: the lab has no proxy; leave it out, or add one with --proxy-cmd or proxy: in a scenario"))
	}
	if s.Workload.Link.Loopback && !s.Proxy.IsZero() {
		errs = append(errs, errors.New("link: with a proxy there are three hosts, which link=loopback makes one; leave one of them out"))
	}
	if w := s.Workload; w.Close == scenario.CloseServer && w.RequestsPerConn.Min != w.RequestsPerConn.Max && s.Server.Name() == scenario.ServerEcho {
		errs = append(errs, errors.New("close: the echo server ends a connection after a number of requests that it knows; give requests-per-conn one number, or take --server http, which is told"))
	}
	if s.Workload.ServerClose == scenario.ServerCloseAnswer && !s.Proxy.IsZero() {
		errs = append(errs, errors.New("server-close: it is the proxy that the client has its answer from; leave one of them out"))
	} else if s.Workload.ServerClose == scenario.ServerCloseAnswer && len(s.Server.Command) > 0 {
		errs = append(errs, fmt.Errorf("server-close: %s decides by itself when it closes; use an embedded server", s.Server.Name()))
	}
	if s.Workload.ServerClose == scenario.ServerCloseNever && !s.Proxy.IsZero() {
		errs = append(errs, errors.New("server-close: the client's FIN is for the proxy, which answers it; leave one of them out"))
	} else if s.Workload.ServerClose == scenario.ServerCloseNever && !s.keepsOpen() {
		errs = append(errs, fmt.Errorf("server-close: %s decides by itself when it closes; use the embedded server, echo or http", s.Server.Name()))
	}
	if s.Workload.ServerClose == scenario.ServerCloseClient && s.Server.Name() != scenario.ServerHTTP {
		errs = append(errs, fmt.Errorf("server-close: client is for http requests that ask for a close, which %s does not get or heeds by itself; use --server http", s.Server.Name()))
	}
	if len(s.Server.Addresses) > 0 && s.Workload.Destinations > 1 {
		errs = append(errs, errors.New("destinations: the target's address says where the server listens; name several addresses instead"))
	}
	return errors.Join(errs...)
}

// keepsOpen reports whether the lab's server can leave its end open.
func (s Spec) keepsOpen() bool {
	return len(s.Server.Command) == 0 && s.Server.Scheme() != scenario.SchemeHTTPS
}

// outsideLab refuses what only a lab can do, and what would change the host.
func (s Spec) outsideLab() error {
	w := s.Workload
	targets, err := scenario.ParseTargets(s.Targets)
	errs := []error{err}
	for i, t := range targets {
		if t.Host == scenario.ServerHost {
			errs = append(errs, fmt.Errorf("target %q: %s is a lab's server; add --lab", s.Targets[i], t.Host))
		}
		if t.Host == scenario.ProxyHost {
			errs = append(errs, fmt.Errorf("target %q: %s is a lab's proxy; add --proxy-cmd", s.Targets[i], t.Host))
		}
	}
	if len(w.Sysctl) > 0 || len(w.ServerSysctl) > 0 || len(w.ProxySysctl) > 0 {
		errs = append(errs, errors.New("sysctl: it would change this host; it is set in a lab only, so leave out the target"))
	}
	if w.CutLink > 0 {
		errs = append(errs, errors.New("cut-link: this host's links are left alone; a lab's is cut, so leave out the target"))
	}
	if w.ServerClose != scenario.ServerCloseEOF {
		errs = append(errs, errors.New("server-close: a target decides by itself when it closes; it is for a lab's server, so leave out the target"))
	}
	if !w.Link.IsZero() {
		errs = append(errs, fmt.Errorf("link: %s is made in a lab only; leave out the target", w.Link))
	}
	if w.Capture > 0 {
		errs = append(errs, errors.New("capture: packets are kept in a lab only, where there are no others; leave out the target, or run tcpdump beside"))
	}
	if w.Source.Count > 0 {
		errs = append(errs, fmt.Errorf("source: %d addresses are made in a lab only; list this host's own instead", w.Source.Count))
	}
	if w.Destinations > 1 {
		errs = append(errs, errors.New("destinations: it is for a lab's server; name several targets instead"))
	}
	return errors.Join(errs...)
}

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

// addresses are those of targets whose hosts are addresses, as a lab's are.
func addresses(targets []scenario.Target) []netip.AddrPort {
	out := make([]netip.AddrPort, len(targets))
	for i, t := range targets {
		out[i] = netip.AddrPortFrom(netip.MustParseAddr(t.Host), t.Port)
	}
	return out
}
