package netns

import (
	"slices"
	"strconv"
	"strings"

	"tcpbench/internal/procfile"
)

// first is the process that began first of those in a namespace, and when: whose it is. What
// enters later (kubectl exec, say) began later, and may have a lower number. The one that was
// first before stays so while it is there, for which one reads about one process and not
// about all. began tells when one did, false where it has ended.
func first(pids []int, before Namespace, began func(pid int) (uint64, bool)) (pid int, start uint64) {
	if slices.Contains(pids, before.PID) {
		if at, ok := began(before.PID); ok && at == before.Start {
			return before.PID, at
		}
	}
	slices.Sort(pids)
	for _, p := range pids {
		if at, ok := began(p); ok && (pid == 0 || at < start) {
			pid, start = p, at
		}
	}
	return pid, start
}

// began is when a process did, in clock ticks since the host started.
func began(pid int) (uint64, bool) {
	b, err := procfile.Read("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, false
	}
	return startIn(string(b))
}

// startIn is the start time of a /proc/PID/stat (proc_pid_stat(5)): field 22, counted from
// behind the name, which is field 2 and may have blanks and brackets in it.
func startIn(text string) (uint64, bool) {
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(f) < 20 {
		return 0, false
	}
	at, err := strconv.ParseUint(f[22-3], 10, 64)
	return at, err == nil
}
