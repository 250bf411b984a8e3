package lab

import (
	"errors"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// StartDying starts cmd, which is killed when this process dies. Before that it
// prepares the thread that cmd inherits from, which is used for nothing else.
//
// The kernel kills it when the thread that started it ends (prctl(2),
// PR_SET_PDEATHSIG), and Go ends a thread whose goroutine ends locked to it: the
// thread of a close with a linger time, say, killed the lab's server. So cmd has
// a thread that waits until it has ended, and ends then.
func StartDying(cmd *exec.Cmd, attr *syscall.SysProcAttr, prepare ...func() error) error {
	attr.Pdeathsig = unix.SIGKILL
	cmd.SysProcAttr = attr
	started := make(chan error)
	go func() { // ends with cmd
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := run(append(prepare, cmd.Start))
		if err != nil {
			started <- err
			return
		}
		pid := cmd.Process.Pid
		started <- nil
		awaitEnd(pid)
	}()
	return <-started
}

// run runs steps until one fails.
func run(steps []func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// entriesTime is what the last thread of a process gets to take its entries in /proc
// apart.
const entriesTime = 50 * time.Microsecond

// AwaitEnd returns when a child has ended and can be waited for. The kernel tells of the
// end while the last thread still takes its entries in /proc apart (release_task), and who
// waits for the child at once spins until that is done (shrink_dcache_parent): where it has
// woken up on the processor of that thread, for a tick.
func AwaitEnd(pid int) {
	awaitEnd(pid)
	time.Sleep(entriesTime)
}

// awaitEnd returns when a child has ended, and leaves it to whoever waits for it.
func awaitEnd(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return // ended, or ECHILD: others have waited for it
		}
	}
}
