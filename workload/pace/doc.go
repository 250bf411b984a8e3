// Package pace says when connections are meant to start, as a pure function
// of time: the plan of an open loop.
//
// A [Plan] has a rate, or a ramp between two, and a way for arrivals to be
// spaced. Each of n workers takes its share of it from a [Pacer] of its own,
// without a lock. A pacer never waits and never looks at a clock: a slow
// kernel or server cannot move the plan, so what it delays is seen as late.
//
// Rates are starts per second of all workers together. Times count from the
// beginning of the plan, to the nearest nanosecond; its end is not part of
// it. Starts are computed from their number, not from the one before, so
// that no error adds up.
package pace
