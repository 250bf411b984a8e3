// Package history follows metrics over many results, so that a slow drift is
// seen that no comparison of two runs shows.
//
// Results that can be compared are in one group: the same cell, the same
// options, the same machine. The kernel may change within a group, and is
// marked where it does. A drift is the Theil-Sen slope, reported only where the
// Mann-Kendall test says that it is more than noise.
package history
