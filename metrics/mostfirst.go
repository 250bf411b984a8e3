package metrics

import (
	"cmp"
	"maps"
	"slices"
)

// MostFirst are the names of counts, the largest first, and by name where they are alike.
func MostFirst(counts map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}
