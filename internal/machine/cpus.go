package machine

import "runtime"

// CPUs is how many processors this process may use at a time: those of its affinity, no
// more than GOMAXPROCS, nor than the bandwidth of its cgroup, which Go rounds up, to two
// at least.
func CPUs() int { return min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }
