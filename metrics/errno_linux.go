package metrics

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// symbol is the kernel's name for e; "" where it has none.
func symbol(e syscall.Errno) string { return unix.ErrnoName(e) }
