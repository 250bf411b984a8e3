// Package netns finds the network namespaces of a host and says whose they are: the pod,
// the container, the systemd unit.
//
// A namespace is found by the processes that are in it, as /proc shows them, and by the
// names that `ip netns` gives. Whose it is follows from the cgroup of its first process.
package netns
