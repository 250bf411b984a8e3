package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// last is the last line of a text.
func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// disk mounts a file system of so many bytes at a directory of the trial; 0 is as many as the
// memory has.
func (f *trial) disk(name string, bytes int) (unmount func()) {
	f.Helper()
	at := f.path(name)
	if err := os.MkdirAll(at, 0o755); err != nil {
		f.Fatal(err)
	}
	if err := unix.Mount("none", at, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		f.Fatal(err)
	}
	return func() {
		f.Helper()
		if err := unix.Unmount(at, 0); err != nil {
			f.Fatal(err)
		}
	}
}

// page is by how much a disk is larger the next time: no two writes of a page are both hit.
const page = 4096

// filled has a command write to disks of more and more pages, until it ends with status 0.
func (f *trial) filled(pages int, run func() *broken) {
	f.Helper()
	for n := 1; ; n += pages {
		if n > 2000 {
			f.Fatalf("it does not succeed on a disk of %d pages", n)
		}
		unmount := f.disk("out", n*page)
		f.made++
		b := run().start().within(2 * time.Minute) // pictures take their time
		full := b.cmd.ProcessState.ExitCode() != 0
		if full {
			b.ended([]int{1}, "no space left on device")
		} else {
			b.ended([]int{0})
		}
		b.nothingLost()
		unmount()
		if !full {
			f.wasFull()
			return
		}
	}
}

// wasFull fails where the least disk had room for all: nothing was tried then.
func (f *trial) wasFull() {
	f.Helper()
	if f.made == 1 {
		f.Error("the disk was never full")
	}
}

// diskFullAt is how a row says by how many pages a disk is larger the next time.
func diskFullAt(pages int) string {
	if pages == 1 {
		return "disk full at each page of "
	}
	return fmt.Sprintf("disk full, %d pages larger each time, of ", pages)
}

// diskFullFor has a command read a result, and write something of it to disks.
func diskFullFor(name string, pages int, args ...string) faultRow {
	return faultRow{name: diskFullAt(pages) + name, try: func(f *trial) {
		in := f.path("in.json")
		f.load("-z=200ms", "--interval=20ms", "-o="+in).start().within(20 * time.Second).ended([]int{0})
		f.filled(pages, func() *broken {
			return f.command(append(slices.Clone(args), "-o", f.path("out/"+args[0]), in)...)
		})
	}}
}

// diskRows take the disk away.
func diskRows() []faultRow {
	short := []string{"-z=200ms", "--interval=20ms"}
	return []faultRow{
		{name: diskFullAt(1) + "a run's journal and result", try: func(f *trial) {
			f.filled(1, func() *broken { return f.load(short...) })
		}},
		{name: diskFullAt(1) + "a run's journal and result, and no other to keep it", try: func(f *trial) {
			f.filled(1, func() *broken {
				b := f.load(short...)
				b.cmd.Env = append(b.cmd.Env, "TMPDIR="+f.path("out"))
				return b
			})
		}},
		{name: diskFullAt(2) + "a run's packets", try: func(f *trial) {
			f.filled(2, func() *broken { return f.load(append(short, "--capture=500")...) })
		}},
		{name: diskFullAt(4) + "a log of requests", try: func(f *trial) {
			log := f.path("small/log.csv")
			for n := 1; ; n += 4 {
				unmount := f.disk("small", n*page)
				f.made++
				b := f.load("-n=500", "--log-requests="+log, "--force").start().within(20 * time.Second)
				full := strings.Contains(b.out.String(), "no space left on device")
				b.ended([]int{0})
				b.nothingLost()
				if full {
					f.lost = "lines of the log: a warning says how many"
				}
				unmount()
				if !full {
					f.wasFull()
					return
				}
			}
		}},
		{name: diskFullAt(37) + "a sweep", try: func(f *trial) {
			f.filled(37, func() *broken {
				return f.command("sweep", "--progress=plain", "-o", f.path("out/sweep"), f.tiny())
			})
		}},
		diskFullFor("a report", 4, "report"),
		diskFullFor("an export", 1, "export", "--format=openmetrics"),
		diskFullFor("pictures", 8, "plot"),
		{name: "output on a file system that is read-only", quick: true, try: func(f *trial) {
			unmount := f.disk("out", 100*page)
			if err := unix.Mount("none", f.path("out"), "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
				f.Fatal(err)
			}
			f.load(short...).start().within(20*time.Second).ended([]int{1, 2, 4}, "read-only file system")
			unmount()
		}},
		{name: "output directory removed while a run goes on", quick: true, try: func(f *trial) {
			b := f.load().start().going()
			if err := os.RemoveAll(f.path("out")); err != nil {
				f.Fatal(err)
			}
			b.within(20*time.Second).ended([]int{1}, "no such file or directory", "was kept as")
			b.nothingLost()
		}},
		{name: "output directory removed while a sweep goes on", try: func(f *trial) {
			b := f.command("sweep", "--progress=plain", "-o", f.path("out/sweep"), f.tiny()).start()
			eventually(f.T, "the sweep has begun", func() bool { return strings.Contains(b.errs.String(), "1/2") })
			eventually(f.T, "nothing new is in the directory while it is removed",
				func() bool { return os.RemoveAll(f.path("out")) == nil })
			b.within(20*time.Second).ended([]int{1}, "no such file or directory")
			b.nothingLost()
		}},
	}
}

// tiny is a scenario of two cells that take some tenths of a second.
func (f *trial) tiny() string {
	f.Helper()
	path := f.path("tiny.yaml")
	const text = "name: tiny\nworkload: {linger: 0, duration: 200ms, interval: 20ms}\n" +
		"matrix: {concurrency: [1, 2]}\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		f.Fatal(err)
	}
	return path
}
