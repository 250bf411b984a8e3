// Package sockdiag lists TCP sockets by asking the kernel through
// sock_diag(7), in any state, TIME_WAIT included.
//
// Note: netlink.SocketDiagTCP dumps every socket of every state into memory,
// 12 MB for 30,000; this asks the kernel to filter by the remote port and
// keeps nothing.
package sockdiag
