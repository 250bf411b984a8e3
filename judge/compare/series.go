package compare

import "tcpbench/results"

// Series is all that runs of one series have in common, by name: what forbids that
// they are compared, and every option. The kernel is left out, which a series is to
// show the changes of, and so is memory: see [AlikeMemory].
func Series(r *results.Run) map[string]string {
	out := map[string]string{}
	for _, c := range conditions(r) {
		if c.must && c.number == 0 && c.name != "kernel" && c.value != "" {
			out[c.name] = c.value
		}
	}
	for _, c := range options(r) {
		if c.value != "" {
			out[c.name] = c.value
		}
	}
	return out
}

// AlikeMemory reports whether two sizes of memory are those of one machine.
func AlikeMemory(a, b int64) bool {
	return a == b || condition{number: float64(a)}.same(condition{number: float64(b)})
}
