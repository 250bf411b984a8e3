package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
)

// farewells says that the server's farewell ended connections of TLS before they were in
// TIME_WAIT; false where it did not. Each side of TLS ends with a record (close_notify,
// RFC 8446, 6.1). Where the server answers the client's, that meets a socket which the
// client has closed: its kernel answers data in FIN_WAIT_1 or FIN_WAIT_2 with RST and
// forgets the connection (tcp_rcv_state_process, tcp_timewait_state_process), as it does
// on close(2) with the record unread. Go's server answers, nginx does not.
func (f Facts) farewells() (string, bool) {
	if f.EndedByRST == nil || *f.EndedByRST == 0 || 100**f.EndedByRST < f.Succeeded {
		return "", false
	}
	return fmt.Sprintf("the client's RST ended %d of %s when TLS was closed: the server's farewell (close_notify) "+
		"came to a socket that the client had closed, which leaves no TIME_WAIT, and frees the port at once",
		*f.EndedByRST, figure.Plural(f.Succeeded, "connection")), true
}
