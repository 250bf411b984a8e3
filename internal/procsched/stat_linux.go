package procsched

import (
	"path/filepath"
	"strconv"
	"strings"

	"tcpbench/internal/procfile"
)

// Zombie reports whether process pid has ended, and nobody has waited for it, or it is gone.
func Zombie(pid int) bool {
	fields, err := stat(pid)
	return err != nil || len(fields) == 0 || fields[0] == "Z" || fields[0] == "X"
}

// Began is when process pid did, in clock ticks since the host started; false where it has
// ended.
func Began(pid int) (ticks uint64, ok bool) {
	fields, err := stat(pid)
	if err != nil {
		return 0, false
	}
	return began(fields)
}

// began reads field 22 of a /proc/PID/stat (proc_pid_stat(5)).
func began(fields []string) (ticks uint64, ok bool) {
	const starttime = 22 - firstField
	if len(fields) <= starttime {
		return 0, false
	}
	ticks, err := strconv.ParseUint(fields[starttime], 10, 64)
	return ticks, err == nil
}

// stat are the fields of /proc/PID/stat.
func stat(pid int) ([]string, error) {
	text, err := procfile.Read(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return nil, err
	}
	return statFields(string(text)), nil
}

// firstField is the number of the first of the fields that stat has.
const firstField = 3

// statFields are those from the state on: the name before it may have blanks and brackets.
func statFields(text string) []string {
	return strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
}
