// Package slo reads limits such as connect_p99<5ms and says whether a run
// kept them.
//
// A limit is a metric, an operator (<, <=, >, >=, ==, !=) and a value in the
// metric's unit, with or without spaces; a list of them is separated by
// commas:
//
//	errors<0.1%, connect_p99<5ms, connections_per_second>20k, exhausted==false
//
// Metrics are:
//
//   - latencies, PHASE_STATISTIC, limited by a duration: the phase is connect,
//     first_byte, request, response, service, close or dead, and the statistic
//     min, mean, max or a percentile: p50, p99, p99.9 (also written p999), any
//     other;
//   - lateness_p50, lateness_p99 and lateness_max, by how much starts missed
//     their plan in an open loop, limited by a duration;
//   - cpu_per_connection and cpu_per_request, limited by a duration;
//   - errors, the share of the connections that failed, limited by a percentage;
//   - attempted, succeeded, failed, after_connections, knee_after_connections,
//     lost_bytes and warnings, limited by a number, and connections_per_second
//     and requests_per_second, limited by a number per second; numbers may end
//     in k or m;
//   - holds_rate, the highest rate that a search found to hold, limited by a
//     number per second;
//   - exhausted, true or false.
//
// There are three answers: the limit holds, it is broken, or what it is about
// is missing. A figure that was not measured is never taken for 0, and a
// percentile needs enough measurements to lie between two of them: ten for
// p90, a hundred for p99. What is missing is not a pass.
package slo
