package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	kernel "tcpbench/internal/machine"
)

// machine says what the report was measured on.
func machine() string {
	cpus, _ := os.ReadFile("/proc/cpuinfo")
	return fmt.Sprintf("%d CPUs (%s), %s, %s", runtime.NumCPU(), cpuModel(string(cpus)), kernel.Kernel(),
		runtime.Version())
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
