package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"tcpbench/scenario"
)

// tlsLoop is what https costs without net/http: as many goroutines as there are
// connections in flight, each in a loop over crypto/tls.
type tlsLoop struct {
	resumes bool // the session of a connection before
	silent  bool // no request: a handshake alone
	held    bool // requests on connections that stay open
}

func (t tlsLoop) contender(name string) contender {
	return contender{name: "crypto/tls loop, " + name, server: httpsServer(), run: inProcess(1, t.run)}
}

func (t tlsLoop) run(_ context.Context, l load) (tally, error) {
	config := &tls.Config{InsecureSkipVerify: true}
	if t.resumes {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		// A server's ticket comes with its answer; it may be used many times.
		if err := (tlsLoop{}).short(l, config); err != nil {
			return tally{}, err
		}
	}
	if t.held {
		n, err := eachInFlight(l, func(end time.Time, n *atomic.Int64) error { return holdTLS(l, config, end, n) })
		return tally{Requests: &n}, err
	}
	n, err := eachInFlight(l, repeated(func() error { return t.short(l, config) }))
	return tally{Connections: &n}, err
}

// short opens a connection, asks unless it is silent, and closes with RST, after
// the alert that ends TLS.
func (t tlsLoop) short(l load, config *tls.Config) error {
	conn, err := dialReset(l)
	if err != nil {
		return err
	}
	c := tls.Client(conn, config)
	defer c.Close()
	if t.silent {
		err = c.Handshake()
	} else {
		err = askTLS(c, make([]byte, 512))
	}
	if err == nil && c.ConnectionState().DidResume != t.resumes {
		err = fmt.Errorf("session resumed: %t, want %t", !t.resumes, t.resumes)
	}
	return err
}

// holdTLS asks again and again on one connection.
func holdTLS(l load, config *tls.Config, end time.Time, n *atomic.Int64) error {
	conn, err := dialReset(l)
	if err != nil {
		return err
	}
	c := tls.Client(conn, config)
	defer c.Close()
	buf := make([]byte, 512)
	return repeated(func() error { return askTLS(c, buf) })(end, n)
}

// eachInFlight runs do for each connection in flight, until the turn's end or an
// error, and returns what they counted.
func eachInFlight(l load, do func(end time.Time, n *atomic.Int64) error) (int64, error) {
	var n atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, l.inFlight)
	end := time.Now().Add(l.turn)
	for i := range errs {
		wg.Go(func() { errs[i] = do(end, &n) })
	}
	wg.Wait()
	return n.Load(), errors.Join(errs...)
}

// repeated counts how often do succeeds until the end.
func repeated(do func() error) func(end time.Time, n *atomic.Int64) error {
	return func(end time.Time, n *atomic.Int64) error {
		for ; time.Now().Before(end); n.Add(1) {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	}
}

// dialReset opens a connection that ends with RST.
func dialReset(l load) (net.Conn, error) {
	conn, err := net.Dial("tcp", l.target.String())
	if err != nil {
		return nil, err
	}
	return conn, conn.(*net.TCPConn).SetLinger(0)
}

// askTLS sends a request and reads the answer, of which it knows no more than
// where its body of bodySize ends.
func askTLS(c *tls.Conn, buf []byte) error {
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: server\r\n\r\n"); err != nil {
		return err
	}
	for n := 0; ; {
		m, err := c.Read(buf[n:])
		if err != nil {
			return err
		}
		n += m
		if _, body, whole := bytes.Cut(buf[:n], []byte("\r\n\r\n")); whole && len(body) >= bodySize {
			return nil
		}
	}
}

// transportLoop is a loop over net/http's Transport with HTTP/1.1, on connections
// that stay open.
func transportLoop() contender {
	return contender{
		name:   "http.Transport loop, HTTP/1.1",
		server: httpsServer(),
		run: inProcess(1, func(_ context.Context, l load) (tally, error) {
			transport := &http.Transport{
				TLSClientConfig:     &tls.Config{InsecureSkipVerify: true},
				MaxIdleConnsPerHost: l.inFlight,
			}
			defer transport.CloseIdleConnections()
			url := "https://" + l.target.String() + "/"
			n, err := eachInFlight(l, repeated(func() error { return get(transport, url) }))
			return tally{Requests: &n}, err
		}),
	}
}

func get(transport *http.Transport, url string) error {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

func httpsServer() service { return service{Protocol: scenario.ServerHTTPS, ResponseSize: bodySize} }

// secure makes a workload of https requests with a whole handshake each, and then of what
// change makes of it.
func secure(change func(*scenario.Workload)) func(*scenario.Workload) {
	whole := func(w *scenario.Workload) { w.Insecure, w.TLSResume = true, scenario.Off }
	return changed(web(scenario.EngineNetHTTP, whole), change)
}

func byRST(w *scenario.Workload) { w.Linger = scenario.Linger{On: true} }
