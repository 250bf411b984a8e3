package target

import (
	"context"
	"fmt"
	"net/netip"
)

// Server listens and answers until it is closed.
type Server interface {
	// Addrs are the addresses that it listens on, with the ports that the
	// kernel picked where 0 was asked for.
	Addrs() []netip.AddrPort
	// Serve answers until ctx is done, then closes everything.
	Serve(ctx context.Context) error
	// Stats returns what the server saw, once Serve has returned.
	Stats() Stats
}

// Listen opens a server's sockets. Serve frees them.
func Listen(c Config) (Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	listen, ok := protocols()[c.Protocol]
	if !ok {
		return nil, fmt.Errorf("listen: nothing answers in the protocol %q", c.Protocol)
	}
	return listen(c)
}
