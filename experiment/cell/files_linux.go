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

// need is how many open files are needed.
type need struct {
	// All are those of one table.
	All uint64 `json:"all"`
	// Each is how many a thread needs where each has a table of its own; else it is All.
	Each uint64 `json:"each"`
}

// whole is a need of a process whose threads share their files.
func whole(files uint64) need { return need{files, files} }

// most has what meets both needs.
func (n need) most(o need) need { return need{max(n.All, o.All), max(n.Each, o.Each)} }

// files is how many descriptors a workload's server needs, and its client but
// for [clientFiles].
func files(w scenario.Workload) uint64 { return uint64(w.Concurrency) + spareFiles }

// serverFiles is how many descriptors a lab's server needs. One that never
// closes keeps an end for every pair of addresses and ports that the client
// can have; taken up again by the client, it is reset, and closed. Idle
// connections are opened once.
//
// Where its threads have files of their own, connections are shared out by their addresses
// and ports (SO_REUSEPORT), at random: a tenth more than its share is enough for each.
func serverFiles(s Spec) need {
	n := files(s.Workload) + keptOpen(s)
	if len(s.Server.Command) > 0 || s.Workload.ServerThreads < 2 {
		return whole(n)
	}
	share := n / uint64(s.Workload.ServerThreads)
	return need{n, share + share/10 + 2*spareFiles}
}

// keptOpen is how many connections a server keeps open that are over.
func keptOpen(s Spec) uint64 {
	if !s.Workload.ServerClosing().KeepsOpen || s.Workload.Mode == scenario.ModeIdle {
		return 0
	}
	law, err := Law(s, capacity.DefaultSysctls())
	if err != nil {
		return 0 // which is refused elsewhere
	}
	kept := law.Tuples()
	if s.Workload.Count > 0 {
		kept = min(kept, s.Workload.Count)
	}
	return uint64(kept)
}

// clientFiles is how many descriptors a workload's client may have need of.
// An HTTP library dials ahead of need, and keeps the connection for its pool.
// With io_uring sockets are none, and the limit is one of each ring
// (io_sqe_files_register); with epoll it is one of each thread that has files of its own.
func clientFiles(w scenario.Workload) need {
	each := uint64((w.Concurrency+w.Threads-1)/w.Threads) + 2*spareFiles
	switch e, _ := w.Engine.Engine(); {
	case e.Ring:
		return whole(each)
	case e.Client:
		return whole(2*uint64(w.Concurrency) + spareFiles)
	case w.Threads > 1 && w.Linger.Timeout == 0: // auto takes one of both
		return need{files(w), each}
	default:
		return whole(files(w))
	}
}

// raiseFiles lets this process, and those that it starts from now on, have so
// many open files: up to the hard limit anybody may, and above it who has
// CAP_SYS_RESOURCE on the host (setrlimit(2)). Who has not gets the hard limit, where that
// is enough for each thread. share says how more threads would make it enough; "" where
// they would not.
func raiseFiles(n need, share func(hard uint64) string) error {
	var have unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &have); err != nil {
		return fmt.Errorf("read the limit of open files: %w", os.NewSyscallError("getrlimit", err))
	}
	// It is set also where it is high enough: the Go runtime raises its own
	// soft limit, but gives programs that it starts the one it was given.
	want := unix.Rlimit{Cur: max(have.Cur, n.All), Max: max(have.Max, n.All)}
	err := unix.Setrlimit(unix.RLIMIT_NOFILE, &want)
	if errors.Is(err, unix.EPERM) && n.Each <= have.Max {
		want = unix.Rlimit{Cur: have.Max, Max: have.Max}
		err = unix.Setrlimit(unix.RLIMIT_NOFILE, &want)
	}
	if errors.Is(err, unix.EPERM) {
		return fault.Host(tooFewFiles(n.All, have.Max, nrOpen(), share(have.Max)))
	}
	if err != nil {
		return fmt.Errorf("raise the limit of open files to %d: %w", n.All, os.NewSyscallError("setrlimit", err))
	}
	return nil
}

// mostFiles is how many open files this process may have without privilege.
func mostFiles() uint64 {
	var have unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &have); err != nil {
		return 0 // it fails for a bad resource only
	}
	return have.Max
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

// noShare is of what threads do not share.
func noShare(uint64) string { return "" }

// share says with how many threads a cell needs no more files than a hard limit.
func share(s Spec) func(hard uint64) string {
	w := s.Workload
	e := w.EngineFor(s.Scheme())
	alone := !s.Lab() || s.Proxy.IsZero() && len(s.Server.Command) == 0
	if !alone || e.Client || w.Linger.Timeout > 0 || keptOpen(s) > 0 {
		return noShare
	}
	return func(hard uint64) string {
		if hard <= 4*spareFiles {
			return ""
		}
		// The server's share of the connections differs from thread to thread.
		n := (uint64(w.Concurrency)+uint64(w.Concurrency)/10)/(hard-4*spareFiles) + 1
		if n > scenario.MaxThreads {
			return ""
		}
		options := fmt.Sprintf("--threads %d", n)
		if s.Lab() {
			options += fmt.Sprintf(" --server-threads %d", n)
		}
		return "use " + options + ", each of which has files of its own"
	}
}

// tooFewFiles says which limit is in the way, and each way out; share is one.
func tooFewFiles(need, hard, nrOpen uint64, share string) error {
	concurrency := need - spareFiles
	var ways []string
	if share != "" {
		ways = append(ways, share)
	}
	if hard > spareFiles {
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
