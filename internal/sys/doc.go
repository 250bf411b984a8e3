// Package sys is the only place with raw system calls on sockets. They return
// the errno itself, allocate nothing, and those that never block do not tell
// the Go scheduler: a connection costs its system calls and little else.
package sys
