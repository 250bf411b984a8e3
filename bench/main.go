// Command bench measures the tool itself: what a lab's set-up costs, what a
// sample costs, and the native engine beside a loop over net.Dial: same lab,
// same server, same work, one run. It prints medians with their spread, and
// ratios pair by pair. `make bench` runs it.
package main

import (
	"fmt"
	"os"
	"os/exec"

	"tcpbench/cell"
	"tcpbench/lab"
)

// clientRole is the name of the process that is the lab's client.
const clientRole = "tcpbench-bench"

func main() {
	cell.Role()
	err := outside
	if os.Args[0] == clientRole {
		err = inside
	}
	if err := err(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// outside measures from the host, then starts this program again in a lab.
func outside() error {
	if err := setUp(); err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = append([]string{clientRole}, os.Args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := lab.Start(cmd); err != nil {
		return err
	}
	return cmd.Wait()
}
