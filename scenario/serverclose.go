package scenario

// ServerClose names when the lab's embedded server closes its end.
type ServerClose string

// What the server does after the client's FIN, or before.
const (
	// ServerCloseEOF closes its end too, as programs should.
	ServerCloseEOF ServerClose = "eof"
	// ServerCloseClient leaves the close to the client: an HTTP server that
	// answers `Connection: close` and waits.
	ServerCloseClient ServerClose = "client"
	// ServerCloseNever keeps its end open: the client's stays in FIN_WAIT_2, for
	// tcp_fin_timeout.
	ServerCloseNever ServerClose = "never"
	// ServerCloseAnswer closes after the first answer, of which the client is not
	// told: who closes first is a matter of time.
	ServerCloseAnswer ServerClose = "answer"
	// ServerCloseUnread closes when a request has begun to arrive, and reads none
	// of it: the kernel sends RST instead of FIN (RFC 2525, 2.17).
	ServerCloseUnread ServerClose = "unread"
	// ServerCloseUnanswered reads a request and closes: the kernel sends FIN.
	ServerCloseUnanswered ServerClose = "unanswered"
)

// ServerClosing is what the embedded server does to end connections.
type ServerClosing struct {
	When ServerClose
	// Help is what the name does not say.
	Help string
	// KeepsOpen: its end stays open after the client's FIN.
	KeepsOpen bool
	// First: it ends each connection after its answer, unasked.
	First bool
	// LeavesClose: it waits for the client to close after the last answer.
	LeavesClose bool
	// Unread: it closes when a request has begun to arrive, which it does not read.
	Unread bool
	// Unanswered: it closes instead of answering.
	Unanswered bool
}

// Refuses reports whether no request has an answer.
func (s ServerClosing) Refuses() bool { return s.Unread || s.Unanswered }

// ServerClosings is the table of them, the default first.
func ServerClosings() []ServerClosing {
	return []ServerClosing{
		{When: ServerCloseEOF, Help: "after the client's FIN"},
		{When: ServerCloseNever, KeepsOpen: true, Help: "not at all"},
		{When: ServerCloseAnswer, First: true, Help: "after its first answer, whatever the client does"},
		{When: ServerCloseClient, LeavesClose: true,
			Help: "an http server leaves it to the client to close after the last answer"},
		{When: ServerCloseUnread, Unread: true, Help: "with the request unread, which sends RST"},
		{When: ServerCloseUnanswered, Unanswered: true, Help: "instead of an answer"},
	}
}

func (s ServerClosing) row() (name, help string) { return string(s.When), s.Help }

// Closing is the row of a name; one that there is not is an error.
func (s ServerClose) Closing() (ServerClosing, error) { return find(ServerClosings(), string(s)) }

// ServerClosing is how the embedded server ends w's connections, of which
// [Workload.Validate] has to know.
func (w *Workload) ServerClosing() ServerClosing {
	s, _ := w.ServerClose.Closing()
	return s
}
