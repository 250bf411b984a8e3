package procsched

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tcpbench/internal/procfile"
)

// Spin notes for how long threads of process pid looked for work instead of sleeping, by
// the numbers that they have in the innermost pid namespace that they are in.
func (t Threads) Spin(pid int, spun map[int]time.Duration) error {
	left := 0 // to be found: a status takes the kernel longer than all else here
	for _, d := range spun {
		if d > 0 {
			left++
		}
	}
	for id, spent := range t {
		if left == 0 {
			break
		}
		status, err := procfile.Read(filepath.Join("/proc", strconv.Itoa(pid), "task", id, "status"))
		if os.IsNotExist(err) {
			continue // it is another process's, or has ended
		}
		if err != nil {
			return fmt.Errorf("read the number of a thread: %w", err)
		}
		if spent.Spun = spun[innermost(string(status))]; spent.Spun > 0 {
			t[id] = spent
			left--
		}
	}
	return nil
}

// innermost is the number that a thread has in its own pid namespace, the last of NSpid
// (proc_pid_status(5), Linux 4.1); 0 where its status does not say.
func innermost(status string) int {
	_, after, _ := strings.Cut(status, "\nNSpid:")
	line, _, _ := strings.Cut(after, "\n")
	numbers := strings.Fields(line)
	if len(numbers) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(numbers[len(numbers)-1]) // 0 for what is none
	return n
}
