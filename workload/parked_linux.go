package workload

import "golang.org/x/sys/unix"

const (
	// mostParked is enough for the time that a server takes to answer a FIN.
	mostParked = 128
	// spareFiles are left to all else that this process opens.
	spareFiles = 128
)

// parked is how many closed sockets each worker may have beside its connections: as many
// as the limit of open files leaves.
func (o Options) parked() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	left := int(min(limit.Cur, 1<<30)) - o.Concurrency - spareFiles
	return min(max(left/o.Threads, 0), mostParked)
}
