package scenario

import (
	"errors"
	"fmt"
	"time"
)

// EngineName names what opens the connections.
type EngineName string

// The engines. Auto stands for the best one that the kernel allows.
const (
	EngineAuto    EngineName = "auto"
	EngineIOUring EngineName = "io_uring"
	EngineEpoll   EngineName = "epoll"
	// EngineNetHTTP is net/http's Transport, what a Go service uses.
	EngineNetHTTP EngineName = "nethttp"
	// EngineHey is hey's own requester.
	EngineHey EngineName = "hey"
	// EngineExec is a program of the user's, measured from outside.
	EngineExec EngineName = "exec"
)

// Engine is what an engine is, can do and refuses.
type Engine struct {
	Name EngineName
	// Help is what the name does not say.
	Help string
	// Client: it is an HTTP client of Go's, which opens connections ahead of need
	// and keeps them in a pool, not sockets of tcpbench's own.
	Client bool
	// Ring: its sockets are not descriptors of the process.
	Ring bool
	// CountsDials: it knows of every dial, and by which HTTP each answer came.
	CountsDials bool
	// SkipsBodies: it can close an answer's body unread.
	SkipsBodies bool
	// ReportsOnce: it reports at its end alone, and neither bytes nor how
	// connections ended.
	ReportsOnce bool
	// LogsRequests: it knows of each request when it began and what became of it.
	LogsRequests bool
	// Outside: it is a program of the user's, of which is known what the kernel and its
	// output tell: neither requests nor latencies.
	Outside bool

	refuses func(job) []error
	does    func(*Workload) // what it does differently; nil for nothing
}

// Engines is the table of all engines. What drives connections is in package
// workload/engine.
func Engines() []Engine {
	return []Engine{
		{Name: EngineAuto, Help: "what costs least: epoll, or io_uring for keepalive where the kernel permits it; " +
			"nethttp for https", LogsRequests: true},
		{Name: EngineIOUring, Ring: true, LogsRequests: true, refuses: ringRefuses, does: withFreshSockets},
		{Name: EngineEpoll, LogsRequests: true, refuses: nativeRefuses, does: asSocketsAre},
		{Name: EngineNetHTTP, Client: true, CountsDials: true, SkipsBodies: true, LogsRequests: true,
			refuses: clientRefuses, does: withFreshSockets},
		{Name: EngineHey, Client: true, ReportsOnce: true, refuses: heyRefuses, does: heyDoes},
		{Name: EngineExec, Help: "the program of --client-cmd", Outside: true, refuses: execRefuses,
			does: withFreshSockets},
	}
}

func (e Engine) row() (name, help string) { return string(e.Name), e.Help }

// Engine is the row of a name; one that there is not is an error.
func (n EngineName) Engine() (Engine, error) { return find(Engines(), string(n)) }

// EngineFor is the engine that w asks for, of which [Workload.Validate] has to
// know. For targets with TLS auto is nethttp; else it stays auto, one of the
// native engines.
func (w *Workload) EngineFor(scheme string) Engine {
	name := w.Engine
	if s, _ := SchemeNamed(scheme); s.TLS && name == EngineAuto {
		name = EngineNetHTTP
	}
	e, _ := name.Engine()
	return e
}

// Does is w as the engine will do it.
func (e Engine) Does(w Workload) Workload {
	if e.does != nil {
		e.does(&w)
	}
	return w
}

// Refuses reports every option of w, towards so many targets of a scheme, that
// the engine would leave without effect, or do otherwise than it says.
func (e Engine) Refuses(w Workload, scheme string, targets int) error {
	s, err := SchemeNamed(scheme)
	if e.refuses == nil || err != nil { // which is refused elsewhere
		return nil
	}
	return errors.Join(e.refuses(job{w, e.Name, w.Closing(), s, targets})...)
}

// job is what an engine is asked to do.
type job struct {
	Workload
	engine  EngineName
	closing Closing
	scheme  Scheme
	targets int
}

// refuse is the error of an option of which the engine can do no more than
// format says; nil where it is not asked for.
func (j job) refuse(asked bool, option, format string, args ...any) error {
	by := "engine " + string(j.engine)
	if option == "engine" {
		by = string(j.engine)
	}
	return Refuse(asked, option, "%s %w", by, fmt.Errorf(format, args...))
}

// nativeRefuses are refusals of the engines with sockets of their own.
func nativeRefuses(j job) []error {
	return []error{
		j.refuse(j.scheme.TLS, "engine", "does not speak TLS, which an https target needs; use --engine nethttp"),
	}
}

func ringRefuses(j job) []error {
	return append(nativeRefuses(j), []error{
		j.refuse(j.scheme.NoPorts, "engine", "makes TCP sockets only; use --engine epoll or auto"),
		j.refuse(j.BodySize > 0, "body-size",
			"does not read an answer while it sends, as it may come early; use --engine epoll or auto"),
		j.refuse(j.ProxyProtocol.Asked(), "proxy-protocol", "sends the first bytes together with connect(2), when the "+
			"port that the header has is not known; use --engine epoll or auto"),
		j.refuse(j.closing.Unread, "close",
			"receives what arrives at once, and leaves nothing unread; use --engine epoll or auto"),
	}...)
}

// clientRefuses are refusals of net/http, on which hey is built too.
func clientRefuses(j job) []error {
	return []error{
		j.refuse(!j.scheme.HTTP, "engine",
			"speaks HTTP only; use an http or https target, in a lab --server http, or --engine auto"),
		j.refuse(j.Mode == ModeIdle, "mode",
			"opens a connection for a request only; idle is for --engine epoll or io_uring"),
		j.refuse(j.closing.HalfClose, "close", "has no shutdown(2); use client or server, or --engine epoll"),
		j.refuse(j.closing.Unread, "close", "reads what arrives before anybody can close; use --engine epoll"),
		j.refuse(j.BlockingClose, "blocking-close",
			"leaves its sockets to Go, which are never blocking; use --engine epoll or io_uring"),
		j.refuse(j.closing.ServerFirst && j.Mode == ModeKeepalive, "close",
			"keeps connections until the server or its pool ends them; leave --close out, or use --mode short"),
		j.refuse(!j.RequestsPerConn.IsZero(), "requests-per-conn",
			"leaves it to its pool how long a connection lasts; use --engine epoll or io_uring"),
		j.refuse(j.PortSelect == PortSelectWalk, "port-select",
			"cannot bind the next port; use --engine epoll or io_uring"),
		j.refuse(j.Threads > 1, "threads", "runs on as many threads as Go has (GOMAXPROCS); leave it out"),
	}
}

// heyLongest is the longest run of hey: its report comes at the end, so the run
// is one interval, which is at most so long.
const heyLongest = time.Hour

// heyRefuses are refusals of what hey does not have beyond net/http.
func heyRefuses(j job) []error {
	return append(clientRefuses(j), []error{
		j.refuse(j.Mode == ModeShort && j.closing.AtOnce(), "close",
			"asks the server to close (Connection: close) where a connection carries one request; "+
				"use --close server, --mode keepalive, or --engine nethttp"),
		j.refuse(j.BodySize > 0, "body-size",
			"does not recognize an answer that came before the body was sent; use --engine nethttp"),
		j.refuse(!j.Retry.Yes(), "retry", "leaves it to net/http which requests it sends again; use --engine nethttp"),
		j.refuse(j.ProxyProtocol.Asked(), "proxy-protocol", "begins with its request; use --engine nethttp"),
		j.refuse(!j.Rate.IsZero(), "rate", "has no open loop: its -q pauses after each answer; use --engine nethttp"),
		j.refuse(j.NAT.Clients > 1, "nat-clients", "makes its sockets on one host; use --engine nethttp"),
		j.refuse(!j.Source.IsZero(), "source", "cannot bind an address; use --engine nethttp"),
		j.refuse(!j.SourcePorts.IsZero(), "source-ports",
			"cannot limit its ports; use --sysctl net.ipv4.ip_local_port_range=\"LO HI\", or --engine nethttp"),
		j.refuse(j.targets > 1, "destinations", "has one URL; use --engine nethttp"),
		j.refuse(j.MaxIdleConnsPerHost != DefaultWorkload().MaxIdleConnsPerHost, "max-idle-conns-per-host",
			"keeps as many as --concurrency, at most 500; leave it out, or use --engine nethttp"),
		j.refuse(j.Warmup > 0, "warmup", "reports once, on the whole run; leave it out"),
		j.refuse(j.TimeLimit()+j.Timeout > heyLongest, "duration",
			"reports once, at the end, on an hour at most; use a shorter one"),
		j.refuse(j.Timeout%time.Second != 0, "timeout", "counts it in whole seconds; round it"),
		j.refuse(j.Count%int64(j.Concurrency) != 0, "count",
			"sends the same number of requests on each of its --concurrency connections; use a multiple of %d",
			j.Concurrency),
		j.refuse(j.scheme.TLS && j.CACert != "", "cacert",
			"accepts any certificate; leave it out, or use --engine nethttp"),
		j.refuse(j.scheme.TLS && j.Cert != "", "cert", "has no client certificate; use --engine nethttp"),
		j.refuse(j.scheme.TLS && j.ServerName != "", "servername", "asks for the URL's host; use --engine nethttp"),
		j.refuse(j.scheme.TLS && j.HTTP == HTTP2, "http", "offers HTTP/1.1 alone; use --engine nethttp"),
		j.refuse(j.scheme.TLS && !j.Insecure, "insecure",
			"accepts any certificate; add --insecure to say that this is meant, or use --engine nethttp"),
	}...)
}

func heyDoes(w *Workload) {
	withFreshSockets(w)
	w.Interval = heyLongest
	w.TLSResume = Off                               // its transport has no cache of sessions
	w.MaxIdleConnsPerHost = min(w.Concurrency, 500) // maxIdleConn in hey's requester
}
