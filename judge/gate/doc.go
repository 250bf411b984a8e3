// Package gate judges results by a policy: limits that must hold, and
// regressions against a baseline that must not be there. It is pure: the
// policy is bytes, and the runs are read by somebody else.
//
// There are three answers. A gate passes only on what was measured: a missing
// metric, a cell that only the baseline has, too few repeats for a claim, one run
// given as several, an interrupted run or a figure that is in part the
// generator's own is inconclusive, never a pass; a run in which nothing succeeded
// fails.
//
// A limit must hold in every repeat of a cell. A regression fails when the
// figure changed by more than is allowed and the change is significant
// (package compare), and passes when the repeats rule such a change out
// ([compare.Power]); else it is inconclusive.
package gate
