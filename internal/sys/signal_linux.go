package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// BlockSignals keeps signals from the calling thread, which must be locked to
// its goroutine for good. One that arrives ends a close(2) that lingers at once
// (sk_stream_wait_close waits interruptibly, and close is not restarted), and
// the Go runtime sends SIGURG to threads that run for long.
func BlockSignals() error {
	var all unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	return os.NewSyscallError("rt_sigprocmask", unix.PthreadSigmask(unix.SIG_BLOCK, &all, nil))
}
