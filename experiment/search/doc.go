// Package search finds the highest rate that holds, from trials that answer
// only yes or no and may answer wrongly.
//
// A [Search] asks for one trial at a time and is told whether the rate held.
// From the lowest rate it doubles until a trial fails, halves the gap between
// the highest rate that held and the lowest that failed until it is narrow
// enough, and then confirms both ends in turn, so that what drifts in the
// meantime touches both alike. The outcomes so far decide what comes next, and
// nothing else: an interrupted search goes on if it is told them again.
//
// One failure is enough against a rate that is to hold: a candidate that
// fails while it is confirmed becomes the end that failed. A rate that failed
// at first sight and then holds every time is forgiven, since otherwise one
// hiccup on the way up would end the search there.
//
// Three trials of three exclude, with 95 % confidence, that a rate fails in
// more than 63 % of trials (1 - 0.05^(1/3)); more confirmations exclude more.
//
// Simulated with the defaults on servers with a known limit: an honest one is
// found to 5 %, always from below, in 16 trials on average; where chance
// decides within some 2 % of the limit, 9 in 10 answers lie from 6.2 % below
// to 0.5 % below it, in 18 trials, and 73 % of them say that they are sure.
//
// Note: by majority, a rate that fails in one trial of three would hold.
//
// Rates are per second.
package search
