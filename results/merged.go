package results

import (
	"fmt"

	"tcpbench/internal/figure"
)

// MergedWarnings tells that a long run has not kept every interval as it came.
func MergedWarnings(intervals []Interval) []Warning {
	var all int
	var longest float64
	for _, iv := range intervals {
		all += max(iv.Merged, 1)
		if iv.Merged > 1 {
			longest = max(longest, iv.LengthS)
		}
	}
	if all == len(intervals) {
		return nil
	}
	return []Warning{{Code: "intervals-merged", Text: fmt.Sprintf("%d intervals were merged into %d, up to %s into "+
		"one: the finest are at the beginning, at the end and around what happened; figures over the whole run do not "+
		"depend on it", all, len(intervals), figure.Seconds(longest))}}
}
