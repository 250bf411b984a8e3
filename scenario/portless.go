package scenario

// withoutPorts are options of TCP, towards a target that is a Unix socket.
func (w *Workload) withoutPorts(s Scheme) []error {
	if !s.NoPorts {
		return nil
	}
	const tcp = "it is TCP's, and the target is a Unix socket; leave it out"
	return []error{
		Refuse(w.Until == UntilExhausted, "until",
			"a Unix socket has no ports to run out of; use --duration or --count"),
		Refuse(!w.Source.IsZero(), "source", tcp),
		Refuse(!w.SourcePorts.IsZero(), "source-ports", tcp),
		Refuse(w.PortSelect == PortSelectWalk, "port-select", tcp),
		Refuse(!w.TCPKeepalive.IsZero(), "tcp-keepalive", tcp),
		Refuse(w.Linger.On, "linger", tcp),
		Refuse(w.Closing().Unread, "close", "what is left unread ends no Unix socket with a reset; leave it out"),
		Refuse(w.ProxyProtocol.Asked(), "proxy-protocol", "it has addresses and ports, and a Unix socket has none"),
	}
}
