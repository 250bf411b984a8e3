package metrics

import "cmp"

// Handshakes are those of TLS.
type Handshakes struct {
	// Done counts those that ended well, and Resumed those of them that took up the
	// session of an earlier one (RFC 8446, 2.2).
	Done, Resumed int64
	// Failure says why the first one failed, or the first request whose connection ended
	// for what it had come to; "" where none did.
	Failure string
}

func (h *Handshakes) add(o Handshakes) {
	h.Done += o.Done
	h.Resumed += o.Resumed
	h.Failure = cmp.Or(h.Failure, o.Failure)
}
