// Package lawtest is a model of a host's local ports in virtual time, and what
// the law and all that is said of it is held against.
//
// It plays connections one by one as the kernel does: each looks for a port, holds
// it in the states of TCP, and lets it go when a timer ends. It is written from the
// kernel's sources, which each file names, and imports nothing of what it checks: a
// [Setup] is what a user sets, in the words of sysctl(8) and of `tcpbench run`, and
// a remedy is tried by doing to it what its sentence says ([Setup.Do]).
//
// A [Flow] is the other half: a load on connections that stay open, through threads,
// processors and queues. What is said to limit its rate must give more when there is more
// of it.
//
// Times are since the start of a play; rates are per second.
package lawtest
