package scenario

// ClosePolicy names who ends a connection, and how. The side that sends the
// first FIN keeps the TIME_WAIT (RFC 9293, 3.6).
type ClosePolicy string

// The close policies.
const (
	// CloseClient closes as soon as the answer has arrived.
	CloseClient ClosePolicy = "client"
	// CloseShutdown sends FIN with shutdown(SHUT_WR), reads to the end, closes.
	CloseShutdown ClosePolicy = "shutdown"
	// CloseServer waits for the server's FIN, then closes.
	CloseServer ClosePolicy = "server"
	// CloseUnread closes when the answer has begun to arrive, and reads none of
	// it: the kernel sends RST instead of FIN (RFC 2525, 2.17).
	CloseUnread ClosePolicy = "unread"
)

// Closing is what a close policy does. The zero value closes once the answer
// has arrived.
type Closing struct {
	Policy ClosePolicy
	// Help is what the name does not say.
	Help string
	// ServerFirst: the server ends the connection, asked to where its protocol
	// has words for that, and the client waits for its FIN.
	ServerFirst bool
	// HalfClose: the client sends FIN first, and reads to the end before close(2).
	HalfClose bool
	// Unread: the client closes when an answer has begun to arrive, and reads
	// none of it.
	Unread bool
}

// Closings is the table of all close policies, the default first.
func Closings() []Closing {
	return []Closing{
		{Policy: CloseClient},
		{Policy: CloseShutdown, HalfClose: true},
		{Policy: CloseServer, ServerFirst: true},
		{Policy: CloseUnread, Unread: true, Help: "with the answer unread, which sends RST"},
	}
}

func (c Closing) row() (name, help string) { return string(c.Policy), c.Help }

// Closing is the row of a policy; one that there is not is an error.
func (p ClosePolicy) Closing() (Closing, error) { return find(Closings(), string(p)) }

// Closing is how w ends connections, of which [Workload.Validate] has to know.
func (w *Workload) Closing() Closing {
	c, _ := w.Close.Closing()
	return c
}

// AtOnce reports whether close(2) on a connection whose answer was read is the
// first that either side does to end it.
func (c Closing) AtOnce() bool { return !c.ServerFirst && !c.HalfClose && !c.Unread }

// Resets reports whether the client's RST ends the connection, and no TIME_WAIT
// is left: after a FIN it is too late for that.
func (c Closing) Resets(l Linger) bool { return c.Unread || c.AtOnce() && l.Reset() }
