// Package workload drives a target with connections and measures them.
//
// The generator is closed-loop: each of a fixed number of connections is
// opened, used and closed, and then begun again. Run works in the network
// namespace of the calling process and never makes one: that is package lab's
// job. So the same code drives a lab's server and a real host.
//
// Times are monotonic and count from the start of the run; rates are per second.
package workload
