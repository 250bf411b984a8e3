package cell

import (
	"fmt"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// addLibrary adds to r what an HTTP library did that connections do not show,
// and returns what a reader must know of it.
func addLibrary(r *results.Run, rec *metrics.Recorder) []results.Warning {
	var out []results.Warning
	warn := func(code, format string, args ...any) {
		out = append(out, results.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	c, e := rec.Client, engineOf(r)
	if !e.Client {
		return nil
	}
	if e.CountsDials {
		r.Dialer = &results.Dialer{Dials: c.Dials, Retried: c.Redialed}
		r.Totals.Protocols = protocols(rec)
	}
	if n := rec.Service.Count(); e.ReportsOnce && n < rec.Requests {
		warn("hey-latencies", "hey keeps the latencies and statuses of its first %d answers, of %d; "+
			"lower --duration or "+
			"--count to have all", n, rec.Requests)
	}
	r.Totals.FailedRequests = &c.FailedRequests
	if c.Redialed > 0 {
		warn("dialer-retried", "Go's dialer had no port, or was connected to itself, "+
			"%d times and tried again without a "+
			"word, up to twice a dial: a Go program sees fewer failures than the kernel gave, "+
			"and where ports come free in "+
			"between, more connections before the first", c.Redialed)
	}
	if k := r.Keepalive; k != nil && !r.Options.ReadBody && k.Reconnects > 0 {
		warn("unread-bodies", "Body.Close without reading the body ends the connection, "+
			"which cannot be used again: %d "+
			"were opened to replace others; read it first (io.Copy(io.Discard, resp.Body)), "+
			"here --read-body", k.Reconnects)
	} else if o := r.Options; k != nil && o.MaxIdleConnsPerHost < o.Concurrency &&
		k.Reconnects > k.ClosedByServer+r.Totals.Failed+int64(o.Concurrency) {
		warn("idle-pool", "the pool kept %d idle connections (Transport.MaxIdleConnsPerHost) of %d in use, closed the "+
			"others, and opened %d again, each of which takes a port; raise --max-idle-conns-per-host to %d, "+
			"and in a program "+
			"that field", o.MaxIdleConnsPerHost, o.Concurrency, k.Reconnects-k.ClosedByServer-r.Totals.Failed,
			o.Concurrency)
	}
	if c.HTTP2 > 0 {
		warn("http2", "%d of %d answers came by HTTP/2, whose requests share a connection: "+
			"--concurrency counts requests in "+
			"flight, and connections are few; --mode short speaks HTTP/1.1", c.HTTP2, rec.Requests)
	}
	return out
}

// unused counts the connections of an HTTP library that carried nothing; nil where that is
// not known, or cannot be.
func unused(r *results.Run, rec *metrics.Recorder) *int64 {
	if e := engineOf(r); e.CountsDials || e.Client && r.Options.Mode == scenario.ModeKeepalive { // hey counts no others
		return &rec.Client.Unused
	}
	return nil
}

// handshakes are those of TLS; nil without it, or of an engine that does not report them.
// resets tells that the client's RSTs are known, and are no way to close that was asked for.
func handshakes(r *results.Run, scheme string, h metrics.Handshakes, resets bool) *results.TLS {
	s, err := scenario.SchemeNamed(scheme)
	if err != nil || !s.TLS || !engineOf(r).CountsDials {
		return nil
	}
	t := &results.TLS{Handshakes: h.Done, Resumed: h.Resumed, Failure: h.Failure}
	if r.Kernel.Client != nil && resets {
		n := min(r.Kernel.Client["TcpOutRsts"], h.Done)
		t.EndedByRST = &n
	}
	return t
}

// engineOf is what opened a result's connections.
func engineOf(r *results.Run) scenario.Engine {
	e, _ := scenario.EngineName(r.Environment.Engine).Engine() // it ran
	return e
}

// protocols counts answers by the version of HTTP; nil where there are none.
func protocols(rec *metrics.Recorder) map[string]int64 {
	out := map[string]int64{"HTTP/1": rec.Requests - rec.Client.HTTP2, "HTTP/2": rec.Client.HTTP2}
	for name, n := range out {
		if n == 0 {
			delete(out, name)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
