package target

// echoSessions answer so many bytes with so many others.
func echoSessions(c Config) func() session {
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
