// Package figure writes numbers for people: every one of every unit, so that
// one number reads the same wherever it stands.
//
// There is one rule of rounding. A limit that must not be exceeded, such as
// the rate that the law sustains, is rounded down: [Limit]. What a user asked
// for is written in full: [Exact]. Everything else is rounded to the nearest:
// [Number], [Seconds], [Micros], [Percent], [Bytes]. Three significant digits
// are always kept, zeros at the end are left out, and from 100 on a number is
// whole. No text has an exponent. A number that is none, or infinite, is
// [Unmeasured].
//
// Two shorter forms are for where there is no room or no precision for more:
// [Tick], along an axis, and [About], of what is only known roughly.
//
// Note: tried golang.org/x/perf/benchunit; it keeps zeros at the end, takes
// kilo and mega for rates that users compare digit by digit with other tools'
// output, and cannot round down.
package figure
