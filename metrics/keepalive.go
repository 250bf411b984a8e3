package metrics

// Keepalive counts what became of connections that carry many requests.
type Keepalive struct {
	// ClosedByServer counts connections that the server ended between two
	// requests, announced or not, without a loss.
	ClosedByServer int64 `json:"closed_by_server"`
	// Retried counts requests that were sent again on another connection: the
	// server had ended theirs, and their method permits it (RFC 9110, 9.2.2).
	Retried int64 `json:"retried"`
	// Lost counts requests on a connection that the server ended, which may
	// not be sent again: nobody can say whether they were served.
	Lost int64 `json:"lost"`
}

func (k *Keepalive) add(o Keepalive) {
	k.ClosedByServer += o.ClosedByServer
	k.Retried += o.Retried
	k.Lost += o.Lost
}
