// Package lab makes the place where a cell runs: two network namespaces, one
// for the client and one for the server, joined by a veth pair; or three, with
// a proxy or a NAT between the two and a pair on either side of it; behind a NAT there may be
// several clients, each with a namespace and a pair. In the place of the
// client's pair there may be two TAP devices, and a process that moves the
// frames between them; or client and server are in one namespace.
//
// No root is needed: a process is started in a new user namespace, where it
// may do all this, and nothing of it is visible outside. When the last
// process of a namespace ends, the kernel removes the namespace with all that
// was in it, so there is nothing to restore. The kernel kills a lab's
// processes when the one that started them dies (PR_SET_PDEATHSIG).
//
// A process configures the namespaces that its threads are in; nothing here changes the
// namespace of another process.
package lab
