package target

import (
	"context"
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
