package netns

import "slices"

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
