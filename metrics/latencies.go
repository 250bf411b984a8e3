package metrics

// Latencies are the distributions of each phase of a connection.
type Latencies struct {
	// Connect runs from connect(2) to the end of the handshake.
	Connect *Histogram
	// TLS is the handshake that follows, of https.
	TLS *Histogram
	// FirstByte runs from the start of the request to the answer's first byte.
	FirstByte *Histogram
	// Request runs from the start of the request to the answer's last byte.
	Request *Histogram
	// Service runs from connect(2) to the answer's last byte, where a
	// connection carries one request; hey's, always from where it begins.
	Service *Histogram
	// Response runs from the planned start to the answer's last byte.
	Response *Histogram
	// Close runs from the first step of closing to the return of close(2).
	Close *Histogram
	// Dead runs from the cut of the link to the report that a held connection
	// is dead.
	Dead *Histogram
}

// phase is a distribution with its name in a result file.
type phase struct {
	key string
	at  **Histogram
}

func (l *Latencies) phases() []phase {
	return []phase{
		{"connect", &l.Connect}, {"tls", &l.TLS}, {"first_byte", &l.FirstByte}, {"request", &l.Request},
		{"service", &l.Service}, {"response", &l.Response}, {"close", &l.Close}, {"dead", &l.Dead},
	}
}

// Phase is the distribution of a phase by its name in a result file; nil for an
// unknown name.
func (l Latencies) Phase(key string) *Histogram {
	for _, p := range l.phases() {
		if p.key == key {
			return *p.at
		}
	}
	return nil
}

func newLatencies() Latencies {
	var l Latencies
	for _, p := range l.phases() {
		*p.at = NewHistogram()
	}
	return l
}

func (l Latencies) merge(o Latencies) {
	for _, p := range l.phases() {
		(*p.at).Merge(o.Phase(p.key))
	}
}
