// Package target is the embedded server that the load is driven against: TCP
// messages of fixed sizes, minimal HTTP/1.1, or Go's HTTP over TLS.
//
// Without TLS it is made to never be the limit: raw sockets, epoll, one
// thread a worker, no allocation per connection, and the longest accept queue
// that the kernel gives. Whether it was the limit all the same,
// ListenOverflows tells.
package target
