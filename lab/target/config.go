package target

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

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
	// HTTPS is the same over TLS, by HTTP/1.1 or HTTP/2, with a certificate
	// made at the start and signed by itself.
	HTTPS Protocol = "https"
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
	// KeepOpen keeps the server's end of each connection open after the client's
	// FIN, until the client resets it or the server ends.
	KeepOpen bool
	// LeaveClose leaves it to an HTTP client to close a connection after its last
	// answer, which says `Connection: close`.
	LeaveClose bool
	// MaxRequests closes each connection after so many answers; 0 never.
	MaxRequests int
	// IdleTimeout closes a connection, without a word, on which nothing has
	// moved for so long; 0 never.
	IdleTimeout time.Duration
	// Threads is how many threads share the connections, at least 1; with
	// HTTPS the Go runtime decides, and it is 1.
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
	if c.Protocol != Echo && c.Protocol != HTTP && c.Protocol != HTTPS {
		errs = append(errs, fmt.Errorf("protocol: %q is not one of echo, http, https", c.Protocol))
	}
	if c.Protocol == HTTPS && c.Threads > 1 {
		errs = append(errs, errors.New("threads: the https server runs on Go's own; leave them out, or set GOMAXPROCS"))
	}
	if c.KeepOpen && (c.CloseFirst || c.Protocol == HTTPS) {
		errs = append(errs, errors.New("keep-open: a server that closes first, or speaks https, ends connections itself"))
	}
	if c.LeaveClose && c.Protocol != HTTP {
		errs = append(errs, errors.New("leave-close: it is an http request that asks for a close"))
	}
	if c.RequestSize < 0 || c.RequestSize > scenario.MaxMessage {
		errs = append(errs, fmt.Errorf("request-size: %d is outside 0 to %d", c.RequestSize, scenario.MaxMessage))
	}
	if c.ResponseSize < 0 || c.ResponseSize > scenario.MaxMessage {
		errs = append(errs, fmt.Errorf("response-size: %d is outside 0 to %d", c.ResponseSize, scenario.MaxMessage))
	}
	if c.MaxRequests < 0 {
		errs = append(errs, fmt.Errorf("requests-per-conn: %d is below 0", c.MaxRequests))
	}
	if c.IdleTimeout < 0 {
		errs = append(errs, fmt.Errorf("idle-timeout: %v is below 0", c.IdleTimeout))
	}
	if c.Threads < 1 || c.Threads > scenario.MaxThreads {
		errs = append(errs, fmt.Errorf("threads: %d is outside 1 to %d", c.Threads, scenario.MaxThreads))
	}
	return errors.Join(errs...)
}

// isLast reports whether a connection's nth answer, from 1, is its last.
func (c Config) isLast(n int) bool {
	return c.CloseFirst || c.MaxRequests > 0 && n >= c.MaxRequests
}
