// Package fleet is the coordinator of agents on many hosts: it has them measure one cell
// together, from one instant on, and makes one result of theirs.
//
// [Fleet.Measure] is a [cell.Measurer], so that whatever measures cells here (a run, a
// sweep, the search for the highest rate) does so with a fleet. An agent that is lost is
// named, and the result says that it is without it; there are never silently fewer.
package fleet
