// Package claim judges what people write about TIME_WAIT, SO_LINGER and
// keepalive by the results of the scenarios that test it.
//
// A [Rule] is a pure function of results. It compares the cases of a scenario
// with each other and says whether the claim is confirmed, refuted, or
// depends, and why, with the figures. Nothing in it knows the answer: other
// results give another one. What a rule needs and does not find makes its
// answer unclear.
package claim
