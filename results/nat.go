package results

import (
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
)

// NAT is what the lab's NAT had and did while the run went on.
type NAT struct {
	// Ports is how many each of Addresses has towards each destination.
	Ports     int      `json:"ports"`
	Addresses []string `json:"addresses"`
	// Admitted counts the connections that got a port.
	Admitted int64 `json:"admitted"`
	// The counters of its connection tracking over the run.
	exhaustion.NATCounts
	// ConntrackMax is how many connections its table has room for; absent where that is
	// not known.
	ConntrackMax *int `json:"conntrack_max,omitempty"`
	// Causes are how many packets it dropped for each cause: ports, race, table or
	// unexplained; absent where it dropped none.
	Causes map[exhaustion.NATCause]int64 `json:"causes,omitempty"`
	// Towards are the ports in use at the end of the run, of each pair of an address and a
	// destination that has some.
	Towards []NATUse `json:"towards,omitempty"`
	// FirstDrop is the share of the ports of the fullest pair that were in use when it was
	// first seen to have dropped a SYN for lack of a port; absent where it was not.
	FirstDrop *float64 `json:"first_drop,omitempty"`
	// SlowShare is the share of the run's connects, of those that succeeded, that took 0.5 s
	// or longer; absent where none succeeded.
	SlowShare *float64 `json:"slow_share,omitempty"`
	// Knee is where connects became slow while ports were free; absent where it is not known
	// how many were in use when each began: of a client that is a program or a library of
	// another, and where connections that were closed held ports.
	Knee *exhaustion.NATKnee `json:"knee,omitempty"`
	// Prediction is the law of its ports.
	Prediction capacity.Prediction `json:"prediction"`
	// Samples are taken at the run's interval; a long run keeps at most 2000.
	Samples []NATSample `json:"samples"`
}

// NATUse are the ports of one address towards one destination.
type NATUse struct {
	Address     string `json:"address"`
	Destination string `json:"destination"`
	// PortsInUse counts them in any state, and States by the state in which their
	// connections are tracked.
	PortsInUse int            `json:"ports_in_use"`
	States     map[string]int `json:"states"`
}

// NATSample is one reading.
type NATSample struct {
	// TS is when it was taken, in seconds since the run began.
	TS float64 `json:"t_s"`
	// Merged is how many samples in a row this one, the last of them, stands for; absent
	// for itself alone.
	Merged int `json:"merged,omitempty"`
	// PortsInUse are those of the fullest pair of an address and a destination, in any
	// state, and PortsReusable those of them that the kernel takes over for another
	// connection.
	PortsInUse    int `json:"ports_in_use"`
	PortsReusable int `json:"ports_reusable"`
	// ConntrackCount is how many entries the table had; absent where that is not known.
	ConntrackCount *int `json:"conntrack_count,omitempty"`
	// Admitted and the counters are since the sample before.
	Admitted int64 `json:"admitted"`
	exhaustion.NATCounts
}

// Join returns the later of two samples in the place of both, with their sums.
func (s NATSample) Join(later NATSample) NATSample {
	later.Merged = max(s.Merged, 1) + max(later.Merged, 1)
	later.Admitted += s.Admitted
	later.NATCounts = later.Add(s.NATCounts)
	return later
}
