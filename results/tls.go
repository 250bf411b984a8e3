package results

// TLS is what became of the handshakes of TLS, of engine nethttp.
type TLS struct {
	// Handshakes counts those that ended well, and Resumed those of them that took up the
	// session of an earlier one.
	Handshakes int64 `json:"handshakes"`
	Resumed    int64 `json:"resumed"`
	// Failure says why the first one failed; absent where none did.
	Failure string `json:"failure,omitempty"`
	// EndedByRST counts connections that the client's RST ended, because the server's
	// farewell (close_notify) came when it had closed its socket, or was about to: they
	// leave no TIME_WAIT. Absent where it is not known, and where RST is how --linger closes.
	EndedByRST *int64 `json:"ended_by_rst,omitempty"`
}
