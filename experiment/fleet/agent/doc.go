// Package agent is one client host of a fleet: it takes orders of one coordinator at a
// time, drives the load that it is given, and keeps what it measured on its disk until the
// coordinator has it.
//
// It sends load where its owner permits, as fast and as long as they permit, and runs no
// program but its own. When it hears nothing of its coordinator, the load ends.
package agent
