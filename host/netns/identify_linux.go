package netns

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tcpbench/internal/procfile"
	"tcpbench/internal/prose"
)

// Identify fills in whose it is, by its first process. What cannot be read is absent. The
// processes chose those names: of what is not UTF-8, which Prometheus refuses, or not
// printable, there is a question mark.
func Identify(n Namespace) Namespace {
	all := []Namespace{n}
	identify(all)
	return all[0]
}

// identify is Identify of many. One thread visits all their hosts.
func identify(all []Namespace) {
	own, err := Inode("/proc/thread-self/ns/uts")
	done, cgroups := make(chan struct{}), newSegments()
	go func() { // ends, and its thread, when identify does
		defer close(done)
		runtime.LockOSThread() // the thread is not given back
		for i := range all {
			n := &all[i]
			if n.PID == 0 {
				continue
			}
			n.Process, n.Owner = ofFirst(n.PID, cgroups)
			if err == nil && !n.First {
				n.Host = prose.Printable(hostname(n.PID, own))
			}
		}
	}()
	<-done
}

// ofFirst is what a process is called, and what it belongs to.
func ofFirst(pid int, cgroups segments) (name string, o Owner) {
	dir := "/proc/" + strconv.Itoa(pid)
	if b, err := procfile.Read(dir + "/cgroup"); err == nil {
		o = cgroups.owner(string(b)).printable()
	}
	if b, err := procfile.Read(dir + "/comm"); err == nil {
		name = prose.Printable(strings.TrimSpace(string(b)))
	}
	return name, o
}

// hostname is the name of the host that a process sees, to whose UTS namespace the calling
// thread goes; "" where that is the own one, or one may not go there.
func hostname(pid int, own uint64) string {
	if other, err := ofProcess(pid, "uts"); err != nil || own == other {
		return ""
	}
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/ns/uts")
	if err != nil {
		return ""
	}
	defer f.Close()
	var u unix.Utsname
	if unix.Setns(int(f.Fd()), unix.CLONE_NEWUTS) != nil || unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Nodename[:])
}
