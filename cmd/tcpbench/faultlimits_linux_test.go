package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// shell is a shell's command line, in which tcpbench is this program and $out where its result
// goes.
func (f *trial) shell(script string) *broken {
	f.Helper()
	self, err := os.Executable()
	if err != nil {
		f.Fatal(err)
	}
	if err := os.Symlink(self, f.path("tcpbench")); err != nil && !os.IsExist(err) {
		f.Fatal(err)
	}
	b := f.command()
	b.cmd.Path, b.cmd.Args = "/bin/sh", []string{"sh", "-c", script}
	b.cmd.Env = append(b.cmd.Env, "PATH="+f.dir+":"+os.Getenv("PATH"), "out="+b.output)
	return b
}

const shortRun = "tcpbench run --linger=0 -c=2 -z=300ms --interval=50ms --progress=plain --force -o $out"

// limitRows take away what a process needs.
func limitRows() []faultRow {
	return []faultRow{
		{name: "out of file descriptors, at 8 to 40", try: func(f *trial) {
			for n := 8; n <= 40; n++ { // with fewer the runtime does not begin
				f.made++
				b := f.shell(fmt.Sprintf("ulimit -n %d; exec %s", n, shortRun)).start().within(20 * time.Second)
				if b.cmd.ProcessState.ExitCode() == 0 {
					b.ended([]int{0})
				} else {
					b.ended([]int{1, 4}, "open files|file descriptors|descriptors")
				}
				b.nothingLost()
			}
		}},
		{name: "out of processes and threads, at 1 to 60", try: func(f *trial) {
			for n := 1; n <= 60; n++ {
				b := f.grouped("pids", "pids.max", strconv.Itoa(n))
				if b == nil {
					return
				}
				// The runtime itself ends a process that cannot have a thread, in its own words.
				if !strings.Contains(b.errs.String(), "failed to create new OS thread") &&
					!strings.Contains(b.errs.String(), "pthread_create failed") {
					b.ended([]int{0, 1, 2, 4})
				}
				b.nothingLost()
			}
		}},
		{name: "out of memory, at 8 to 120 MiB", try: func(f *trial) {
			for mib := 8; mib <= 120; mib += 4 {
				b := f.grouped("memory", "memory.limit_in_bytes memory.max", strconv.Itoa(mib<<20))
				if b == nil {
					return
				}
				b.ended([]int{-1, 0, 1, 4, 137})
				b.nothingLost()
			}
		}},
	}
}

// grouped has a short run in a control group with a limit, under one of the names that the
// versions have. Without control groups that can be made here it says so, and returns nil.
func (f *trial) grouped(controller, files, value string) *broken {
	f.Helper()
	group, file := "", ""
	for _, root := range []string{"/sys/fs/cgroup/" + controller, "/sys/fs/cgroup"} {
		group = filepath.Join(root, "faults-"+strconv.Itoa(os.Getpid())+"-"+filepath.Base(f.dir))
		if err := os.Mkdir(group, 0o755); err != nil {
			continue
		}
		for _, name := range strings.Fields(files) {
			if _, err := os.Stat(filepath.Join(group, name)); err == nil {
				file = filepath.Join(group, name)
			}
		}
		if file != "" {
			break
		}
		_ = os.Remove(group)
	}
	if file == "" {
		f.untried = "not tried: no control group of " + controller + " can be made here"
		return nil
	}
	f.made++
	defer func() {
		for end := time.Now().Add(10 * time.Second); os.Remove(group) != nil && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
	}()
	if err := os.WriteFile(file, []byte(value), 0o644); err != nil {
		f.Fatal(err)
	}
	b := f.shell(fmt.Sprintf("echo $$ > %s/cgroup.procs && exec %s", group, shortRun)).start()
	return b.within(30 * time.Second)
}

// oneOf begins two at once, of which one measures, which it returns, and the other says why it
// does not.
func oneOf(atMost time.Duration, says string, command func() *broken) *broken {
	a, b := command().start(), command().start()
	a.f.Helper()
	a.within(atMost)
	b.within(atMost)
	if a.cmd.ProcessState.ExitCode() != 0 {
		a, b = b, a
	}
	a.ended([]int{0})
	b.ended([]int{2}, says)
	return a
}

// twiceRows begin two at once.
func twiceRows() []faultRow {
	return []faultRow{
		{name: "two runs with one result file", quick: true, try: func(f *trial) {
			first := f.load().start().going()
			f.load().start().within(20*time.Second).ended([]int{2}, "measures for .*wait until it ends")
			first.within(20 * time.Second).ended([]int{0})
			first.nothingLost()
		}},
		{name: "two sweeps into one directory", times: 5, try: func(f *trial) {
			oneOf(40*time.Second, "measures into|not empty", func() *broken {
				return f.command("sweep", "--progress=plain", "-o", f.path("out/sweep"), f.tiny())
			})
		}},
		{name: "two runs begun at one instant with one result file", times: 10, try: func(f *trial) {
			oneOf(20*time.Second, "measures for|exists", func() *broken { return f.load("-z=200ms") }).nothingLost()
		}},
		{name: "ctrl-C at any time", times: 20, quick: true, try: func(f *trial) {
			b := f.load().start()
			time.Sleep(f.atRandom())
			_ = b.cmd.Process.Signal(syscall.SIGINT)
			b.within(20 * time.Second).ended([]int{-1, 0, 130}) // -1: before anything was begun
			b.nothingLost()
		}},
		{name: "ctrl-C twice at any time", times: 20, try: func(f *trial) {
			b := f.load().start()
			time.Sleep(f.atRandom())
			_ = b.cmd.Process.Signal(syscall.SIGINT)
			time.Sleep(time.Duration(f.rand.Int64N(int64(5 * time.Millisecond))))
			_ = b.cmd.Process.Signal(syscall.SIGINT)
			b.within(20 * time.Second).ended([]int{-1, 0, 130})
			b.nothingLost()
		}},
	}
}
