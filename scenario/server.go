package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Server is what answers in a lab: the embedded server, or another program.
// The embedded one may have Addresses too, but needs none.
type Server struct {
	// Protocol is the embedded server's; "" is ServerEcho, unless there is a Command.
	Protocol string `json:"protocol,omitempty"`
	Program
}

// Name says which server it is, for people.
func (s Server) Name() string { return cmp.Or(s.Program.Name(), s.protocol()) }

// External reports whether it runs already, at its addresses, and there is no lab.
func (s Server) External() bool {
	if s.Protocol != "" || len(s.Command) > 0 || len(s.Addresses) == 0 {
		return false
	}
	return !slices.ContainsFunc(s.Addresses, func(a string) bool {
		return strings.Contains(a, ServerHost) || strings.HasPrefix(a, unixPrefix+FilesDir)
	})
}

func (s Server) protocol() string { return cmp.Or(s.Protocol, Protocols()[0].Name) }

// Speaks is what the embedded server speaks; where there is another, or no
// such protocol, it is the zero value, which can do nothing.
func (s Server) Speaks() Protocol {
	if len(s.Command) > 0 || s.External() {
		return Protocol{}
	}
	p, _ := ProtocolNamed(s.protocol())
	return p
}

// Scheme is how the server is spoken to.
func (s Server) Scheme() string { return cmp.Or(s.Program.Scheme(), s.Speaks().Scheme) }

// ownServer says which server a lab reaches.
const ownServer = "a lab reaches its own server only; write " + ServerHost + " for the host, or leave out the lab"

// ownSocket says the same of a Unix socket.
const ownSocket = "a lab reaches its own server only, at a Unix socket in the directory of its program; write " +
	unixPrefix + FilesDir + "/NAME, or leave out the lab"

// Validate reports every field of a lab's server that cannot be, or cannot go with the
// others.
func (s Server) Validate() error {
	if err := checkProtocol(s.protocol()); err != nil {
		return err
	}
	if s.External() {
		return fmt.Errorf("target %q: %s", Redacted(s.Addresses[0]), ownServer)
	}
	return errors.Join(s.problems()...)
}

// problems are what is wrong with the fields beside Protocol.
func (s Server) problems() []error {
	var errs []error
	if len(s.Command) > 0 && s.Protocol != "" {
		errs = append(errs, fmt.Errorf("server: %s and the command %q are two servers; choose one",
			s.Protocol, s.Name()))
	}
	if len(s.Command) == 0 && len(s.Files) > 0 {
		errs = append(errs, errors.New("files: they are for a command; the embedded server reads none"))
	}
	host := ServerHost
	if s.External() {
		host = "" // any
	}
	errs = append(errs, s.Program.problems(host, ownServer)...)
	if want := s.Speaks().Scheme; want != "" && s.Scheme() != want {
		errs = append(errs, fmt.Errorf("target %q: the embedded server %s is reached by %s://",
			Redacted(s.Addresses[0]), s.protocol(), want))
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
	if SpeaksHTTP(t.Scheme) {
		t.Path = "/"
	}
	var targets []Target
	for range ports {
		targets = append(targets, t)
		t.Port++
	}
	return targets, nil
}
