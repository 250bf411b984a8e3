package lab

import (
	"fmt"
	"os"

	"tcpbench/internal/sys"
)

// Inside calls f in the network namespace of process pid, on a thread of its
// own. What f opens there stays in that namespace: a socket, say. It must not
// start processes, which the kernel would kill with the thread.
func Inside(pid int, f func() error) error {
	ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err == nil {
		defer ns.Close()
		err = sys.Networks{int(ns.Fd())}.In(0, f)
	}
	if err != nil {
		return fmt.Errorf("in the network namespace of process %d: %w", pid, err)
	}
	return nil
}
