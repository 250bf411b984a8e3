package bus

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"tcpbench/internal/fault"
)

// MostPayload is how many bytes a message has at most. NATS is made for small ones.
const MostPayload = 1 << 20

// What the hub grants a connection.
const (
	// mostConnections bounds what strangers can open: it is above what one hub serves.
	mostConnections = 20_000
	// mostSubscriptions is more than anybody needs: an agent has two, the coordinator one.
	mostSubscriptions = 16
	// mostPending is how much may wait for one connection. Who is further behind is cut
	// off, so that nobody else waits for it. A second of 5000 agents' intervals.
	mostPending = 64 << 20
	// writeDeadline is how long one write to a connection may take. A shorter one cuts off who
	// only waits for a processor: 2 s were too few for 6 bytes where 10,000 agents shared two.
	writeDeadline = 10 * time.Second
	// pingInterval, with two that may go unanswered, has a peer that is gone without a word
	// seen after 10 to 15 s. The beats of a fleet see it before; this frees its connection.
	pingInterval = 5 * time.Second
	// handshake is how long it may take until a connection has said who it is. Many agents
	// come at once, and a processor does some thousand handshakes of TLS a second, of which
	// agents on the same one have their part: it is for 10,000, one after the other.
	handshake = time.Minute
	// ready is how long the hub may take to listen.
	ready = 10 * time.Second
)

// HubOptions are those of a hub.
type HubOptions struct {
	// Listen is the HOST:PORT where it listens; port 0 has the kernel pick one.
	Listen string

	// Keys is a directory that [Make] has written; without one there is no TLS, anybody may
	// say anything, and Listen has to be a loopback address.
	Keys string

	// Trouble is told, in words, of each connection that is refused or cut off; nil is not.
	// It is called by many goroutines at once.
	Trouble func(string)
}

// Hub is a NATS server in this process, without storage.
type Hub struct {
	server *server.Server
	url    string
	addr   string
	once   sync.Once
}

// StartHub starts a hub, which listens when this returns. An address that others can
// reach is refused without keys.
func StartHub(o HubOptions) (*Hub, error) {
	addr, err := net.ResolveTCPAddr("tcp", o.Listen)
	if err != nil {
		return nil, fault.Usagef("hub: listen on %q: %w; give HOST:PORT", o.Listen, err)
	}
	if o.Keys == "" && !addr.IP.IsLoopback() {
		return nil, fault.Usagef("hub: %s is not a loopback address, and without keys anybody there could give "+
			"agents orders; make keys with `tcpbench fleet keys`", o.Listen)
	}
	log := &hubLog{trouble: o.Trouble}
	opts := hubOptions(addr)
	if o.Keys != "" {
		if err := admitByKeys(opts, o.Keys, log.Errorf); err != nil {
			return nil, err
		}
	}
	return start(opts, log)
}

// hubOptions are those of the server at an address.
func hubOptions(addr *net.TCPAddr) *server.Options {
	opts := &server.Options{
		ServerName:      "tcpbench",
		Host:            "0.0.0.0",
		Port:            addr.Port,
		NoSigs:          true,
		NoSystemAccount: true,
		MaxConn:         mostConnections,
		MaxSubs:         mostSubscriptions,
		MaxPayload:      MostPayload,
		MaxPending:      mostPending,
		WriteDeadline:   writeDeadline,
		PingInterval:    pingInterval,
		MaxPingsOut:     2,
		AuthTimeout:     handshake.Seconds(),
		TLSTimeout:      handshake.Seconds(),
	}
	if len(addr.IP) > 0 {
		opts.Host = addr.AddrPort().Addr().Unmap().String()
	}
	if addr.Port == 0 {
		opts.Port = server.RANDOM_PORT
	}
	return opts
}

// start runs a server until it listens.
func start(opts *server.Options, log *hubLog) (*Hub, error) {
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	s.SetLoggerV2(log, false, false, false)
	s.Start()
	if err := log.failed(); err != nil {
		stop(s)
		return nil, fault.Host(fmt.Errorf("hub: listen on %s: %w", net.JoinHostPort(opts.Host, fmt.Sprint(opts.Port)),
			err))
	}
	if !s.ReadyForConnections(ready) {
		stop(s)
		return nil, fmt.Errorf("hub: it did not listen within %v", ready)
	}
	at := s.Addr().(*net.TCPAddr)
	u := url.URL{Scheme: "nats", Host: reachable(at)}
	if opts.TLSConfig != nil {
		u.Scheme = "tls"
	}
	return &Hub{server: s, url: u.String(), addr: at.String()}, nil
}

// reachable is where this host reaches a listener: one of all addresses by a loopback address.
func reachable(at *net.TCPAddr) string {
	if !at.IP.IsUnspecified() {
		return at.String()
	}
	if at.IP.To4() == nil {
		return net.JoinHostPort("::1", fmt.Sprint(at.Port))
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(at.Port))
}

// URL is where this host reaches the hub.
func (h *Hub) URL() string { return h.url }

// Addr is the address and port that the hub listens on.
func (h *Hub) Addr() string { return h.addr }

// Connections counts those that are open.
func (h *Hub) Connections() int { return h.server.NumClients() }

// Close cuts off everybody, and returns when nothing of the hub is left.
func (h *Hub) Close() { h.once.Do(func() { stop(h.server) }) }

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// hubLog takes what the server would log. It keeps the first reason why it could not
// start, and passes on what an owner would want to know.
type hubLog struct {
	trouble func(string)

	mu    sync.Mutex
	fatal error
}

func (l *hubLog) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}

// Fatalf keeps the cause; the server goes on, where its own logger would end the process.
func (l *hubLog) Fatalf(format string, v ...any) {
	cause := fmt.Errorf(format, v...)
	for _, a := range v {
		if err, ok := a.(error); ok {
			cause = err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal == nil {
		l.fatal = cause
	}
}

// Errorf is told of connections that are refused.
func (l *hubLog) Errorf(format string, v ...any) {
	if l.trouble != nil {
		l.trouble(fmt.Sprintf(format, v...))
	}
}

// Warnf is not of interest: a busy hub writes a line for each connection.
func (l *hubLog) Warnf(string, ...any) {}

// Noticef is Errorf of who is cut off for being slow, which the server only notes, and
// nothing else: that it starts, and stops.
func (l *hubLog) Noticef(format string, v ...any) {
	if strings.Contains(format, "Slow Consumer") {
		l.Errorf(format, v...)
	}
}

// Debugf is not of interest.
func (l *hubLog) Debugf(string, ...any) {}

// Tracef is not of interest.
func (l *hubLog) Tracef(string, ...any) {}
