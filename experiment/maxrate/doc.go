// Package maxrate finds the highest rate at which a target keeps to limits.
//
// Package search says which rate to try next, a [cell.Measurer] tries it in an
// open loop, and package slo says what came of it. A trial ends in one of four
// ways:
//
//   - it holds: every limit was kept, and the rate was offered in full;
//   - it is broken: a limit was not kept, or more than 1 % of the planned starts did
//     not take place for lack of a connection or of ports, or more than 10 % found
//     every connection in use, and not in a burst of the generator's own;
//   - the generator itself was late, or missed starts for no other reason, which says nothing about the target:
//     the rate
//     is tried again, and from the third such trial in turn on counts as one that
//     fails, for which the generator is to blame; later where the rate held, and on a
//     machine that makes many trials late;
//   - what a limit is about was not measured: that ends the search.
//
// A target that outlives its trials may keep something of one for the next, such as
// an emptied bucket of tokens. A rate that fails and held before is tried again after
// a longer rest, and where it holds then, what failed until then is forgotten.
//
// Where nothing succeeds any more at the lowest rate that held, the target has ended, and so
// does the search.
//
// A rate that holds for as long as a trial lasts may still run out of ports
// later; the sentence about the result says so, from the law of capacity.
package maxrate
