package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// NATLevel are the connects that began with one share of a NAT's ports in use.
type NATLevel struct {
	// Percent is that share, rounded down; 100 is all of them, or more connections than that.
	Percent int `json:"percent"`
	// Connects counts those that ended, or had not after 0.5 s, and Slow those of them that
	// took 0.5 s or longer, or failed after it: their SYN had been dropped.
	Connects int64 `json:"connects"`
	Slow     int64 `json:"slow"`
}

// NATKnee is where connects through a NAT became slow while ports were free.
type NATKnee struct {
	// Found tells that they did.
	Found bool `json:"found"`
	// Occupancy is the share of the ports from which on: the least with which one of a
	// hundred connects, or more, was slow. Absent where it was not found.
	Occupancy *float64 `json:"occupancy,omitempty"`
	// Levels are all that connects began at, the lowest first.
	Levels []NATLevel `json:"levels"`
}

// natKneeShare is the share of the connects of a level that are slow from the knee on.
const natKneeShare = 0.01

// FindNATKnee finds the knee of a NAT that dropped SYNs for lack of a port, or did not. No
// search passes over a free port below the ports that are found for sure: what is slow
// there has another cause.
func FindNATKnee(levels []NATLevel, law capacity.NAT, dropped bool) *NATKnee {
	k := &NATKnee{Levels: levels}
	sure := 100 * law.SafePorts() / law.Ports
	for _, l := range levels {
		slow := l.Slow > 0 && float64(l.Slow) >= natKneeShare*float64(l.Connects)
		if dropped && slow && l.Percent >= sure && l.Percent < 100 {
			at := float64(l.Percent) / 100
			k.Found, k.Occupancy = true, &at
			break
		}
	}
	return k
}

// between adds up the levels from one share to below another, in hundredths.
func (k NATKnee) between(from, to int) NATLevel {
	sum := NATLevel{Percent: from}
	for _, l := range k.Levels {
		if l.Percent >= from && l.Percent < to {
			sum.Connects += l.Connects
			sum.Slow += l.Slow
		}
	}
	return sum
}

// Text says where the knee is, in a sentence; "" where no connect began before all ports
// were in use.
func (k NATKnee) Text() string {
	if !k.Found {
		switch free := k.between(0, 100); {
		case free.Connects == 0:
			return ""
		case free.Slow == 0:
			return fmt.Sprintf("The NAT has no knee: of %s that began before all of its ports were in use none took "+
				"0.5 s or longer.", figure.Plural(free.Connects, "connect"))
		default:
			return fmt.Sprintf("No knee of the NAT was found: of %s that began before all of its ports were in use %s "+
				"took 0.5 s or longer.", figure.Plural(free.Connects, "connect"), figure.Number(float64(free.Slow)))
		}
	}
	at := int(100**k.Occupancy + 0.5)
	below, above := k.between(0, at), k.between(at, 100)
	return fmt.Sprintf("The NAT's knee: of the connects that began with %d %% to 99 %% of its ports in use, %s of %s "+
		"took 0.5 s or longer, since the SYN was dropped and is sent again after 1 s; of those that began below that, "+
		"%s of %s.", at, figure.Number(float64(above.Slow)), figure.Number(float64(above.Connects)),
		figure.Number(float64(below.Slow)), figure.Number(float64(below.Connects)))
}
