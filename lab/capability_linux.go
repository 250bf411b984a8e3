package lab

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// serverCapabilities are those that programs of a lab keep, of the names in
// capabilities(7): what nginx, haproxy and their like do as root to files of their
// own, to become another user, and to the lab's network. They are not enough to
// leave the lab's namespaces (CAP_SYS_ADMIN), to look into other processes
// (CAP_SYS_PTRACE), to make devices (CAP_MKNOD), to load modules or to set the clock.
func serverCapabilities() []uintptr {
	return []uintptr{
		unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, // logs, caches, keys
		unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_SETPCAP, unix.CAP_SYS_CHROOT, unix.CAP_KILL, // workers
		unix.CAP_NET_BIND_SERVICE, unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, // ports below 1024, transparent proxies
		unix.CAP_SYS_RESOURCE, unix.CAP_SYS_NICE, // limits of open files, priorities of workers
	}
}

// BoundCapabilities takes all others from what the calling thread will start. It
// cannot be undone: the thread must be locked, and end.
//
// Note: tried dropping them for the whole process; another thread may be the one that
// starts a program, and with cgo there is no call for all threads.
func BoundCapabilities() error {
	keep := map[uintptr]bool{}
	for _, c := range serverCapabilities() {
		keep[c] = true
	}
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) {
			continue // an older kernel has fewer
		}
		if err != nil {
			return fmt.Errorf("read the bounding set of capabilities: %w", err)
		}
		if has == 0 || keep[c] {
			continue
		}
		err = unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		if errors.Is(err, unix.EPERM) {
			return nil // without CAP_SETPCAP, which somebody took from root already
		}
		if err != nil {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	return nil
}
