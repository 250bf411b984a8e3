// Package metric has the table of every figure of a run that can be limited,
// compared, followed over time and shown: its name, unit, which direction is
// better, its heading, and how it is measured from a result.
//
// Metrics are:
//
//   - latencies, PHASE_STATISTIC, as connect_p99: the phase is one of a result's
//     latencies, and the statistic min, mean, max or a percentile: p50, p99, p99.9
//     (also written p999), any other;
//   - the rows of [Table] that are no latency, as errors and exhausted.
//
// A figure that was not measured is an error that says why, and never 0. A
// percentile needs enough measurements to lie between two of them: ten for
// p90, a hundred for p99.
package metric
