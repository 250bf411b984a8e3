package scenario

import "slices"

// execRefuses are refusals of a program of the user's, which opens, uses and closes its
// connections as its own options say.
func execRefuses(j job) []error {
	return slices.Concat(execLoad(j), execSockets(j), execRequests(j), execTLS(j), execRun(j))
}

// execLoad is how many connections there are, when, and how each ends.
func execLoad(j job) []error {
	d := DefaultWorkload()
	const own = "does as the program's own options say; "
	return []error{
		j.refuse(j.Concurrency != d.Concurrency, "concurrency", own+"leave it out, and give the program its own"),
		j.refuse(j.Count != 0, "count", "cannot end a program after a number of connections; use --duration, or the "+
			"program's own option"),
		j.refuse(!j.Rate.IsZero(), "rate", own+"leave it out, and give the program its own"),
		j.refuse(j.Mode != d.Mode, "mode", own+"leave it out: whether connections are kept is the program's to choose"),
		j.refuse(!j.RequestsPerConn.IsZero(), "requests-per-conn", own+"leave it out"),
		j.refuse(j.Linger != d.Linger, "linger", "has no hand on the program's sockets; set SO_LINGER in it"),
		j.refuse(j.Close != d.Close, "close", own+"leave it out; --server-close is for the embedded server"),
		j.refuse(j.BlockingClose, "blocking-close", "has no hand on the program's sockets; leave it out"),
		j.refuse(j.OnExhausted != d.OnExhausted, "on-exhausted", "does not tell the program what to do then; "+
			"leave it out: --until exhausted ends it, and without it the program goes on as it does"),
	}
}

// execSockets is where connections come from.
func execSockets(j job) []error {
	d := DefaultWorkload()
	const own = "has no hand on the program's sockets; "
	return []error{
		j.refuse(!j.Source.IsZero(), "source", own+"leave it out, and bind addresses in the program"),
		j.refuse(j.NAT.Clients > 1, "nat-clients", "runs one program, on one host; leave it out"),
		j.refuse(j.BindNoPort != d.BindNoPort, "bind-no-port", own+"leave it out"),
		j.refuse(!j.SourcePorts.IsZero(), "source-ports",
			own+"use --sysctl net.ipv4.ip_local_port_range=\"LO HI\", which applies to every socket"),
		j.refuse(j.PortSelect != d.PortSelect, "port-select", own+"leave it out"),
		j.refuse(!j.TCPKeepalive.IsZero(), "tcp-keepalive", own+"set it in the program, or --sysctl "+
			"net.ipv4.tcp_keepalive_time=S and its like"),
		j.refuse(j.Timeout != d.Timeout, "timeout", own+"leave it out, and give the program its own"),
	}
}

// execRequests is what connections carry.
func execRequests(j job) []error {
	d := DefaultWorkload()
	const own = "sends what the program sends; leave it out"
	return []error{
		j.refuse(len(j.Exchange) > 0, "exchange", own),
		j.refuse(j.Method != d.Method, "method", own),
		j.refuse(len(j.Header) > 0, "header", own),
		j.refuse(j.Body != "", "body", own),
		j.refuse(j.BodySize > 0, "body-size", own),
		j.refuse(j.Insecure, "insecure", own+"; whether it accepts any certificate is the program's to say"),
		j.refuse(j.ProxyProtocol.Asked(), "proxy-protocol", own),
		j.refuse(j.Retry != d.Retry, "retry", "does not tell the program what to send again; leave it out"),
	}
}

// execTLS is how it speaks TLS.
func execTLS(j job) []error {
	d := DefaultWorkload()
	const own = "speaks TLS as the program's own options say; leave it out"
	return []error{
		j.refuse(j.CACert != "", "cacert", own),
		j.refuse(j.Cert != "", "cert", own),
		j.refuse(j.Key != "", "key", own),
		j.refuse(j.ServerName != "", "servername", own),
		j.refuse(j.HTTP != d.HTTP, "http", own),
		j.refuse(j.TLSResume != d.TLSResume, "tls-resume", own),
	}
}

// execRun is how it runs.
func execRun(j job) []error {
	d := DefaultWorkload()
	return []error{
		j.refuse(j.Threads != d.Threads, "threads", "runs on as many threads as the program has; leave it out"),
		j.refuse(j.Warmup > 0, "warmup", "counts from the program's start, whose first connections take ports too; "+
			"leave it out"),
		j.refuse(j.Seed != d.Seed, "seed", "draws nothing at random; leave it out"),
	}
}
