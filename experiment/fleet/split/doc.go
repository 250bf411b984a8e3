// Package split divides one workload among the agents of a fleet.
//
// Connections in flight, planned starts per second and counts are divided so that the
// shares come to the whole exactly: each agent has the floor, and the first ones have one
// more each until nothing remains. Addresses go to the agent that has them. Each agent
// drives every target, and begins at another one, so that all targets get the same load.
//
// Everything here is a pure function of a [cell.Spec] and of what agents have. Rates are
// starts per second.
package split
