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

// newSession returns a function that makes sessions for c.
func newSession(c Config) func() session {
	if c.Protocol == HTTP {
		pages := newPages(c)
		return func() session { return &httpSession{pages: pages} }
	}
	answer := make([]byte, c.ResponseSize)
	for i := range answer {
		answer[i] = byte('a' + i%26)
	}
	return func() session { return &echoSession{config: c, answer: answer} }
}

// echoSession counts bytes; their content does not matter.
type echoSession struct {
	config Config
	answer []byte
	got    int
	given  int // answers
}

func (s *echoSession) feed(p []byte) { s.got += len(p) }

func (s *echoSession) next() ([]byte, bool, bool) {
	if s.config.RequestSize == 0 {
		s.given++
		return s.answer, s.config.isLast(1), s.given == 1
	}
	if s.got < s.config.RequestSize {
		return nil, false, false
	}
	s.got -= s.config.RequestSize
	s.given++
	return s.answer, s.config.isLast(s.given), true
}

func (s *echoSession) reset() { s.got, s.given = 0, 0 }
