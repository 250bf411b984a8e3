package labtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/vishvananda/netlink"

	"tcpbench/lab"
)

// entered marks the process whose network namespace is nobody else's.
const entered = "TCPBENCH_TEST_NAMESPACE"

// Enter is for a TestMain: it returns in a process whose network namespace is
// new, so that the kernel's defaults hold and not the host's settings, there is
// ::1, nobody else's socket is counted, and no TIME_WAIT is left on the host.
// The process that called it ends with the same exit status.
func Enter() {
	if os.Getenv(entered) != "" {
		if err := LoopbackUp(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), entered+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := lab.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// LoopbackUp brings up lo of the network namespace that the calling thread is in.
func LoopbackUp() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find link lo: %w", err)
	}
	return netlink.LinkSetUp(lo)
}
