package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tcpbench/internal/procsched"
	"tcpbench/internal/prose"
)

// Found are the namespaces that one sees, by number, and how many processes hide theirs.
type Found struct {
	Namespaces []Namespace
	// Hidden counts processes of others, whose namespaces one may not see (ptrace(2),
	// PTRACE_MODE_READ).
	Hidden int
}

// member is a namespace, and the processes that are in it.
type member struct {
	Namespace
	pids []int
}

// Find walks through /proc. Of one that was known before, the first process stays that while it
// is in there.
func Find(known map[uint64]Namespace) (Found, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return Found{}, fmt.Errorf("find network namespaces: %w", err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return Found{}, fmt.Errorf("find network namespaces: %w", err)
	}
	all, hidden, host := map[uint64]member{}, 0, HostInit()
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		inode, err := OfProcess(pid)
		switch {
		case errors.Is(err, fs.ErrPermission):
			hidden++
		case err == nil: // else it has ended
			add(all, inode, pid, host && pid == 1)
		}
	}
	for inode, file := range named(NamedIn) {
		n := all[inode]
		n.Inode, n.Name, n.File = inode, prose.Printable(filepath.Base(file)), file
		all[inode] = n
	}
	out := Found{Hidden: hidden}
	for _, inode := range slices.Sorted(maps.Keys(all)) {
		m := all[inode]
		m.PID, m.Start = first(m.pids, known[inode], procsched.Began)
		out.Namespaces = append(out.Namespaces, m.Namespace)
	}
	identify(out.Namespaces)
	return out, nil
}

// add counts a process, and keeps which.
func add(all map[uint64]member, inode uint64, pid int, host bool) {
	m := all[inode]
	m.pids = append(m.pids, pid)
	m.Inode, m.Processes, m.First = inode, len(m.pids), m.First || host
	all[inode] = m
}

// firstPIDs is the number of the PID namespace that a kernel begins with (PROC_PID_INIT_INO
// in include/linux/proc_ns.h).
const firstPIDs = 0xEFFFFFFC

// HostInit reports whether process 1 is that of the host, not of a container.
func HostInit() bool {
	inode, err := ofProcess(1, "pid")
	return err == nil && inode == firstPIDs
}

// OfProcess is the number of the network namespace that a process is in.
func OfProcess(pid int) (uint64, error) { return ofProcess(pid, "net") }

// ofProcess is that of a namespace of any kind.
func ofProcess(pid int, kind string) (uint64, error) {
	var b [64]byte
	n, err := unix.Readlink("/proc/"+strconv.Itoa(pid)+"/ns/"+kind, b[:])
	if err != nil {
		return 0, err
	}
	s := strings.TrimSuffix(strings.TrimPrefix(string(b[:n]), kind+":["), "]")
	inode, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s namespace of process %d: %q: %w", kind, pid, b[:n], err)
	}
	return inode, nil
}

// named are the files in a directory that are namespaces, by number.
func named(dir string) map[uint64]string {
	out := map[uint64]string{}
	files, err := os.ReadDir(dir)
	if err != nil {
		return out // nobody has given any
	}
	for _, f := range files {
		file := filepath.Join(dir, f.Name())
		if inode, err := Inode(file); err == nil {
			out[inode] = file
		}
	}
	return out
}

// nsfs is the kind of file system that namespaces are files of (NSFS_MAGIC).
const nsfs = 0x6e736673

// Inode is the number of the namespace that a file is: of `ip netns`, or of /proc/PID/ns.
func Inode(path string) (uint64, error) {
	var kind unix.Statfs_t
	if err := unix.Statfs(path, &kind); err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: path, Err: err}
	}
	if kind.Type != nsfs {
		return 0, fmt.Errorf("%s is no namespace: give a name of `ip netns`, or a path such as /proc/PID/ns/net", path)
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return 0, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return st.Ino, nil
}

// InodeOf is that of a file that is open, which no longer changes.
func InodeOf(f *os.File) (uint64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return 0, &fs.PathError{Op: "stat", Path: f.Name(), Err: err}
	}
	return st.Ino, nil
}
