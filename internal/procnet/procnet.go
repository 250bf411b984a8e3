// Package procnet reads the network counters of a process's namespace from
// /proc/PID/net.
//
// Note: prometheus/procfs reads the same files into structs of known
// counters; it drops those that it does not know, and a new kernel's counter
// is often the one that proves a limit.
package procnet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tcpbench/internal/procfile"
)

// Counters are kernel counters by their names in nstat(8): "TcpExtTW".
type Counters map[string]int64

// Read reads the counters of the network namespace that process pid is in;
// "self" is the calling process.
func Read(pid string) (Counters, error) {
	c := Counters{}
	for _, name := range []string{"snmp", "netstat"} {
		path := filepath.Join("/proc", pid, "net", name)
		data, err := procfile.Read(path)
		if err != nil {
			return nil, fmt.Errorf("read kernel counters: %w", err)
		}
		if err := c.parse(string(data)); err != nil {
			return nil, fmt.Errorf("read kernel counters %s: %w", path, err)
		}
	}
	return c, nil
}

// parse adds the counters of a file in the form of /proc/net/snmp: a line of
// names, then a line of values, both after the same prefix.
func (c Counters) parse(text string) error {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		prefix, names, ok := strings.Cut(lines[i], ":")
		prefix2, values, ok2 := strings.Cut(lines[i+1], ":")
		if !ok || !ok2 || prefix != prefix2 {
			return fmt.Errorf("line %d: no pair of names and values", i+1)
		}
		n, v := strings.Fields(names), strings.Fields(values)
		if len(n) != len(v) {
			return fmt.Errorf("line %d: %d names for %d values", i+1, len(n), len(v))
		}
		for j := range n {
			value, err := strconv.ParseInt(v[j], 10, 64)
			if err != nil {
				return fmt.Errorf("line %d: %s: %w", i+2, n[j], err)
			}
			c[prefix+n[j]] = value
		}
	}
	return nil
}

// Since returns how much each counter has changed since before, those that
// did.
func (c Counters) Since(before Counters) map[string]int64 {
	delta := map[string]int64{}
	for name, v := range c {
		if d := v - before[name]; d != 0 && !gauges(name) {
			delta[name] = d
		}
	}
	return delta
}

// gauges tells the values in those files that are not counters.
func gauges(name string) bool {
	switch name {
	case "TcpCurrEstab", "TcpRtoAlgorithm", "TcpRtoMin", "TcpRtoMax", "TcpMaxConn", "IpForwarding", "IpDefaultTTL":
		return true
	}
	return false
}

// TimeWaits is how many TIME_WAIT sockets the network namespace of process pid
// has, of both address families; "self" is the calling process.
func TimeWaits(pid string) (int, error) {
	text, err := file(pid, "sockstat")
	if err != nil {
		return 0, fmt.Errorf("count TIME_WAITs: %w", err)
	}
	n, err := sockstat(text, "tw")
	if err != nil {
		return 0, fmt.Errorf("count TIME_WAITs: %w", err)
	}
	return n, nil
}

// SocketCount counts TCP sockets of both address families.
type SocketCount struct {
	// InUse counts those that listen or have a peer.
	InUse int
	// TimeWaits counts TIME_WAITs, and orphans in FIN_WAIT_2, which the kernel keeps the
	// same way.
	TimeWaits int
}

// Sockets counts those of the network namespace of process pid. To list even none of them
// takes a walk through the kernel's table, which is as long as that of its busiest host.
func Sockets(pid string) (SocketCount, error) {
	text, err := file(pid, "sockstat")
	if err != nil {
		return SocketCount{}, fmt.Errorf("count sockets: %w", err)
	}
	text6, err := file(pid, "sockstat6")
	if err != nil && !errors.Is(err, os.ErrNotExist) { // a kernel without IPv6
		return SocketCount{}, fmt.Errorf("count sockets: %w", err)
	}
	n, err := SocketsIn(text, text6)
	if err != nil {
		return SocketCount{}, fmt.Errorf("count sockets: %w", err)
	}
	return n, nil
}

// file is the text of one in /proc/PID/net.
func file(pid, name string) (string, error) {
	data, err := procfile.Read(filepath.Join("/proc", pid, "net", name))
	return string(data), err // which names call, path and cause
}

// SocketsIn counts them as the texts of sockstat and sockstat6 say; the latter is "" for a
// kernel without IPv6.
func SocketsIn(text, text6 string) (SocketCount, error) {
	inUse, err := sockstat(text, "inuse")
	if err != nil {
		return SocketCount{}, err
	}
	timeWaits, err := sockstat(text, "tw")
	if err != nil || text6 == "" {
		return SocketCount{inUse, timeWaits}, err
	}
	inUse6, err := sockstat(text6, "inuse")
	return SocketCount{inUse + inUse6, timeWaits}, err
}

// sockstat is a count of the line of TCP or TCP6.
func sockstat(text, name string) (int, error) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "TCP:" && fields[0] != "TCP6:" {
			continue
		}
		for i := 1; i+1 < len(fields); i += 2 {
			if fields[i] == name {
				return strconv.Atoi(fields[i+1])
			}
		}
	}
	return 0, fmt.Errorf("no %s in sockstat", name)
}
