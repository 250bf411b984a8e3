// Package merge makes one result of those of the agents of a fleet.
//
// What is counted is added up. Histograms are added bar by bar, so that every percentile is
// that of one histogram which got every value. Intervals lie on one axis, which begins at
// the instant at which all agents were to start: an agent's own time and the error of its
// start. Rates are what all agents did over the time from the first one's start to the
// last one's end: a sum of the agents' own rates would count each over a time of its own.
//
// Where agents differ, what they do not share is absent, or all that there is, and a warning
// names it; it is never the first one's. What only makes sense of one host is in
// [results.Run.Agents].
//
// A [Merger] takes one result after the other, and needs no more room for ten thousand than
// for ten, but for what agents[] has of each. Everything here is pure.
package merge
