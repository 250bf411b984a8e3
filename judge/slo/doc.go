// Package slo reads limits such as connect_p99<5ms and says whether a run
// kept them.
//
// A limit is a metric, an operator (<, <=, >, >=, ==, !=) and a value in the
// metric's unit, with or without spaces; a list of them is separated by
// commas:
//
//	errors<0.1%, connect_p99<5ms, connections_per_second>20k, exhausted==false
//
// Metrics are those of package metric. A time is limited by a duration, a share
// by a percentage, a number (which may be per second) by a number, which may end
// in k or m, and what is true or false by either word.
//
// There are three answers: the limit holds, it is broken, or what it is about
// is missing. A figure that was not measured is never taken for 0, and a
// percentile needs enough measurements to lie between two of them: ten for
// p90, a hundred for p99. What is missing is not a pass.
package slo
