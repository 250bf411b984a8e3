package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"tcpbench/internal/suggest"
)

// The protocols of the embedded server.
const (
	ServerEcho  = "echo"
	ServerHTTP  = "http"
	ServerHTTPS = "https"
)

// ServerProtocols are what the embedded server can speak.
func ServerProtocols() []string { return []string{ServerEcho, ServerHTTP, ServerHTTPS} }

// Server is what answers in a lab: the embedded server, or another program.
type Server struct {
	// Protocol is the embedded server's; "" is ServerEcho, unless there is a Command.
	Protocol string `json:"protocol,omitempty"`
	// Command is a program with its arguments, in which ServerHost stands for
	// the address of the server's namespace, and FilesDir for the directory of
	// Files.
	Command []string `json:"command,omitempty"`
	// Addresses are targets at ServerHost, used in turn. A Command needs one.
	Addresses []string `json:"addresses,omitempty"`
	// Files are what the Command reads; it is started in their directory.
	Files Files `json:"files,omitempty"`
}

// Name says which server it is, for people.
func (s Server) Name() string {
	if len(s.Command) > 0 {
		return strings.Join(s.Command, " ")
	}
	return s.protocol()
}

func (s Server) protocol() string {
	if s.Protocol == "" {
		return ServerEcho
	}
	return s.Protocol
}

// Scheme is how the server is spoken to.
func (s Server) Scheme() string {
	if targets, err := ParseTargets(s.Addresses); err == nil && len(targets) > 0 {
		return targets[0].Scheme
	}
	return schemeOf(s.protocol())
}

func schemeOf(protocol string) string {
	if protocol == ServerEcho {
		return SchemeTCP
	}
	return protocol // http and https are called the same
}

// Validate reports every field that cannot be, or cannot go with the others.
func (s Server) Validate() error {
	if err := checkProtocol(s.protocol()); err != nil {
		return err
	}
	return errors.Join(s.problems()...)
}

// checkProtocol refuses what the embedded server does not speak.
func checkProtocol(name string) error {
	if known := ServerProtocols(); !slices.Contains(known, name) {
		return fmt.Errorf("server: %q is not one of %s%s", name, strings.Join(known, ", "), suggest.DidYouMean(name, known))
	}
	return nil
}

// problems are what is wrong with the fields beside Protocol.
func (s Server) problems() []error {
	targets, err := ParseTargets(s.Addresses)
	if err != nil {
		return []error{err}
	}
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch {
	case len(s.Command) > 0 && s.Protocol != "":
		bad("server: %s and the command %q are two servers; choose one", s.Protocol, s.Name())
	case len(s.Command) > 0 && s.Command[0] == "":
		bad("command: its first word, the program, is empty")
	case len(s.Command) == 0 && len(s.Files) > 0:
		bad("files: they are for a command; the embedded server reads none")
	case len(s.Command) > 0 && len(s.Addresses) == 0:
		bad("command: the address that %q listens on is missing; name it, as in http://%s:8080/", s.Name(), ServerHost)
	}
	for i, t := range targets {
		if t.Host != ServerHost {
			bad("target %q: a lab reaches its own server only; write %s for the host, or leave out the lab", s.Addresses[i], ServerHost)
		}
		if want := schemeOf(s.protocol()); len(s.Command) == 0 && t.Scheme != want {
			bad("target %q: the embedded server %s is reached by %s://", s.Addresses[i], s.protocol(), want)
		}
		if slices.Contains(targets[:i], t) {
			bad("target %q is there already; name each target once", s.Addresses[i])
		}
	}
	return append(errs, s.Files.problems()...)
}

// Targets are where the server is reached at addr: at its Addresses, or else
// at so many ports from first on.
func (s Server) Targets(addr netip.Addr, first uint16, ports int) ([]Target, error) {
	targets, err := ParseTargets(s.Addresses)
	if err != nil {
		return nil, err
	}
	for i := range targets {
		targets[i].Host = addr.String()
	}
	if len(targets) > 0 {
		return targets, nil
	}
	t := Target{Scheme: s.Scheme(), Host: addr.String(), Port: first}
	if t.Scheme != SchemeTCP {
		t.Path = "/"
	}
	for range ports {
		targets = append(targets, t)
		t.Port++
	}
	return targets, nil
}
