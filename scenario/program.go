package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Program is one of the user's that runs in a lab. The zero value is none.
type Program struct {
	// Command is the program with its arguments, in which ServerHost and
	// ProxyHost stand for addresses, and FilesDir for the directory of Files. Of a
	// client TargetPort or TargetSocket stands for where it is to connect to.
	Command []string `json:"command,omitempty"`
	// Addresses are targets at the program's host, used in turn, at least one; a client
	// has none.
	Addresses []string `json:"addresses,omitempty"`
	// Files are what the program reads; it is started in their directory.
	Files Files `json:"files,omitempty"`
	// Needs are programs that it starts itself, or parts of one, as "php-fpm:redis": they
	// have to be here too.
	Needs []string `json:"needs,omitempty"`
}

// IsZero reports whether there is no program.
func (p Program) IsZero() bool {
	return len(p.Command) == 0 && len(p.Addresses) == 0 && len(p.Files) == 0
}

// Name is its command line, for people; "" where there is none.
func (p Program) Name() string { return strings.Join(p.Command, " ") }

// Scheme is how clients speak to it; "" where its addresses do not say.
func (p Program) Scheme() string {
	if targets, err := ParseTargets(p.Addresses); err == nil && len(targets) > 0 {
		return targets[0].Scheme
	}
	return ""
}

// Targets are where the program is reached at addr. Of a Unix socket the file is as it was
// written, with FilesDir.
func (p Program) Targets(addr netip.Addr) ([]Target, error) {
	targets, err := ParseTargets(p.Addresses)
	for i := range targets {
		if targets[i].Scheme != SchemeUnix {
			targets[i].Host = addr.String()
		}
	}
	return targets, err
}

// problems are what is wrong with its command and its addresses, which are at
// host, or anywhere where that is ""; only says who reaches that one.
func (p Program) problems(host, only string) []error {
	targets, err := ParseTargets(p.Addresses)
	if err != nil {
		return []error{err}
	}
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch {
	case len(p.Command) > 0 && p.Command[0] == "":
		bad("command: its first word, the program, is empty")
	case len(p.Command) > 0 && len(p.Addresses) == 0:
		bad("command: the address that %q listens on is missing; name it, as in http://%s:8080/", p.Name(), host)
	}
	for i, t := range targets {
		switch own := host == ServerHost && t.InLab(); {
		case host == "" || t.Host == host || own:
		case host == ServerHost && t.Scheme == SchemeUnix:
			bad("target %q: %s", p.Addresses[i], ownSocket)
		default:
			bad("target %q: %s", Redacted(p.Addresses[i]), only)
		}
		if slices.Contains(targets[:i], t) {
			bad("target %q is listed already; name each target once", Redacted(p.Addresses[i]))
		}
	}
	return errs
}

// NeedsDir reports whether it has files, or names their directory.
func (p Program) NeedsDir() bool { return len(p.Files) > 0 || p.has(FilesDir) }

// has reports whether a word occurs in its command, addresses or files.
func (p Program) has(word string) bool {
	has := func(text string) bool { return strings.Contains(text, word) }
	return slices.ContainsFunc(p.Command, has) || slices.ContainsFunc(p.Addresses, has) || p.Files.containsFunc(has)
}

// with replaces {name} by its value, once.
func (p Program) with(r *strings.Replacer) Program {
	return Program{replaced(p.Command, r.Replace), replaced(p.Addresses, r.Replace), p.Files.with(r), p.Needs}
}

// Programs are what runs on the hosts of a lab.
type Programs struct {
	// Server is what answers.
	Server Server `json:"server"`
	// Proxy is what stands before it, and is driven then; the zero value is none.
	Proxy Program `json:"proxy,omitzero"`
	// Client is what opens the connections, in the place of an engine of tcpbench's; the
	// zero value is none.
	Client Program `json:"client,omitzero"`
}

// Driving is w, with the engine of the client's program where there is one and no other
// was asked for.
func (p Programs) Driving(w Workload) Workload {
	if !p.Client.IsZero() && w.Engine == EngineAuto {
		w.Engine = EngineExec
	}
	return w
}

// HostProgram is a program and the name of the host that runs it.
type HostProgram struct {
	Host string
	Program
}

// All are the user's programs that there are.
func (p Programs) All() []HostProgram {
	all := []HostProgram{{"server", p.Server.Program}, {"proxy", p.Proxy}, {"client", p.Client}}
	return slices.DeleteFunc(all, func(one HostProgram) bool { return one.IsZero() })
}

// has reports whether a word occurs in the command, addresses or files of any program.
func (p Programs) has(word string) bool {
	return slices.ContainsFunc(p.All(), func(one HostProgram) bool { return one.has(word) })
}

// ValidateProxy reports every field of a lab's proxy that cannot be, or cannot
// go with the others.
func ValidateProxy(p Program) error { return errors.Join(proxyProblems(p)...) }

// proxyProblems are what is wrong with a program as a lab's proxy.
func proxyProblems(p Program) []error {
	if p.IsZero() {
		return nil
	}
	problems := p.problems(ProxyHost, "clients reach a lab's proxy only; write "+ProxyHost+" for the host")
	if len(p.Command) == 0 {
		missing := fmt.Errorf("command: the program that forwards is missing, "+
			"as in [haproxy, -db, -f, %s/haproxy.cfg]", FilesDir)
		problems = append([]error{missing}, problems...)
	}
	for i, err := range problems {
		problems[i] = fmt.Errorf("proxy: %w", err)
	}
	return append(problems, p.Files.problems()...)
}

// ValidateClient reports every field of a program that cannot be, where it is the client.
func ValidateClient(p Program) error { return errors.Join(clientProblems(p)...) }

// clientProblems are what is wrong with a program as a lab's client.
func clientProblems(p Program) []error {
	if p.IsZero() {
		return nil
	}
	bad := func(format string, args ...any) error { return fmt.Errorf("client: "+format, args...) }
	var errs []error
	switch {
	case len(p.Command) == 0:
		errs = append(errs, bad("command: the program that connects is missing, as in [python3, %s/client.py, %s, %s]",
			FilesDir, ServerHost, TargetPort))
	case p.Command[0] == "":
		errs = append(errs, bad("command: its first word, the program, is empty"))
	}
	if len(p.Addresses) > 0 {
		errs = append(errs, bad("address: nobody connects to it; where it connects to is the address of the "+
			"target or the proxy"))
	}
	return append(errs, p.Files.problems()...)
}
