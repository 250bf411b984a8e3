package target

import (
	"errors"
	"fmt"
	"net/netip"

	"tcpbench/scenario"
)

// Protocol is what the server speaks.
type Protocol string

// The protocols.
const (
	// Echo answers every RequestSize bytes with ResponseSize bytes.
	Echo Protocol = "echo"
	// HTTP answers every HTTP/1.x request with 200 and ResponseSize bytes.
	HTTP Protocol = "http"
)

// Backlog is the accept queue that the server asks for; the kernel lowers it
// to net.core.somaxconn.
const Backlog = 65535

// Config is what a server does.
type Config struct {
	// Listen are the addresses to listen on.
	Listen []netip.AddrPort
	// Protocol is what it speaks.
	Protocol Protocol
	// RequestSize and ResponseSize are in bytes. With RequestSize 0 the
	// answer is sent at once, and only once a connection.
	RequestSize, ResponseSize int
	// CloseFirst closes each connection after its first answer.
	CloseFirst bool
	// Threads is how many threads share the connections, at least 1.
	Threads int
}

// Validate reports every value that is out of range.
func (c Config) Validate() error {
	var errs []error
	if len(c.Listen) == 0 {
		errs = append(errs, errors.New("listen: no address to listen on"))
	}
	for _, a := range c.Listen {
		if !a.IsValid() {
			errs = append(errs, fmt.Errorf("listen: %v is not an address with a port", a))
		}
	}
	if c.Protocol != Echo && c.Protocol != HTTP {
		errs = append(errs, fmt.Errorf("protocol: %q is not one of echo, http", c.Protocol))
	}
	if c.RequestSize < 0 || c.RequestSize > scenario.MaxMessage {
		errs = append(errs, fmt.Errorf("request-size: %d is outside 0 to %d", c.RequestSize, scenario.MaxMessage))
	}
	if c.ResponseSize < 0 || c.ResponseSize > scenario.MaxMessage {
		errs = append(errs, fmt.Errorf("response-size: %d is outside 0 to %d", c.ResponseSize, scenario.MaxMessage))
	}
	if c.Threads < 1 || c.Threads > scenario.MaxThreads {
		errs = append(errs, fmt.Errorf("threads: %d is outside 1 to %d", c.Threads, scenario.MaxThreads))
	}
	return errors.Join(errs...)
}
