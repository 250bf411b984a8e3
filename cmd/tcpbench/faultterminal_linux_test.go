package main

import (
	"syscall"
	"time"
)

// terminalRows take away what is written to.
func terminalRows() []faultRow {
	var rows []faultRow
	for _, tt := range []struct {
		name, redirection string
		status            []int
		says              string
	}{
		{"stdout is closed", ">&-", []int{0, 1}, ""},
		{"stdout is a full device", ">/dev/full", []int{1}, "no space left on device"},
		{"stderr is closed", "2>&-", []int{0}, ""},
		{"stderr is a full device", "2>/dev/full", []int{0}, ""},
		{"stdin, stdout and stderr are closed", "<&- >&- 2>&-", []int{0, 1}, ""},
	} {
		rows = append(rows, faultRow{name: tt.name, quick: tt.says != "", try: func(f *trial) {
			b := f.shell("exec " + shortRun + " " + tt.redirection).start().within(20 * time.Second)
			b.ended(tt.status, tt.says)
			b.mustHaveResult()
		}})
	}
	return append(rows,
		faultRow{name: "stdout is a pipe that is closed", quick: true, try: func(f *trial) {
			b := f.shell(shortRun + " | true").start().within(20 * time.Second)
			b.ended([]int{0})
			b.mustHaveResult()
		}},
		faultRow{name: "stdout and stderr are a pipe that is closed", try: func(f *trial) {
			b := f.shell(shortRun + " 2>&1 | head -n 1").start().within(20 * time.Second)
			b.ended([]int{0})
			b.mustKeep()
		}},
		faultRow{name: "the terminal is gone", quick: true, try: func(f *trial) {
			s := &session{t: f.T, vt: newVT(80, 24, true), drawn: make(chan struct{})}
			s.openTTY()
			b := f.command("run", "--linger=0", "-c=2", "-z=10s", "--interval=50ms", "-o", f.path("out/r.json"))
			b.cmd.Stdin, b.cmd.Stdout, b.cmd.Stderr = s.tty, s.tty, s.tty
			b.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			b.start().going()
			s.tty.Close()
			s.terminal.Close()
			b.within(20 * time.Second).ended([]int{130})
			b.mustHaveResult()
		}},
	)
}
