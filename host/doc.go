// Package host reads what a running host permits and uses: its sysctls and
// the files that set them, limits, connection tracking, sockets. It changes
// nothing, needs no privilege, and sees the network namespace that the calling
// process is in.
package host
