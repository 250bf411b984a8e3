package cell

import (
	"errors"
	"fmt"
	"time"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// libraryEngine is the engine on an HTTP library that is asked for, or that
// auto stands for; "" for a native one.
func libraryEngine(w scenario.Workload, scheme string) scenario.EngineName {
	switch {
	case w.Engine == scenario.EngineNetHTTP, w.Engine == scenario.EngineHey:
		return w.Engine
	case w.Engine == scenario.EngineAuto && scheme == scenario.SchemeHTTPS:
		return scenario.EngineNetHTTP
	default:
		return ""
	}
}

// refusal is what an engine cannot do, and what to do about it.
type refusal struct {
	asked  bool
	option string
	text   string
}

// checkEngine refuses every option that the engine would leave without effect,
// or do otherwise than it says.
func checkEngine(w scenario.Workload, scheme string, urls int) error {
	name := libraryEngine(w, scheme)
	if name == "" {
		return checkNative(w, scheme)
	}
	refusals := refusalsOfLibraries(w, scheme)
	if name == scenario.EngineHey {
		refusals = append(refusals, refusalsOfHey(w, scheme, urls)...)
	}
	var errs []error
	for _, r := range refusals {
		if r.asked {
			errs = append(errs, fmt.Errorf("%s: engine %s %s", r.option, name, r.text))
		}
	}
	return errors.Join(errs...)
}

// ignored refuses options that are of another kind of target or engine, and
// would be left without effect.
func ignored(w scenario.Workload, scheme string) error {
	d := scenario.DefaultWorkload()
	tcp := scheme == scenario.SchemeTCP
	var errs []error
	for _, r := range []refusal{
		{!tcp && w.RequestSize != d.RequestSize, "request-size", "it is of tcp targets; an http request is as long as its fields and its --body"},
		{tcp && len(w.Header) > 0, "header", "it is of http targets; use http://, or in a lab --server http"},
		{tcp && w.Method != d.Method, "method", "it is of http targets; use http://, or in a lab --server http"},
		{tcp && w.BodySize > 0, "body-size", "it is of http targets; use http://, or in a lab --server http; a tcp request has --request-size"},
		{libraryEngine(w, scheme) != scenario.EngineNetHTTP && !w.ReadBody, "read-body", "it is of --engine nethttp; the others read every answer to its end"},
		{tcp && w.Body != "", "body", "it is of http targets; use http://, or in a lab --server http"},
		{scheme != scenario.SchemeHTTPS && w.Insecure, "insecure", "it is of https targets, which have a certificate; leave it out"},
		{libraryEngine(w, scheme) == "" && w.MaxIdleConnsPerHost != d.MaxIdleConnsPerHost, "max-idle-conns-per-host", "it is of --engine nethttp; the native engines keep --concurrency connections"},
	} {
		if r.asked {
			errs = append(errs, fmt.Errorf("%s: %s", r.option, r.text))
		}
	}
	return errors.Join(errs...)
}

func checkNative(w scenario.Workload, scheme string) error {
	switch {
	case scheme == scenario.SchemeHTTPS:
		return fmt.Errorf("engine: %s does not speak TLS, which an https target needs; use --engine nethttp", w.Engine)
	case w.Engine == scenario.EngineIOUring && w.BodySize > 0:
		return errors.New("body-size: engine io_uring does not read an answer while it sends, as it may come early; use --engine epoll or auto")
	case w.Engine == scenario.EngineIOUring && w.Close == scenario.CloseUnread:
		return errors.New("close: engine io_uring receives what arrives at once, and leaves nothing unread; use --engine epoll or auto")
	default:
		return nil
	}
}

// refusalsOfLibraries are those of net/http, on which hey is built too.
func refusalsOfLibraries(w scenario.Workload, scheme string) []refusal {
	return []refusal{
		{scheme == scenario.SchemeTCP, "engine", "speaks HTTP only; use an http or https target, in a lab --server http, or --engine auto"},
		{w.Mode == scenario.ModeIdle, "mode", "opens a connection for a request only; idle is for --engine epoll or io_uring"},
		{w.Close == scenario.CloseShutdown, "close", "has no shutdown(2); use client or server, or --engine epoll"},
		{w.Close == scenario.CloseUnread, "close", "reads what arrives before anybody can close; use --engine epoll"},
		{w.BlockingClose, "blocking-close", "leaves its sockets to Go, which are never blocking; use --engine epoll or io_uring"},
		{w.Close == scenario.CloseServer && w.Mode == scenario.ModeKeepalive, "close", "keeps connections until the server or its pool ends them; leave --close out, or use --mode short"},
		{!w.RequestsPerConn.IsZero(), "requests-per-conn", "leaves it to its pool how long a connection lasts; use --engine epoll or io_uring"},
		{w.PortSelect == scenario.PortSelectWalk, "port-select", "cannot bind the next port; use --engine epoll or io_uring"},
		{w.Threads > 1, "threads", "runs on as many threads as Go has (GOMAXPROCS); leave it out"},
	}
}

// heyLongest is the longest run of hey: its report comes at the end, so the run
// is one interval, which is at most so long.
const heyLongest = time.Hour

// refusalsOfHey are what hey does not have beyond that.
func refusalsOfHey(w scenario.Workload, scheme string, urls int) []refusal {
	return []refusal{
		{w.Mode == scenario.ModeShort && w.Close == scenario.CloseClient, "close", "asks the server to close (Connection: close) where a connection carries one request; use --close server, --mode keepalive, or --engine nethttp"},
		{w.BodySize > 0, "body-size", "does not tell an answer that came before the body was sent; use --engine nethttp"},
		{!w.Rate.IsZero(), "rate", "has no open loop: its -q pauses after each answer; use --engine nethttp"},
		{!w.Source.IsZero(), "source", "cannot bind an address; use --engine nethttp"},
		{!w.SourcePorts.IsZero(), "source-ports", "cannot limit its ports; use --sysctl net.ipv4.ip_local_port_range=\"LO HI\", or --engine nethttp"},
		{urls > 1, "destinations", "has one URL; use --engine nethttp"},
		{w.MaxIdleConnsPerHost != scenario.DefaultWorkload().MaxIdleConnsPerHost, "max-idle-conns-per-host", "keeps as many as --concurrency, at most 500; leave it out, or use --engine nethttp"},
		{w.Warmup > 0, "warmup", "reports once, on the whole run; leave it out"},
		{w.Duration+w.Timeout > heyLongest, "duration", "reports once, at the end, on an hour at most; use a shorter one"},
		{w.Timeout%time.Second != 0, "timeout", "counts it in whole seconds; round it"},
		{w.Count%int64(w.Concurrency) != 0, "count", fmt.Sprintf("sends as many requests from each of --concurrency; use a multiple of %d", w.Concurrency)},
		{scheme == scenario.SchemeHTTPS && !w.Insecure, "insecure", "accepts any certificate; add --insecure to say that this is meant, or use --engine nethttp"},
	}
}

// effective is w as an engine on a library will do it.
func effective(w scenario.Workload, name scenario.EngineName) scenario.Workload {
	if name == scenario.EngineHey {
		w.Interval = heyLongest
		w.MaxIdleConnsPerHost = min(w.Concurrency, 500) // maxIdleConn in hey's requester
	}
	return w
}

// addLibrary adds to r what an HTTP library did that connections do not show,
// and returns what a reader must know of it.
func addLibrary(r *results.Run, rec *metrics.Recorder) []results.Warning {
	var out []results.Warning
	warn := func(code, format string, args ...any) {
		out = append(out, results.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	c := rec.Client
	switch scenario.EngineName(r.Environment.Engine) {
	case scenario.EngineNetHTTP:
		r.Dialer = &results.Dialer{Dials: c.Dials, Retried: c.Redialed}
		r.Totals.Protocols = protocols(rec)
	case scenario.EngineHey:
		if n := rec.Service.Count(); n < rec.Requests {
			warn("hey-latencies", "hey keeps the latencies and statuses of its first %d answers, of %d; lower --duration or --count to have all", n, rec.Requests)
		}
	default:
		return nil
	}
	r.Totals.FailedRequests = &c.FailedRequests
	if c.Redialed > 0 {
		warn("dialer-retried", "Go's dialer had no port, or was connected to itself, %d times and tried again without a word, up to twice a dial: a Go program sees fewer failures than the kernel gave, and where ports come free in between, more connections before the first", c.Redialed)
	}
	if k := r.Keepalive; k != nil && !r.Options.ReadBody && k.Reconnects > 0 {
		warn("unread-bodies", "Body.Close without reading the body ends the connection, which cannot be used again: %d were opened in place of others; read it first (io.Copy(io.Discard, resp.Body)), here --read-body", k.Reconnects)
	} else if o := r.Options; k != nil && o.MaxIdleConnsPerHost < o.Concurrency && k.Reconnects > k.ClosedByServer+r.Totals.Failed+int64(o.Concurrency) {
		warn("idle-pool", "the pool kept %d idle connections (Transport.MaxIdleConnsPerHost) of %d in use, closed the others, and opened %d again, each of which takes a port; raise --max-idle-conns-per-host to %d, and in a program that field", o.MaxIdleConnsPerHost, o.Concurrency, k.Reconnects-k.ClosedByServer-r.Totals.Failed, o.Concurrency)
	}
	if c.HTTP2 > 0 {
		warn("http2", "%d of %d answers came by HTTP/2, whose requests share a connection: --concurrency is of requests in flight, and connections are few; --mode short speaks HTTP/1.1", c.HTTP2, rec.Requests)
	}
	return out
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
