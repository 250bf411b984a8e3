package procsched

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"
)

// tick is the unit of CPU time in /proc/PID/stat (USER_HZ).
const tick = 10 * time.Millisecond

// Descendants is the CPU time of all processes that process pid has started, and those
// have, without its own. Of those that have ended and were waited for it is known to
// 10 ms; of those that nobody waited for it is lost. It may fall a little from one call to
// the next, while a process ends.
func Descendants(pid int) (user, system time.Duration, err error) {
	user, system, err = ended(pid)
	if err != nil {
		return 0, 0, fmt.Errorf("read the CPU time of what process %d started: %w", pid, err)
	}
	children, err := Children(pid)
	if err != nil {
		return 0, 0, fmt.Errorf("read the CPU time of what process %d started: %w", pid, err)
	}
	for _, child := range children {
		u, s, err := CPU(child)
		if err != nil {
			continue // it has ended
		}
		below, belowSystem, _ := Descendants(child) // it may end meanwhile
		user, system = user+u+below, system+s+belowSystem
	}
	return user, system, nil
}

// ErrNoChildren is that this kernel does not list the children of a process.
var ErrNoChildren = errors.New("this kernel has no /proc/PID/task/TID/children (CONFIG_PROC_CHILDREN)")

// Children are the processes that process pid has started and that are there, also those
// that have ended and that nobody has waited for.
func Children(pid int) ([]int, error) {
	files, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "children"))
	if len(files) == 0 {
		return nil, ErrNoChildren
	}
	var out []int
	for _, file := range files {
		for _, word := range startedBy(filepath.Dir(file)) {
			if child, err := strconv.Atoi(word); err == nil {
				out = append(out, child)
			}
		}
	}
	return out, nil
}

// ended is the CPU time of the processes that process pid has waited for (proc_pid_stat(5)).
func ended(pid int) (user, system time.Duration, err error) {
	fields, err := stat(pid)
	if err != nil {
		return 0, 0, err
	}
	const cutime, cstime = 16 - firstField, 17 - firstField
	if len(fields) <= cstime {
		return 0, 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields)+firstField-1)
	}
	u, err := strconv.ParseInt(fields[cutime], 10, 64)
	s, err2 := strconv.ParseInt(fields[cstime], 10, 64)
	return time.Duration(u) * tick, time.Duration(s) * tick, errors.Join(err, err2)
}
