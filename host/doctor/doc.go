// Package doctor says what a host permits: what its settings mean, which
// limit comes first, what would help, and what has been set without effect.
//
// Everything here is a pure function of [Facts], which package host reads.
package doctor
