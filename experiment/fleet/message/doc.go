// Package message is what a coordinator and its agents say to each other, as JSON.
//
// Both sides say how things are, not what has changed: an agent's status has all of its
// state, and comes again and again, and an order may be given twice. So a message that is
// lost is made up for by the next one, and none has to be delivered exactly once.
package message
