package workload

import (
	"cmp"
	"fmt"

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
	r := http1.Request{Method: o.Method, Target: o.Path, Host: cmp.Or(o.Authority, o.Destinations[0].String()),
		Header: o.Header, Body: []byte(o.RequestBody())}
	r.Close = o.Closing().ServerFirst && o.Mode == scenario.ModeShort
	if request, err = r.Bytes(); err != nil {
		return nil, nil, fmt.Errorf("request: %w", err)
	}
	r.Close = o.Closing().ServerFirst
	if last, err = r.Bytes(); err != nil {
		return nil, nil, fmt.Errorf("request: %w", err)
	}
	return request, last, nil
}

func (o Options) http() bool { return scenario.SpeaksHTTP(o.Scheme) }

// answers is what the engine must know of HTTP requests and to read their
// answers; nil without HTTP.
func (o Options) answers() *engine.HTTP {
	if !o.http() {
		return nil
	}
	return &engine.HTTP{
		Head:       o.Method == "HEAD",
		Idempotent: http1.Idempotent(o.Method),

		Scheme:              o.Scheme,
		Authority:           o.Authority,
		Path:                o.Path,
		Method:              o.Method,
		Header:              o.Header,
		Body:                o.RequestBody(),
		ReadBody:            o.ReadBody,
		Insecure:            o.Insecure,
		MaxIdleConnsPerHost: o.MaxIdleConnsPerHost,
	}
}
