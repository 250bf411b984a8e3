// Package metrics counts what became of every connection.
//
// Each worker owns a [Recorder] and writes to it without a lock; recorders
// are merged when the run is over. Latencies are HDR histograms of
// nanoseconds with three significant digits, so a percentile is within 0.1 %
// of the true value at any scale. Outcomes are counted by system call and
// errno, never by message text.
//
// Times are monotonic and count from the start of the run.
package metrics
