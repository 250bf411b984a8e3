package engine

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"math"
	"net/netip"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/pace"
	"tcpbench/workload/requestlog"
)

// Plan is what every connection of a run has in common. Workers only read it.
type Plan struct {
	// Sources are bound in turn; none leaves the address to the kernel.
	Sources []netip.Addr
	// Networks are the network namespaces of the hosts that the Sources are of, in turn, the
	// first of them that of the process; none is that one alone.
	Networks sys.Networks
	// Destinations are used in turn: each source meets each destination.
	Destinations []netip.AddrPort
	// File is the Unix socket to connect to, of which there is nothing in the one
	// destination; "" for TCP.
	File string
	// Reserves: a connection's port is taken for every destination of its source.
	Reserves bool
	// Threads is how many workers share the connections; 0 is one.
	Threads int

	Linger     scenario.Linger
	Closing    scenario.Closing
	BindNoPort bool
	// BlockingClose makes a socket with a linger time blocking before close(2);
	// else it is made non-blocking, if it is not.
	BlockingClose bool
	SourcePorts   scenario.PortRange

	// Walk are the ports to bind explicitly, in order; none lets the kernel pick.
	Walk []uint16

	// Keep disconnects the socket of a connection that went well, and connects it
	// again, in place of closing it and making another.
	Keep bool
	// Parked is how many sockets of a worker wait for their peer's FIN at most, beside
	// those of connections; one more is closed.
	Parked int

	// ProxyProtocol is the header that comes first on each connection; "" is none.
	ProxyProtocol scenario.ProxyProtocol

	// Mode is what a connection is used for.
	Mode scenario.Mode
	// RequestsPerConn is how many requests a held connection carries.
	RequestsPerConn scenario.Span
	// TCPKeepalive is SO_KEEPALIVE and its values.
	TCPKeepalive scenario.TCPKeepalive
	// Seed is for what is drawn at random; each worker draws its own.
	Seed int64

	// Request is what is sent, and Last in its place where the server is to
	// end the connection after it.
	Request, Last []byte
	// Messages are those of each destination, in turn, where they are not the same; nil
	// where they are.
	Messages [][]Message
	// ResponseSize is how many bytes an answer has, without HTTP.
	ResponseSize int
	// HTTP is what the client must know to read answers; nil without HTTP.
	HTTP *HTTP
	// Exchange is what is said for each request, in place of Request and an answer of
	// ResponseSize, and First the same with what comes before it on a connection, of which
	// so many steps are Hello. None is an exchange of sizes or HTTP.
	Exchange, First scenario.Exchange
	Hello           int

	// NATPorts is how many connections can be open at a time through a NAT, towards all
	// destinations; 0 is none, or not known.
	NATPorts int64

	// Program is one of the user's that opens the connections, of engine exec only.
	Program Program

	// Timeout bounds connect, each request, and the wait for the peer's close.
	Timeout time.Duration
}

// HTTP is what the client knows of its HTTP requests.
type HTTP struct {
	// Head: the method is HEAD, whose answers have no body.
	Head bool
	// Again: a request whose connection was lost is sent again, which its method permits
	// (RFC 9110, 9.2.2).
	Again bool

	// The rest is for engines that put a request together by themselves.

	// Retry leaves it to the engine which requests it sends again; else it sends none.
	Retry bool
	// Scheme is "http" or "https".
	Scheme string
	Ask
	// Asks are what requests ask for of each destination, in turn, where that is not Ask
	// alone; nil where it is.
	Asks [][]Ask
	// Method, Header ("Name: value") and Body are the user's.
	Method string
	Header []string
	Body   string
	// ReadBody: an answer's body is read before it is closed.
	ReadBody bool
	// TLS is what the client does with TLS; only https uses it.
	TLS TLS
	// MaxIdleConnsPerHost is how many idle connections a pool keeps for each
	// destination; 0 keeps none.
	MaxIdleConnsPerHost int
}

// Ask is what a request asks for.
type Ask struct {
	// Authority is the server's name, with a port that is not the scheme's
	// own; "" names each destination by its address.
	Authority string
	// Path includes the query.
	Path string
	// Credentials are a user and a password with a colon between them; "" are none.
	Credentials string
}

// Authorization is the field of the header that has its credentials, by the basic scheme
// (RFC 7617, 2); none without.
func (a Ask) Authorization() []string {
	if a.Credentials == "" {
		return nil
	}
	return []string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(a.Credentials))}
}

// Message is the bytes of a request, and of the last one on a connection.
type Message struct{ Request, Last []byte }

// message is the request number n, from 0, of connection number i.
func (p *Plan) message(i, n int64) Message {
	if p.Messages == nil {
		return Message{p.Request, p.Last}
	}
	return oneOf(p, p.Messages[p.destination(i)], i, n)
}

// destination is the index of that of connection number i.
func (p *Plan) destination(i int64) int64 { return i % p.tuples() / int64(max(len(p.Sources), 1)) }

// oneOf is the one of what a destination is asked for whose turn it is: connections with
// it begin one after the other, and each request takes the next.
func oneOf[T any](p *Plan, of []T, i, n int64) T { return of[(i/p.tuples()+n)%int64(len(of))] }

// TLS is what a client of https does with TLS.
type TLS struct {
	// Insecure accepts any certificate.
	Insecure bool
	// Roots are the authorities that are trusted, of the file CACert; nil are the host's.
	Roots  *x509.CertPool
	CACert string
	// Certificates are the client's, of the file Cert, one or none.
	Certificates []tls.Certificate
	Cert         string
	// ServerName is asked for and must be the certificate's; "" is the URL's host.
	ServerName string
	// HTTP are the versions that are offered by ALPN.
	HTTP scenario.HTTPVersion
	// Resume has handshakes take up the session of an earlier one with their destination.
	Resume bool
}

// Forever is later than the end of any run.
const Forever = time.Duration(math.MaxInt64)

// tuples is the number of pairs of source and destination.
func (p *Plan) tuples() int64 {
	return int64(max(len(p.Sources), 1)) * int64(len(p.Destinations))
}

// exhaustion is a failure for lack of a port of a tuple, at the time at.
func (p *Plan) exhaustion(f metrics.Failure, tuple int64, at time.Duration) Exhaustion {
	ex := Exhaustion{Failure: f, At: at, tuple: tuple}
	n := int64(max(len(p.Sources), 1))
	if len(p.Sources) > 0 {
		ex.Source = p.Sources[tuple%n]
	}
	ex.Destination = p.Destinations[tuple/n]
	return ex
}

// Task is one worker's share of a run.
type Task struct {
	Plan    *Plan
	Control *Control

	// Worker is the number of the worker, from 0.
	Worker int

	// Pacer plans the starts; nil begins the next one when one has ended.
	Pacer *pace.Pacer

	// Concurrency is how many connections the worker keeps in flight.
	Concurrency int

	// Recorder is the worker's own.
	Recorder *metrics.Recorder

	// Interval is how often Cut is called with what happened since. end is
	// the interval's end; at the worker's own end it is when that was, and last
	// is set. Cut returns an empty window to go on with, or nil.
	Interval time.Duration
	Cut      func(part metrics.Part, end time.Duration, last bool) *metrics.Window

	// Log takes a row of each request; nil without a log.
	Log *requestlog.Ring

	// Warmup is how long the start of the run is not recorded.
	Warmup time.Duration
}

// Engine runs a task to its end. It returns an error when the worker could
// not start or go on; failures of connections are recorded, not returned.
type Engine func(Task) error
