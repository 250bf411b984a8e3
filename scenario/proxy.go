package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Proxy is a program between a lab's client and its server. The zero value is
// none.
type Proxy struct {
	// Command is the program with its arguments, in which ProxyHost and
	// ServerHost stand for addresses, and FilesDir for the directory of Files.
	Command []string `json:"command,omitempty"`
	// Addresses are targets at ProxyHost, used in turn, at least one.
	Addresses []string `json:"addresses,omitempty"`
	// Files are what the program reads; it is started in their directory.
	Files Files `json:"files,omitempty"`
}

// IsZero reports whether there is no proxy.
func (p Proxy) IsZero() bool {
	return len(p.Command) == 0 && len(p.Addresses) == 0 && len(p.Files) == 0
}

// Name is its command line, for people; "" where there is no proxy.
func (p Proxy) Name() string { return strings.Join(p.Command, " ") }

// Scheme is how clients speak to it; "" where that cannot be told.
func (p Proxy) Scheme() string {
	if targets, err := ParseTargets(p.Addresses); err == nil && len(targets) > 0 {
		return targets[0].Scheme
	}
	return ""
}

// Validate reports every field that cannot be, or cannot go with the others.
func (p Proxy) Validate() error { return errors.Join(p.problems()...) }

func (p Proxy) problems() []error {
	if p.IsZero() {
		return nil
	}
	targets, err := ParseTargets(p.Addresses)
	if err != nil {
		return []error{fmt.Errorf("proxy: %w", err)}
	}
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("proxy: "+format, args...)) }
	switch {
	case len(p.Command) == 0:
		bad("command: the program that forwards is missing, as in [haproxy, -db, -f, %s/haproxy.cfg]", FilesDir)
	case p.Command[0] == "":
		bad("command: its first word, the program, is empty")
	case len(p.Addresses) == 0:
		bad("the address that %q listens on is missing; name it, as in http://%s:8080/", p.Name(), ProxyHost)
	}
	for i, t := range targets {
		if t.Host != ProxyHost {
			bad("target %q: clients reach a lab's proxy only; write %s for the host", p.Addresses[i], ProxyHost)
		}
		if slices.Contains(targets[:i], t) {
			bad("target %q is there already; name each target once", p.Addresses[i])
		}
	}
	return append(errs, p.Files.problems()...)
}

// Targets are where the proxy is reached at addr.
func (p Proxy) Targets(addr netip.Addr) ([]Target, error) {
	targets, err := ParseTargets(p.Addresses)
	for i := range targets {
		targets[i].Host = addr.String()
	}
	return targets, err
}
