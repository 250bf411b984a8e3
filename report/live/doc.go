// Package live is what people see of a measurement while it goes on: a few lines that
// fit a terminal of any size, or one line for each stretch of time where there is none.
//
// Everything here is pure: a [Track] is told about intervals, and a [Frame] becomes
// lines at a width, in columns. What a terminal is told to do with them is not known here.
package live
