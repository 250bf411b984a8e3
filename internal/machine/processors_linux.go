package machine

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Processors are those that the calling thread may run on, in the order of their numbers;
// none where that is not known.
func Processors() []Processor {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil // it fails where there are more processors than the set holds
	}
	var out []Processor
	for n := 0; len(out) < set.Count(); n++ {
		if set.IsSet(n) {
			siblings, _ := os.ReadFile(fmt.Sprintf("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", n))
			out = append(out, Processor{Number: n, Core: strings.TrimSpace(string(siblings))})
		}
	}
	return out
}
