package target

// session is one connection's place in the protocol.
type session interface {
	// feed takes bytes that arrived.
	feed(p []byte)
	// next returns the answer to the next whole request, and whether the
	// connection is to be closed after it; false when no request is whole.
	// The bytes are shared and must not be changed.
	next() (answer []byte, last, ok bool)
	// reset makes the session ready for another connection.
	reset()
}
