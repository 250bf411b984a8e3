// Package history follows metrics over many results, so that a slow drift is
// seen that no comparison of two runs shows.
//
// Results that can be compared are in one group: the same cell, the same
// options and programs, the same machine: all that package compare refuses over but
// for the kernel, which may change within a group, and is marked where it does. A
// drift is the Theil-Sen slope with the Mann-Kendall test, a step the clearest of two
// levels with a test by permutations; which of the two a change is called, the better
// fit decides. False findings are few over all groups of all metrics together.
package history
