// Package exhaustion judges how a run met the limit of its local ports: what
// ran out and when, where throughput fell before that, what the law had
// predicted, and which change would help at what price.
//
// It works on measurements that are over. Nothing here knows a constant of
// the port search: the knee is found in the measured cost of connect(2).
package exhaustion
