package metrics

// Client is what an HTTP library does that no count of connections shows.
type Client struct {
	// Dials counts calls of the library's dialer, and Redialed the sockets
	// beyond the first that these used: Go tries again, up to two times and
	// silently, after EADDRNOTAVAIL and when a socket was connected to
	// itself (doDialTCPProto in package net).
	Dials, Redialed int64
	// FailedRequests counts requests that had no whole answer.
	FailedRequests int64
	// HTTP2 counts answers by HTTP/2.
	HTTP2 int64
	// Unused counts connections that were opened and carried no request: the
	// library opens one for a request, and another one is free before it is there.
	Unused int64
}

func (c *Client) add(o Client) {
	c.Dials += o.Dials
	c.Redialed += o.Redialed
	c.FailedRequests += o.FailedRequests
	c.HTTP2 += o.HTTP2
	c.Unused += o.Unused
}
