package workload

import (
	"errors"
	"runtime"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
	"tcpbench/scenario"
)

const (
	// mostParked is enough for the time that a server takes to answer a FIN.
	mostParked = 128
	// spareFiles are left to all else that this process opens.
	spareFiles = 128
)

// FilesApart reports whether each thread of a workload has files of its own, so that the
// limit of open files is one of each. With a linger time other threads close the sockets;
// libraries have threads of their own, and rings have no descriptors.
func FilesApart(w scenario.Workload) bool {
	return w.Threads > 1 && w.Engine == scenario.EngineEpoll && w.Linger.Timeout == 0
}

// onThread runs a worker on a thread of its own.
func (o Options) onThread(work func() error) (err error) {
	if FilesApart(o.Workload) {
		apart := sys.Apart(func() { err = work() })
		return errors.Join(err, apart)
	}
	runtime.LockOSThread() // for good where it stays in another host: the thread ends with its goroutine
	err = work()
	if len(o.Networks) == 0 || o.Networks.Enter(0) == 0 {
		runtime.UnlockOSThread()
	}
	return err
}

// parked is how many closed sockets each worker may have beside its connections: as many
// as the limit of open files leaves.
func (o Options) parked() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	files := int(min(limit.Cur, 1<<30)) - spareFiles
	if FilesApart(o.Workload) {
		return min(max(files-share(o.Concurrency, o.Threads, 0), 0), mostParked)
	}
	return min(max((files-o.Concurrency)/o.Threads, 0), mostParked)
}
