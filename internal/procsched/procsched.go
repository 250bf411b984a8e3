// Package procsched reads from /proc how much of the time the threads of a process
// ran, and how much they were ready to run and waited for a processor; and of a process
// when it began, and what it has started.
package procsched

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tcpbench/internal/procfile"
)

// Spent is what a thread has spent so far: running, and waiting for a processor. Spun is
// the part of Ran for which it looked for work instead of sleeping, as [Threads.Spin]
// was told.
type Spent struct{ Ran, Waited, Spun time.Duration }

// Worked is for how long the thread did something.
func (s Spent) Worked() time.Duration { return max(s.Ran-s.Spun, 0) }

// Threads are those of a process and of its descendants, by their numbers.
type Threads map[string]Spent

// Read reads the threads of process pid, and of the processes that it has started.
// One that ends meanwhile is left out.
func Read(pid int) (Threads, error) { return read(strconv.Itoa(pid), true) }

// Process is Read without the processes that it has started.
func Process(pid int) (Threads, error) { return read(strconv.Itoa(pid), false) }

// Self reads those of the calling process alone: what it has started does other work.
func Self() (Threads, error) { return read("self", false) }

func read(pid string, descend bool) (Threads, error) {
	out := Threads{}
	if err := out.add(pid, descend); err != nil {
		return nil, fmt.Errorf("read what threads spent: %w", err)
	}
	return out, nil
}

func (t Threads) add(pid string, descend bool) error {
	tasks, err := os.ReadDir(filepath.Join("/proc", pid, "task"))
	if err != nil {
		return err
	}
	for _, task := range tasks {
		dir := filepath.Join("/proc", pid, "task", task.Name())
		data, err := procfile.Read(filepath.Join(dir, "schedstat"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if t[task.Name()], err = parse(string(data)); err != nil {
			return err
		}
		if !descend {
			continue
		}
		for _, child := range startedBy(dir) {
			_ = t.add(child, true) // it may have ended
		}
	}
	return nil
}

// startedBy are the processes that a thread has started, by its directory in /proc; none
// where it has ended, or this kernel does not tell.
func startedBy(thread string) []string {
	children, _ := procfile.Read(filepath.Join(thread, "children"))
	return strings.Fields(string(children))
}

// parse reads "ran waited slices", in nanoseconds (sched-stats.rst).
func parse(text string) (Spent, error) {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return Spent{}, fmt.Errorf("schedstat %q has not two numbers", text)
	}
	ran, err := strconv.ParseInt(fields[0], 10, 64)
	waited, err2 := strconv.ParseInt(fields[1], 10, 64)
	if err := errors.Join(err, err2); err != nil {
		return Spent{}, fmt.Errorf("schedstat %q: %w", text, err)
	}
	return Spent{Ran: time.Duration(ran), Waited: time.Duration(waited)}, nil
}

// Worked returns for how long all threads together did something since before.
func (t Threads) Worked(before Threads) time.Duration {
	var sum time.Duration
	for id, now := range t {
		sum += max(now.Worked()-before[id].Worked(), 0)
	}
	return sum
}

// Since returns what the busiest thread has spent since before: the one that worked or
// waited for a processor for the longest.
func (t Threads) Since(before Threads) Spent {
	var most Spent
	for id, now := range t {
		then := before[id] // none for one that is new
		s := Spent{max(now.Ran-then.Ran, 0), max(now.Waited-then.Waited, 0), max(now.Spun-then.Spun, 0)}
		if s.Worked()+s.Waited > most.Worked()+most.Waited {
			most = s
		}
	}
	return most
}
