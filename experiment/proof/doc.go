// Package proof tries in a lab whether an option of a plan gives what the law
// says: an open loop at 98 % of the safe rate, for longer than a port is held,
// must have no failure, and one at 105 % of the sustainable rate must run out of
// ports after as many connections, and at the time, that the law says. An option
// that makes an end of the limit must last at the target for longer than the
// ports would have lasted without it.
//
// Where no client could offer such rates, the law is proved on a part of the
// ports, to which it is proportional, and the target on all of them.
//
// A trial ends as predicted, in contradiction, or without an answer: when the
// rate was not offered as planned, or something else failed. Those are tried
// again, [Tries] times in all.
package proof
