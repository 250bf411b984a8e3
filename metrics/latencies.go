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

func newLatencies() Latencies {
	return Latencies{
		Connect:   NewHistogram(),
		TLS:       NewHistogram(),
		FirstByte: NewHistogram(),
		Request:   NewHistogram(),
		Service:   NewHistogram(),
		Response:  NewHistogram(),
		Close:     NewHistogram(),
		Dead:      NewHistogram(),
	}
}

func (l Latencies) merge(o Latencies) {
	l.Connect.Merge(o.Connect)
	l.TLS.Merge(o.TLS)
	l.FirstByte.Merge(o.FirstByte)
	l.Request.Merge(o.Request)
	l.Service.Merge(o.Service)
	l.Response.Merge(o.Response)
	l.Close.Merge(o.Close)
	l.Dead.Merge(o.Dead)
}
