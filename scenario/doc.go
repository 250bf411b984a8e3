// Package scenario says what to measure: one workload, and a matrix of
// settings whose every combination is a cell.
//
// It is pure data. A [Workload] is the set of options that `tcpbench run`
// takes as flags and a scenario file takes as keys; both are filled from one
// table, [Workload.Settings], so a flag and a key of the same name can never
// differ in spelling, range or default. A [Matrix] varies such settings, and
// `sysctl.NAME` beside them.
//
// Durations are Go durations (10s, 250ms), counts may end in k or m, and a
// value that the kernel would round, clamp or ignore is refused here.
package scenario
