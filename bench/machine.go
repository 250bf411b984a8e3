package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// machine says what the report was measured on.
func machine() string {
	var u unix.Utsname
	_ = unix.Uname(&u) // fails for a bad pointer only
	cpus, _ := os.ReadFile("/proc/cpuinfo")
	return fmt.Sprintf("%d CPUs (%s), Linux %s, %s", runtime.NumCPU(), cpuModel(string(cpus)), unix.ByteSliceToString(u.Release[:]), runtime.Version())
}

// cpuModel finds the model in a text in the form of /proc/cpuinfo; not every
// architecture's has one.
func cpuModel(text string) string {
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
