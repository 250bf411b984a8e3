package labtest

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Snapshot is all that a program can leave behind, a line each: processes, namespaces,
// network devices, mounts, sysctls of the network, control groups and files.
type Snapshot map[string]bool

// Take takes a snapshot, with the files below some directories. Zombies are left out: whoever
// started them has to fetch their status.
func Take(t *testing.T, dirs ...string) Snapshot {
	t.Helper()
	s := Snapshot{}
	for _, look := range []func(Snapshot) error{processes, devices, mounts, sysctls, controlGroups} {
		if err := look(s); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range dirs {
		s.files(dir)
	}
	return s
}

// Since are the lines that are not as they were, with + or - before each.
func (s Snapshot) Since(before Snapshot) []string {
	var out []string
	for line := range s {
		if !before[line] {
			out = append(out, "+ "+line)
		}
	}
	for line := range before {
		if !s[line] {
			out = append(out, "- "+line)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return out
}

// processes adds processes and the namespaces that they are in.
func processes(s Snapshot) error {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		stat, err := os.ReadFile(filepath.Join(dir, "stat"))
		if err != nil {
			continue // it has just ended
		}
		name, rest, _ := strings.Cut(string(stat), ") ")
		if strings.HasPrefix(rest, "Z") || strings.HasPrefix(rest, "X") {
			continue
		}
		s["process "+name+")"] = true
		spaces, err := filepath.Glob(filepath.Join(dir, "ns", "*"))
		if err != nil {
			return err
		}
		for _, path := range spaces {
			if to, err := os.Readlink(path); err == nil {
				s["namespace "+to] = true
			}
		}
	}
	return nil
}

// devices adds the network's devices, their flags and addresses.
func devices(s Snapshot) error {
	links, err := net.Interfaces()
	if err != nil {
		return err
	}
	for _, l := range links {
		addrs, err := l.Addrs()
		if err != nil {
			return err
		}
		s[fmt.Sprintf("device %s %v %v", l.Name, l.Flags, addrs)] = true
	}
	return nil
}

func mounts(s Snapshot) error {
	b, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(b)) {
		s["mount "+strings.TrimSpace(line)] = true
	}
	return nil
}

// sysctls adds the settings of the network that can be read. What counts, instead of being
// set, and the table of a device that comes and goes with it are left out.
func sysctls(s Snapshot) error {
	const root = "/proc/sys/net"
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_count") {
			return nil
		}
		if b, err := os.ReadFile(path); err == nil {
			name := strings.TrimPrefix(path, "/proc/sys/")
			s[fmt.Sprintf("sysctl %s = %q", name, strings.TrimSpace(string(b)))] = true
		}
		return nil
	})
}

// controlGroups adds those of both versions that have our name; others are of whoever else is
// on the host.
func controlGroups(s Snapshot) error {
	return filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.Contains(d.Name(), "tcpbench") {
			s["control group "+path] = true
		}
		return nil
	})
}

// files adds what is below a directory.
func (s Snapshot) files(dir string) {
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && path != dir { // what is gone meanwhile is not there
			s["file "+path] = true
		}
		return nil
	})
}
