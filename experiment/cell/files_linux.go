package cell

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
	"tcpbench/law/capacity"
	"tcpbench/scenario"
)

// spareFiles are the descriptors that a process needs beside connections.
const spareFiles = 64

// files is how many descriptors a workload's server needs, and its client but
// for [clientFiles].
func files(w scenario.Workload) uint64 { return uint64(w.Concurrency) + spareFiles }

// serverFiles is how many descriptors a lab's server needs. One that never
// closes keeps an end for every pair of addresses and ports that the client
// can have; taken up again by the client, it is reset, and closed. Idle
// connections are opened once.
func serverFiles(s Spec) uint64 {
	n := files(s.Workload)
	if !s.Workload.ServerClosing().KeepsOpen || s.Workload.Mode == scenario.ModeIdle {
		return n
	}
	law, err := Law(s, capacity.DefaultSysctls())
	if err != nil {
		return n // which is refused elsewhere
	}
	kept := law.Tuples()
	if s.Workload.Count > 0 {
		kept = min(kept, s.Workload.Count)
	}
	return n + uint64(kept)
}

// clientFiles is how many descriptors a workload's client may have need of.
// An HTTP library dials ahead of need, and keeps the connection for its pool.
// With io_uring sockets are none, and the limit is one of each ring
// (io_sqe_files_register).
func clientFiles(w scenario.Workload) uint64 {
	switch e, _ := w.Engine.Engine(); {
	case e.Ring:
		return uint64((w.Concurrency+w.Threads-1)/w.Threads) + spareFiles
	case e.Client:
		return 2*uint64(w.Concurrency) + spareFiles
	default:
		return files(w)
	}
}

// raiseFiles lets this process, and those that it starts from now on, have so
// many open files: up to the hard limit anybody may, and above it who has
// CAP_SYS_RESOURCE on the host (setrlimit(2)).
func raiseFiles(need uint64) error {
	var have unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &have); err != nil {
		return fmt.Errorf("read the limit of open files: %w", os.NewSyscallError("getrlimit", err))
	}
	// It is set also where it is high enough: the Go runtime raises its own
	// soft limit, but gives programs that it starts the one it was given.
	want := unix.Rlimit{Cur: max(have.Cur, need), Max: max(have.Max, need)}
	err := unix.Setrlimit(unix.RLIMIT_NOFILE, &want)
	if errors.Is(err, unix.EPERM) {
		return fault.Host(tooFewFiles(need, have.Max, nrOpen()))
	}
	if err != nil {
		return fmt.Errorf("raise the limit of open files to %d: %w", need, os.NewSyscallError("setrlimit", err))
	}
	return nil
}

// nrOpen is fs.nr_open, above which no hard limit can be; 0 if that cannot be read.
func nrOpen() uint64 {
	b, err := os.ReadFile("/proc/sys/fs/nr_open")
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64) // 0 if that is no number
	return n
}

// tooFewFiles says which limit is in the way, and each way out.
func tooFewFiles(need, hard, nrOpen uint64) error {
	concurrency := need - spareFiles
	var ways []string
	if hard > spareFiles {
		ways = append(ways, fmt.Sprintf("use --engine io_uring --threads %d, "+
			"whose sockets are not descriptors, towards "+
			"servers that already run", concurrency/(hard-spareFiles)+1))
		ways = append(ways, fmt.Sprintf("lower --concurrency to %d", hard-spareFiles))
	}
	raise := fmt.Sprintf("raise the limit as root: ulimit -Hn %d in the shell, "+
		"nofile in /etc/security/limits.conf, or "+
		"LimitNOFILE= of a systemd unit", need)
	limit := fmt.Sprintf("this process may have %d (ulimit -Hn)", hard)
	if nrOpen != 0 && nrOpen < need {
		limit += fmt.Sprintf(", and no process more than %d (fs.nr_open)", nrOpen)
		raise = fmt.Sprintf("as root first sysctl -w fs.nr_open=%d, then %s", need, raise)
	}
	ways = append(ways, raise)
	return fmt.Errorf("concurrency: %d connections need %d open files, and %s; %s", concurrency, need, limit,
		strings.Join(ways, ", or "))
}
