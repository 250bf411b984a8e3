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

// clientRPS is the most requests per second that the client sends on open connections.
func (q Question) clientRPS() float64 { return capacity.DocumentedRPS * q.Client.Processors() }
