package procnet

import (
	"fmt"
	"path/filepath"
	"strings"

	"tcpbench/internal/procfile"
)

// unixSocket is a line of /proc/net/unix (unix_seq_show).
type unixSocket struct {
	flags, state, path string
}

const (
	unixListens    = "00010000" // flags: __SO_ACCEPTCON
	unixConnecting = "02"       // state: connected, and nobody has accepted it yet
	unixConnected  = "03"       // state
)

// UnixListens reports whether a Unix socket listens at a file in the network namespace of
// process pid; "self" is the calling process.
func UnixListens(pid, file string) (bool, error) {
	all, err := unixSockets(pid, file)
	for _, s := range all {
		if s.flags == unixListens {
			return true, err
		}
	}
	return false, err
}

// UnixConnections counts the connections to a Unix socket that processes of the network
// namespace of process pid have open: a connection's other end, too, is listed where it
// was asked for, with the name of the file.
func UnixConnections(pid, file string) (int, error) {
	all, err := unixSockets(pid, file)
	n := 0
	for _, s := range all {
		if s.state == unixConnecting || s.state == unixConnected {
			n++
		}
	}
	return n, err
}

// unixSockets are those that have the name of a file.
func unixSockets(pid, file string) ([]unixSocket, error) {
	path := filepath.Join("/proc", pid, "net", "unix")
	data, err := procfile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("list Unix sockets: %w", err)
	}
	return parseUnix(string(data), file), nil
}

// parseUnix reads the lines of those sockets. A program may have bound one by a name that
// begins in its own directory.
func parseUnix(text, file string) []unixSocket {
	var out []unixSocket
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 8 || f[7] == "Path" {
			continue
		}
		_, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " "+f[6]+" ")
		if name == file || !strings.HasPrefix(name, "/") && strings.HasSuffix(file, "/"+filepath.Clean(name)) {
			out = append(out, unixSocket{f[3], f[5], name})
		}
	}
	return out
}
