package main

import (
	"fmt"
	"syscall"
	"time"
)

// part is a process of a run, and what runs it.
type part struct {
	name, role string
	flags      []string
	// says is what the run says when it has died.
	says string
}

// parts are the processes of a run. A program of the user's has the process around it.
func parts() []part {
	return []part{
		{"the command", "tcpbench", nil, ""},
		{"the client", "tcpbench-cell", nil, "the cell's process ended without a result: signal: killed"},
		{"the server", "tcpbench-server", nil, "the lab's server died: signal: killed"},
		{"the link", "tcpbench-link", []string{"--link=pass"}, "the lab's link died: signal: killed"},
		{"the NAT", "tcpbench-nat", []string{"--nat=40000-49999"}, "the lab's nat died: signal: killed"},
	}
}

// atRandom is a time within the life of a short run, its beginning and end included.
func (f *trial) atRandom() time.Duration {
	return time.Duration(f.rand.Int64N(int64(1300 * time.Millisecond)))
}

// killRows kill every process of a cell at random times, a hundred times in all.
func killRows() []faultRow {
	var rows []faultRow
	for _, p := range parts() {
		rows = append(rows, faultRow{name: "kill -9 of " + p.name, times: 20, quick: true, try: func(f *trial) {
			if p.role == "tcpbench-link" && !linkWithRules(f.T) {
				f.untried = "not tried: there is no link with rules here"
				return
			}
			b := f.load(p.flags...).start()
			b.hit(p.role, syscall.SIGKILL, f.atRandom())
			b.within(20 * time.Second)
			if b.cmd.ProcessState.ExitCode() == 1 {
				b.ended([]int{1}, p.says)
			} else {
				b.ended([]int{-1, 0}) // it was the command, or all was over
			}
			b.nothingLost()
		}})
	}
	return rows
}

// stopRows stop every process for a while, and for ever.
func stopRows() []faultRow {
	var rows []faultRow
	for _, p := range parts() {
		rows = append(rows, faultRow{name: "SIGSTOP for 2 s of " + p.name, try: func(f *trial) {
			b := f.load(append(p.flags, "--timeout=500ms")...).start()
			pid := b.hit(p.role, syscall.SIGSTOP, 300*time.Millisecond)
			time.Sleep(2 * time.Second)
			if pid != 0 {
				if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
					f.Error(err)
				}
			}
			b.within(20 * time.Second).ended([]int{0})
			b.nothingLost()
		}}, faultRow{name: "SIGSTOP for ever of " + p.name + ", and ctrl-C after 10 s", try: func(f *trial) {
			b := f.load(append(p.flags, "--timeout=500ms")...).start()
			b.hit(p.role, syscall.SIGSTOP, 300*time.Millisecond)
			select {
			case <-b.done: // it went on without
			case <-time.After(10 * time.Second):
				_ = b.cmd.Process.Signal(syscall.SIGINT)
				if p.role == "tcpbench" {
					_ = b.cmd.Process.Kill() // a stopped process hears nothing else
				}
			}
			b.within(20 * time.Second).ended([]int{-1, 0, 1, 130})
			b.nothingLost()
			fmt.Fprintf(f.Output(), "%s stopped: status %d after %v: %s\n", p.name, b.cmd.ProcessState.ExitCode(),
				time.Since(b.began).Round(100*time.Millisecond), last(b.errs.String()))
		}})
	}
	return rows
}
