package workload

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"slices"
	"time"

	"tcpbench/internal/certificate"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
	"tcpbench/workload/http1"
)

// Requests returns the bytes of a request, and of the last one on a
// connection; they differ where the server is to end it. It returns every
// problem with the options of an HTTP request.
func (o Options) Requests() (request, last []byte, err error) {
	if len(o.Exchange) > 0 {
		return nil, nil, nil // its steps have what is sent
	}
	if !o.http() {
		b := make([]byte, o.RequestSize)
		return b, b, nil
	}
	m, err := o.message(o.Ask, 0)
	return m.Request, m.Last, err
}

// messages are those of each destination, in turn; nil where they are all the same.
func (o Options) messages() ([][]engine.Message, error) {
	if !o.http() || o.Asks == nil {
		return nil, nil
	}
	out := make([][]engine.Message, len(o.Asks))
	for d, asks := range o.Asks {
		for _, a := range asks {
			m, err := o.message(a, d)
			if err != nil {
				return nil, err
			}
			out[d] = append(out[d], m)
		}
	}
	return out, nil
}

// message is a request for a, of the destination with that index.
func (o Options) message(a engine.Ask, destination int) (m engine.Message, err error) {
	r := http1.Request{Method: o.Method, Target: a.Path,
		Host:   cmp.Or(a.Authority, o.Destinations[destination].String()),
		Header: slices.Concat(o.Header, a.Authorization()), Body: []byte(o.RequestBody())}
	r.Close = o.Closing().ServerFirst && o.Mode == scenario.ModeShort
	if m.Request, err = r.Bytes(); err != nil {
		return m, fmt.Errorf("request: %w", err)
	}
	r.Close = o.Closing().ServerFirst
	if m.Last, err = r.Bytes(); err != nil {
		return m, fmt.Errorf("request: %w", err)
	}
	return m, nil
}

func (o Options) http() bool { return scenario.SpeaksHTTP(o.Scheme) }

// TLS is what a client of https does with TLS, with the files that it names read, at the
// time now.
func (o Options) TLS(now time.Time) (engine.TLS, error) {
	t := engine.TLS{Insecure: o.Insecure, CACert: o.CACert, Cert: o.Cert, ServerName: o.ServerName, HTTP: o.HTTP,
		Resume: o.TLSResume.Yes()}
	if o.CACert != "" {
		var err error
		if t.Roots, err = certificate.Pool(o.CACert, now); err != nil {
			return engine.TLS{}, fmt.Errorf("cacert: %w", err)
		}
	}
	if o.Cert != "" {
		pair, err := certificate.Pair(o.Cert, o.Key, now)
		if err != nil {
			return engine.TLS{}, fmt.Errorf("cert: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// answers is what the engine must know of HTTP requests and to read their
// answers; nil without HTTP.
func (o Options) answers() (*engine.HTTP, error) {
	if !o.http() {
		return nil, nil
	}
	security, err := o.TLS(time.Now())
	if err != nil {
		return nil, err
	}
	return &engine.HTTP{
		Head:  o.Method == "HEAD",
		Again: o.Retry.Yes() && http1.Idempotent(o.Method),

		Retry:               o.Retry.Yes(),
		Scheme:              o.Scheme,
		Ask:                 o.Ask,
		Asks:                o.Asks,
		Method:              o.Method,
		Header:              o.Header,
		Body:                o.RequestBody(),
		ReadBody:            o.ReadBody,
		TLS:                 security,
		MaxIdleConnsPerHost: o.MaxIdleConnsPerHost,
	}, nil
}
