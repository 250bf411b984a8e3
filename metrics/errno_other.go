//go:build !linux

package metrics

import "syscall"

// symbol knows no names: failures are counted on Linux, and results have the
// names that they were given there.
func symbol(syscall.Errno) string { return "" }
