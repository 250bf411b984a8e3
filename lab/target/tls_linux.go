package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// tlsServer speaks HTTP/1.1 and HTTP/2, chosen by ALPN, over TLS. It is Go's
// own: the cost of TLS lies in the handshake, which no loop of ours would
// save. Bytes are those of the wire, the handshake and its records included, as the
// client's are.
type tlsServer struct {
	config    Config
	listeners []net.Listener
	addrs     []netip.AddrPort
	http      http.Server
	body      []byte

	conns                                      sync.WaitGroup
	accepted, requests, received, sent, resets atomic.Int64
	errors, handshakes, resumed                atomic.Int64
}

// listenTLS opens the sockets of a server with the certificate that it is given, or with
// one of its own making.
func listenTLS(c Config) (Server, error) {
	own, err := c.tls(time.Now())
	if err != nil {
		return nil, err
	}
	s := &tlsServer{config: c, body: bytes.Repeat([]byte("tcpbench"), c.ResponseSize/8+1)[:c.ResponseSize]}
	s.http = http.Server{
		Handler:   http.HandlerFunc(s.answer),
		TLSConfig: own,
		ErrorLog:  log.New(io.Discard, "", 0), // what clients do wrong is theirs to tell
		ConnState: s.track,
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, given{}, new(atomic.Int64))
		},
		IdleTimeout:       c.IdleTimeout,
		ReadHeaderTimeout: c.IdleTimeout, // before the first request and inside of one
	}
	for _, a := range c.Listen {
		l, err := listenTCP(a)
		if err != nil {
			s.close()
			return nil, fmt.Errorf("listen on %s: %w", a, err)
		}
		s.listeners = append(s.listeners, l)
		s.addrs = append(s.addrs, netip.AddrPortFrom(a.Addr(), l.Addr().(*net.TCPAddr).AddrPort().Port()))
	}
	return s, nil
}

// listenTCP listens for plain TCP: Go asks for MPTCP by default. The backlog
// is net.core.somaxconn.
func listenTCP(a netip.AddrPort) (net.Listener, error) {
	var c net.ListenConfig
	c.SetMultipathTCP(false)
	l, err := c.Listen(context.Background(), "tcp", a.String())
	var op *net.OpError
	if errors.As(err, &op) {
		return nil, op.Err
	}
	return l, err
}

// given is the key of a connection's count of answers in its context.
type given struct{}

// answer reads a request to its end, and answers it.
func (s *tlsServer) answer(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return // the client is gone
	}
	count := r.Context().Value(given{}).(*atomic.Int64).Add(1)
	if count == 1 {
		s.handshakes.Add(1)
		if r.TLS.DidResume {
			s.resumed.Add(1)
		}
	}
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(len(s.body)))
	if s.config.isLast(int(count)) {
		w.Header().Set("Connection", "close") // HTTP/2 makes GOAWAY of it
	}
	s.requests.Add(1)
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(s.body) // what is not written shows in the count of bytes
}

// track counts connections and knows when the last has ended.
func (s *tlsServer) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.accepted.Add(1)
		s.conns.Add(1)
	case http.StateClosed:
		s.conns.Done()
	}
}

// Addrs implements [Server].
func (s *tlsServer) Addrs() []netip.AddrPort { return s.addrs }

// Serve implements [Server].
func (s *tlsServer) Serve(ctx context.Context) error {
	stopWaiting := context.AfterFunc(ctx, s.close)
	defer stopWaiting()
	var loops sync.WaitGroup
	errs := make([]error, len(s.listeners))
	for i, l := range s.listeners {
		loops.Go(func() {
			errs[i] = s.http.ServeTLS(counted{l, s}, "", "")
			s.close() // one that ended would leave some clients waiting
		})
	}
	loops.Wait()
	s.conns.Wait()
	for i, err := range errs {
		if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
			errs[i] = nil
		}
	}
	return errors.Join(errs...)
}

// Stats implements [Server].
func (s *tlsServer) Stats() Stats {
	return Stats{
		Accepted:      s.accepted.Load(),
		Requests:      s.requests.Load(),
		BytesReceived: s.received.Load(),
		BytesSent:     s.sent.Load(),
		Handshakes:    s.handshakes.Load(),
		Resumed:       s.resumed.Load(),
		Resets:        s.resets.Load(),
		Errors:        s.errors.Load(),
	}
}

// close ends everything that is open.
func (s *tlsServer) close() {
	_ = s.http.Close() // it fails where a socket is closed already
	for _, l := range s.listeners {
		_ = l.Close() // those that were not served yet
	}
}

// counted counts what a listener and its connections fail with.
type counted struct {
	net.Listener
	server *tlsServer
}

// Accept waits for a connection.
func (l counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		if !errors.Is(err, net.ErrClosed) {
			l.server.errors.Add(1)
		}
		return nil, err
	}
	return &countedConn{Conn: c, server: l.server}, nil
}

// countedConn counts its bytes, and once that the peer has reset it.
type countedConn struct {
	net.Conn
	server *tlsServer
	once   sync.Once
}

// Read reads from the connection.
func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.server.received.Add(int64(n))
	c.note(err)
	return n, err
}

// Write writes to the connection.
func (c *countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.server.sent.Add(int64(n))
	c.note(err)
	return n, err
}

func (c *countedConn) note(err error) {
	if errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE) {
		c.once.Do(func() { c.server.resets.Add(1) })
	}
}
