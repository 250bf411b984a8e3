// Package compare says what differs between two sets of results: a base and a
// candidate, each one or more repeats of one or more cells. It is pure: it
// works on runs that somebody else has read.
//
// Cells are matched by their labels; a single cell on either side is matched
// with the other side's single cell. Every repeat gives one value per metric.
// The values of both sides are compared by the Mann-Whitney U test, the
// interval beside a figure is that of their median at 95 %
// (golang.org/x/perf/benchmath). A change is one among all rows of the comparison,
// of which at most one in twenty is false. A latency percentile is shown as it is in the
// histograms of all repeats merged; percentiles are never averaged.
//
// What is too little for a claim is said to be inconclusive: fewer than
// [MinRepeats] repeats on a side can show no significant change, whatever they
// are. So are rates and latencies of runs past the knee, unless the sides differ
// in what decides on ports: they are those of the search for one. Runs of
// different machines, or of different workloads, are refused.
package compare
