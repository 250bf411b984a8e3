//go:build !linux

package results

// noFollow is for journals, which are written where runs are measured: on Linux.
const noFollow = 0
