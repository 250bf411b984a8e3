package target

// Stats are what a server saw.
type Stats struct {
	// Accepted counts connections.
	Accepted int64 `json:"accepted"`
	// Requests counts whole requests.
	Requests int64 `json:"requests"`
	// BytesReceived and BytesSent count payload.
	BytesReceived int64 `json:"bytes_received"`
	BytesSent     int64 `json:"bytes_sent"`
	// Handshakes counts those of TLS whose connection carried a request, and Resumed those
	// of them that took up the session of an earlier one.
	Handshakes int64 `json:"handshakes,omitempty"`
	Resumed    int64 `json:"resumed,omitempty"`
	// Resets counts connections that the peer reset (ECONNRESET, EPIPE).
	Resets int64 `json:"resets"`
	// Errors counts failures of the server's own calls.
	Errors int64 `json:"errors"`
}

// Add adds o to s.
func (s *Stats) Add(o Stats) {
	s.Accepted += o.Accepted
	s.Requests += o.Requests
	s.BytesReceived += o.BytesReceived
	s.BytesSent += o.BytesSent
	s.Handshakes += o.Handshakes
	s.Resumed += o.Resumed
	s.Resets += o.Resets
	s.Errors += o.Errors
}
