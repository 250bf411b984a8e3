// Package engine opens, uses and closes the connections of one worker.
//
// A worker runs on one thread and owns a fixed number of connections, each a
// small state machine. Nothing is allocated per connection, and every failure
// is recorded with the system call and the errno that it had. What the
// workers of a run share is a [Control]: the connection numbers, the end of
// the run, and the first failure for lack of a port.
//
// [NetHTTP] and [Hey] have a library do the work, on goroutines of its own, and
// record it in the same way.
package engine
