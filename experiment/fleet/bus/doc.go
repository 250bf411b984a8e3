// Package bus carries messages between the coordinator of a fleet and its agents, over
// NATS: an embedded server (the hub), connections to it or to a cluster that runs
// already, and who may say what ([Make]).
//
// There are three subjects: from the coordinator to an agent ([ToAgent]), to all of them
// ([ToAll]), and from an agent ([FromAgent]). There are no replies and nothing is stored
// (core NATS): what is sent while the other side is away is lost, and who needs an
// answer asks again. So nobody is ever handed an order from before the line was lost.
//
// NATS does not refuse a second connection of the same agent, with its keys or without:
// both get what is sent to it, and speak in its name. Who cares puts into each message
// which process it is from.
//
// The package knows no messages: what they say is that of its users.
package bus
