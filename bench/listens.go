package main

import (
	"fmt"
	"strings"
)

// listens reports whether a table in the form of /proc/net/tcp has a listener
// on port (proc_pid_net(5): local_address in hexadecimal, state 0A).
func listens(table string, port uint16) bool {
	want := fmt.Sprintf(":%04X", port)
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) > 3 && strings.HasSuffix(fields[1], want) && fields[3] == "0A" {
			return true
		}
	}
	return false
}
