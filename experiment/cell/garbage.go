package cell

import (
	"runtime"
	"runtime/debug"
)

const (
	// firstHeap is from how much on a cell's process first looks for garbage, in bytes:
	// more than one needs that lives for some milliseconds.
	firstHeap = 32 << 20
	// leastHeap is from how much on Go does at 100 percent (runtime.gcController).
	leastHeap = 4 << 20
)

// collectLater puts off the first garbage collection; the ones after it come when they
// would have. It costs a cell with one connection more than the cell's own work.
//
// Note: a higher percentage for good would be that of all that many connections need.
func collectLater() {
	const later = 100 * firstHeap / leastHeap
	if own := debug.SetGCPercent(later); own != 100 { // GOGC says otherwise
		debug.SetGCPercent(own)
		return
	}
	first := new([64]byte) // garbage at once
	runtime.AddCleanup(first, func(percent int) { debug.SetGCPercent(percent) }, 100)
}
