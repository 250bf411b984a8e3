// Package http1 is the client's side of HTTP/1.1 (RFC 9112) for the native
// engines: the bytes of a request, made once and sent again and again, and
// where each response ends.
//
// It does no I/O. A [Response] is fed what a read returned and keeps none of
// it but an unfinished line, so that one receive buffer serves every
// connection of a thread. It reads what decides where a response ends and
// whether the connection may be used again, counts the body and drops it.
// In steady state nothing is allocated.
package http1
