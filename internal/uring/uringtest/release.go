package uringtest

import "fmt"

// newEnough reports whether a kernel's release, such as "6.12.1-amd64", has
// every operation: IORING_OP_BIND came last, with 6.11.
func newEnough(release string) bool {
	var major, minor int
	if n, _ := fmt.Sscanf(release, "%d.%d", &major, &minor); n < 2 {
		return false
	}
	return major > 6 || major == 6 && minor >= 11
}
