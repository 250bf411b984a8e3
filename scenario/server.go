package scenario

import (
	"cmp"
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
// The embedded one may have Addresses too, but needs none.
type Server struct {
	// Protocol is the embedded server's; "" is ServerEcho, unless there is a Command.
	Protocol string `json:"protocol,omitempty"`
	Program
}

// Name says which server it is, for people.
func (s Server) Name() string { return cmp.Or(s.Program.Name(), s.protocol()) }

func (s Server) protocol() string { return cmp.Or(s.Protocol, ServerEcho) }

// Scheme is how the server is spoken to.
func (s Server) Scheme() string { return cmp.Or(s.Program.Scheme(), schemeOf(s.protocol())) }

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
	var errs []error
	if len(s.Command) > 0 && s.Protocol != "" {
		errs = append(errs, fmt.Errorf("server: %s and the command %q are two servers; choose one", s.Protocol, s.Name()))
	}
	if len(s.Command) == 0 && len(s.Files) > 0 {
		errs = append(errs, errors.New("files: they are for a command; the embedded server reads none"))
	}
	only := "a lab reaches its own server only; write " + ServerHost + " for the host, or leave out the lab"
	errs = append(errs, s.Program.problems(ServerHost, only)...)
	if want := schemeOf(s.protocol()); len(s.Command) == 0 && s.Scheme() != want {
		errs = append(errs, fmt.Errorf("target %q: the embedded server %s is reached by %s://", s.Addresses[0], s.protocol(), want))
	}
	return append(errs, s.Files.problems()...)
}

// Targets are where the server is reached at addr: at its Addresses, or else
// at so many ports from first on.
func (s Server) Targets(addr netip.Addr, first uint16, ports int) ([]Target, error) {
	if targets, err := s.Program.Targets(addr); err != nil || len(targets) > 0 {
		return targets, err
	}
	t := Target{Scheme: s.Scheme(), Host: addr.String(), Port: first}
	if t.Scheme != SchemeTCP {
		t.Path = "/"
	}
	var targets []Target
	for range ports {
		targets = append(targets, t)
		t.Port++
	}
	return targets, nil
}
