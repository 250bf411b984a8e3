package cell

import (
	"cmp"
	"slices"

	"tcpbench/internal/machine"
)

// pins are the processors that the client's threads are pinned to, one each; none where
// the scheduler is to choose. usable is how many of all may be busy at a time, and others
// is how many the other programs of the run need on this machine; below 0 is not known.
//
// Note: tried it for a thread by itself; beside other programs, on two processors, it did
// 0.92 of the connections (0.76 to 1.04), each for 1.12 of the CPU: the scheduler could not
// move it away from them.
func pins(all []machine.Processor, usable, threads, others int) []int {
	if threads < 2 || !haveRoom(threads, others, min(len(all), usable)) {
		return nil
	}
	best, turn := slices.Clone(all), siblings(all)
	slices.SortFunc(best, func(a, b machine.Processor) int {
		// Each on a core of its own, and the first ones, as a rule, are for interrupts.
		return cmp.Or(cmp.Compare(turn[a.Number], turn[b.Number]), cmp.Compare(b.Number, a.Number))
	})
	var out []int
	for _, p := range best[:threads] {
		out = append(out, p.Number)
	}
	return out
}

// haveRoom reports whether there is a processor for each thread of the client and each of
// the other programs, of so many; a number of those below 0 is not known.
func haveRoom(client, others, cpus int) bool { return others >= 0 && client+others <= cpus }

// siblings counts, for each processor by its number, those of its core before it.
func siblings(all []machine.Processor) map[int]int {
	turn, seen := map[int]int{}, map[string]int{}
	for _, p := range all {
		if p.Core != "" {
			turn[p.Number] = seen[p.Core]
			seen[p.Core]++
		}
	}
	return turn
}
