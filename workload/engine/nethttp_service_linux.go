package engine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tcpbench/scenario"
)

// idleTimeout is how long a pool keeps an idle connection: that of
// http.DefaultTransport.
const idleTimeout = 90 * time.Second

// service is one destination, with its pool of connections.
type service struct {
	index     int
	address   string
	transport *http.Transport
	templates []*http.Request
	tls       *tls.Config
	asked     atomic.Bool  // the server asked for a certificate
	turn      atomic.Int64 // connections begun
}

func newService(c *client, index int) (*service, error) {
	s := &service{index: index, address: c.Plan.Destinations[index].String()}
	if err := s.makeTemplates(c.Plan.HTTP); err != nil {
		return nil, err
	}
	s.makeTransport(c)
	return s, nil
}

// makeTransport follows http.DefaultTransport in all that the plan leaves
// open, except that it asks for no compression: all engines get the same answer.
func (s *service) makeTransport(c *client) {
	p := c.Plan
	short := p.Mode == scenario.ModeShort
	protocols := s.secure(p.HTTP.TLS, short)
	s.transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return c.dialPlain(ctx, s)
		},
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return c.dialTLS(ctx, s)
		},
		TLSClientConfig:       s.tls.Clone(), // the Transport changes it
		Protocols:             protocols,
		MaxIdleConnsPerHost:   cmp.Or(p.HTTP.MaxIdleConnsPerHost, -1), // 0 would be Go's default
		DisableKeepAlives:     short && p.Closing.ServerFirst,
		DisableCompression:    true,
		IdleConnTimeout:       idleTimeout,
		ExpectContinueTimeout: time.Second,
	}
	if short {
		s.transport.MaxIdleConnsPerHost = -1 // closed after each request, and the server is not told
	}
}

// secure makes the configuration of TLS, and returns the versions of HTTP that are
// offered. HTTP/2 is for sharing a connection.
func (s *service) secure(t TLS, short bool) *http.Protocols {
	s.tls = &tls.Config{
		ServerName:         cmp.Or(t.ServerName, s.templates[0].URL.Hostname()),
		InsecureSkipVerify: t.Insecure,
		RootCAs:            t.Roots,
		// A server may ask for a certificate and end the connection only when it has
		// none, with a reset at times: this says that it did.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			s.asked.Store(true)
			if len(t.Certificates) == 0 {
				return new(tls.Certificate), nil
			}
			return &t.Certificates[0], nil
		},
	}
	if t.Resume {
		s.tls.ClientSessionCache = tls.NewLRUClientSessionCache(1) // there is one server
	}
	protocols := new(http.Protocols)
	if !short && t.HTTP != scenario.HTTP1 {
		protocols.SetHTTP2(true)
		s.tls.NextProtos = append(s.tls.NextProtos, "h2")
	}
	if t.HTTP != scenario.HTTP2 {
		protocols.SetHTTP1(true)
		s.tls.NextProtos = append(s.tls.NextProtos, "http/1.1")
	}
	return protocols
}

// makeTemplates makes the requests that all others are copies of, in turn.
func (s *service) makeTemplates(h *HTTP) error {
	asks := []Ask{h.Ask}
	if h.Asks != nil {
		asks = h.Asks[s.index]
	}
	for _, a := range asks {
		r, err := s.template(h, a)
		if err != nil {
			return err
		}
		s.templates = append(s.templates, r)
	}
	return nil
}

// template makes a request that asks for a.
func (s *service) template(h *HTTP, a Ask) (*http.Request, error) {
	var body io.Reader
	if h.Body != "" {
		body = bytes.NewReader([]byte(h.Body))
	}
	r, err := http.NewRequest(h.Method, h.Scheme+"://"+cmp.Or(a.Authority, s.address)+a.Path, body)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	r.Header.Set("User-Agent", "tcpbench")
	seen := map[string]bool{}
	for _, f := range slices.Concat(h.Header, a.Authorization()) {
		name, value, _ := strings.Cut(f, ":")
		key, value := http.CanonicalHeaderKey(name), strings.TrimSpace(value)
		switch {
		case key == "Host":
			r.Host = value
		case key == "Content-Length": // made from the body
		case seen[key]:
			r.Header.Add(key, value)
		default:
			r.Header.Set(key, value)
		}
		seen[key] = true
	}
	return r, nil
}

// request is a copy of the template whose turn it is in the request number n of all.
func (s *service) request(ctx context.Context, n int64) *http.Request {
	r := s.templates[n%int64(len(s.templates))].WithContext(ctx)
	if r.GetBody != nil {
		r.Body, _ = r.GetBody() // bytes in memory: it cannot fail
	}
	return r
}
