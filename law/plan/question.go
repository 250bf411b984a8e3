package plan

import "tcpbench/law/capacity"

// Question is what a plan answers.
type Question struct {
	Settings capacity.Settings

	// NAT is the one that the client is behind; nil without.
	NAT *AskedNAT

	// Client is how fast connections are opened, as far as that is known, and on how many
	// processors.
	Client capacity.Client

	// Rate is one to say the end of, and Target one to reach, per second; 0 is
	// not asked.
	Rate, Target float64
}

// clientCPS is the most connections per second that the client opens: measured,
// or else as many as are documented for so many processors.
func (q Question) clientCPS() (cps float64, measured bool) {
	if speed := q.Client.Speed(); speed > 0 {
		return speed, true
	}
	return capacity.DocumentedCPS * q.processors(), false
}

// clientRPS is the most requests per second that it sends on open connections.
func (q Question) clientRPS() float64 { return capacity.DocumentedRPS * q.processors() }

// processors are those that there are, or that so many threads need.
func (q Question) processors() float64 {
	if q.Client.CPUs > 0 {
		return float64(q.Client.CPUs)
	}
	return float64(max(q.Client.Threads, 1))
}
