// Package headroom says how far local ports are from running out, for each
// source address and destination, and when they will.
//
// What is seen of a host at one moment is a [Reading]. The timer of a
// TIME_WAIT tells when it began, so one reading holds the last minute's rate,
// and says when each port will be free: the forecast needs no guess at what is
// held already, only at what is to come, which is taken to go on as it did.
//
// Everything here is a pure function of readings. Ports are numbers of local
// ports, rates are per second.
package headroom
