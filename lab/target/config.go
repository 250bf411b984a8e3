package target

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"tcpbench/scenario"
)

// Backlog is the accept queue that the server asks for; the kernel lowers it
// to net.core.somaxconn.
const Backlog = 65535

// Config is what a server does.
type Config struct {
	// Listen are the addresses to listen on.
	Listen []netip.AddrPort
	// Protocol is what it speaks: the name of one of scenario.Protocols.
	Protocol string
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
	// Unread closes each connection when a request has begun to arrive, without
	// reading any of it: the kernel sends RST.
	Unread bool
	// Unanswered closes each connection when a request has been read, instead of
	// answering it.
	Unanswered bool
	// MaxRequests closes each connection after so many answers; 0 never.
	MaxRequests int
	// IdleTimeout silently closes a connection on which nothing has
	// moved for so long; 0 never.
	IdleTimeout time.Duration
	// Cert and Key are the files of the certificate of a server that speaks TLS, "" for one
	// that it makes itself; ClientCA is that of the authorities of the client certificates
	// which it asks for, "" for none.
	Cert, Key, ClientCA string
	// Threads is how many threads share the connections, at least 1; where the
	// Go runtime decides, as with https, it is 1.
	Threads int
	// Spin has a thread look for events for 20 to 50 us before it sleeps, as long as
	// that finds some: whoever would wake it is spared that. It is for threads that have
	// a processor each to themselves; where the Go runtime decides it has no effect.
	Spin bool
	// Meters are where the threads report what they spend; nil for nowhere.
	Meters *Meters `json:"-"`
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
	errs = append(errs, c.checkProtocol()...)
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

// checkProtocol reports what the protocol is not, and cannot do.
func (c Config) checkProtocol() []error {
	p, err := scenario.ProtocolNamed(c.Protocol)
	if err != nil {
		return []error{fmt.Errorf("protocol: %w", err)}
	}
	return []error{
		scenario.Refuse(c.Threads > 1 && !p.Threads, "threads",
			"the %s server runs on Go's own; leave them out, or set GOMAXPROCS", p.Name),
		scenario.Refuse((c.Cert != "" || c.Key != "" || c.ClientCA != "") && !p.TLS(), "cert",
			"a server that speaks %s has no certificate; use --protocol https", p.Name),
		scenario.Refuse((c.Cert == "") != (c.Key == ""), "cert",
			"a certificate and its key are two files; give both --cert and --key"),
		scenario.Refuse(c.KeepOpen && c.CloseFirst, "server-close",
			"a server that closes first ends connections itself"),
		scenario.Refuse(c.KeepOpen && !p.KeepsOpen, "server-close",
			"a server that speaks %s ends connections itself", p.Name),
		scenario.Refuse((c.Unread || c.Unanswered) && !p.Refuses, "server-close",
			"a server that speaks %s answers", p.Name),
		scenario.Refuse(c.LeaveClose && !p.LeavesClose, "server-close", "it is an http request that asks for a close"),
	}
}

// Ends makes c end connections as s says.
func (c *Config) Ends(s scenario.ServerClosing) {
	c.KeepOpen, c.LeaveClose, c.Unread, c.Unanswered = s.KeepsOpen, s.LeavesClose, s.Unread, s.Unanswered
	c.CloseFirst = c.CloseFirst || s.First
}

// isLast reports whether a connection's nth answer, from 1, is its last.
func (c Config) isLast(n int) bool {
	return c.CloseFirst || c.MaxRequests > 0 && n >= c.MaxRequests
}
