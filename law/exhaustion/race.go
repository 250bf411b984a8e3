package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
)

// race says that both sides close first, now the one and now the other, so that
// the client keeps only some of the TIME_WAITs; false where they do not. It is
// told by the kernel's counters of either side.
func (f Facts) race() (string, bool) {
	client, server := f.Client["TcpExtTW"], f.Server["TcpExtTW"]
	s := f.Settings
	if f.Finding.Elsewhere() != "" { // whose own clients leave it TIME_WAITs that hold no port of these
		client = f.Succeeded - server
	}
	lawful := s.Reset || s.ServerCloses || s.ServerOpen
	if f.Use != OneRequest || f.OneHost || f.Proxied || lawful || client == 0 || 100*server < f.Succeeded || server == 0 {
		return "", false
	}
	if f.Finding.Elsewhere() != "" {
		return fmt.Sprintf("it is a race of who does: %s left their TIME_WAIT on the server, where it holds no port",
			figure.Plural(server, "connection")), true
	}
	return fmt.Sprintf("it is a race of who does: %s left their TIME_WAIT on the client, which holds a port, and %s "+
		"on the server", figure.Plural(client, "connection"), number(server)), true
}
