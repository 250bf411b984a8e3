// Package uring is io_uring(7) for sockets: rings, operations on direct
// descriptors, and a probe. A [Ring] belongs to the thread that made it: no
// other may use it, and only that thread may run its work
// (IORING_SETUP_SINGLE_ISSUER, IORING_SETUP_DEFER_TASKRUN).
//
// A slot is a direct descriptor: an index into the ring's own table of files,
// which no other thread sees and which is no descriptor of the process.
// Nothing is allocated per operation. What an operation points to must stay
// where it is until its completion; the Go heap does not move.
package uring
