// Package cell measures one cell of a scenario: it makes the lab, starts the
// server, drives the workload, and puts the result together.
//
// A cell in a lab is a process of its own, started from this very program
// with another name (see [Role]); it tells its parent about every interval
// and, in the end, the result, as lines of JSON.
package cell
