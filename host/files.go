package host

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"tcpbench/host/doctor"
)

// openFiles are the limits of the first process that is seen. For this host it is the one
// that started this one, whose own the Go runtime has raised (os.init); the parent of the
// first process of a pid namespace is not seen there.
func openFiles(pids ...string) (*doctor.Files, error) {
	for _, pid := range pids {
		b, err := os.ReadFile("/proc/" + pid + "/limits")
		if err == nil {
			return parseLimits(string(b))
		}
	}
	return nil, errors.New("read the limit of open files: no /proc/PID/limits")
}

// parseLimits reads the line "Max open files SOFT HARD files" of proc(5).
func parseLimits(text string) (*doctor.Files, error) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "Max open files")
		f := strings.Fields(rest)
		if !ok || len(f) < 2 {
			continue
		}
		soft, err := parseLimit(f[0])
		if err != nil {
			return nil, err
		}
		hard, err := parseLimit(f[1])
		if err != nil {
			return nil, err
		}
		return &doctor.Files{Soft: soft, Hard: hard}, nil
	}
	return nil, errors.New("read the limit of open files: no line \"Max open files\"")
}

func parseLimit(s string) (uint64, error) {
	if s == "unlimited" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the limit of open files %q: %w", s, err)
	}
	return n, nil
}
