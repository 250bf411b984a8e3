// Package launch starts the agents of a fleet: one command for each host, by default ssh.
//
// The commands are children of this process, each in a process group of its own, and are
// killed when this process dies. What they print is told with the host before it. With ssh
// the coordinator's hub needs no address that other hosts reach: its port is forwarded.
//
// [Copy] takes this program to hosts that do not have it.
package launch
