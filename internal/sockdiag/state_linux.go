package sockdiag

import "fmt"

// String is the kernel's name of the state, as in include/net/tcp_states.h.
func (s State) String() string {
	names := [...]string{1: "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT", "CLOSE",
		"CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV", "BOUND"}
	if int(s) < len(names) && names[s] != "" {
		return names[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

const (
	stateListen = 10
	// stateBound is TCP_BOUND_INACTIVE, which exists in questions only: a socket
	// that bind(2) gave a port, and that is CLOSE itself. Since Linux 6.8.
	stateBound = 13
)

// Bound calls each with the local port of every socket that has one and no
// peer: it listens, or bind(2) gave it the port and no more was done.
func (c *Lister) Bound(each func(port uint16, s State)) error {
	tell := func(body []byte) {
		state := State(stateBound)
		if socket(body).State == stateListen {
			state = stateListen
		}
		each(port(body, localPort), state)
	}
	if err := c.bothFamilies(listen|1<<stateBound, sourcesBetween(1, 65535), tell); err != nil {
		return fmt.Errorf("list bound ports: %w", err)
	}
	return nil
}
