package exhaustion

// Evidence is what held the local ports when a connect first found none: those
// of one pair of source and destination, the one that it was for.
type Evidence struct {
	// PortsInUse counts the ports that a connect could not have, and Capacity
	// all that it may pick from.
	PortsInUse int `json:"ports_in_use"`
	Capacity   int `json:"capacity"`

	// States counts the ports in use by the TCP state of the socket that holds
	// them; LISTEN and BOUND are sockets of this host without a peer.
	States map[string]int `json:"states"`

	// Source and Destination are the pair, where there are several.
	Source      string `json:"source,omitempty"`
	Destination string `json:"destination,omitempty"`
}

// nearly is the share of the ports that are in use where they have run out.
// Some came free between the failure and the reading.
const nearly = 0.9

// Full reports whether so many ports were in use that there was none to find. Of
// an odd number of ports the kernel's search may pass over the last that is free.
func (e Evidence) Full() bool {
	odd := e.Capacity%2 == 1 && e.Capacity > 1 && e.PortsInUse >= e.Capacity-1
	return odd || float64(e.PortsInUse) >= nearly*float64(e.Capacity)
}

// Cause is why a connect failed as if ports had run out.
type Cause string

// The causes that are not ports.
const (
	// NoIPv6: IPv6 is switched off where the target is an IPv6 address.
	NoIPv6 Cause = "ipv6-off"
	// NoSource: the host has no address from which the target can be reached.
	NoSource Cause = "no-source-address"
	// Unexplained: most ports were free, and the address was no problem.
	Unexplained Cause = "unexplained"
)

// Refusal is a failure with the errno of exhaustion while ports were free.
type Refusal struct {
	Call  string `json:"call"`
	Errno string `json:"errno"`
	Cause Cause  `json:"cause"`
	// Target is the destination that it was for.
	Target string `json:"target"`
	// Sysctl is the setting that is 1 with NoIPv6.
	Sysctl string `json:"sysctl,omitempty"`
}
