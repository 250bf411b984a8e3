package capacity

import (
	"fmt"
	"time"

	"tcpbench/internal/figure"
)

// Search is what connect(2) pays for a port once those of one parity are
// taken: it walks past all of them, one after the other, before it turns to
// the other half (__inet_hash_connect).
type Search struct {
	// Ports is the number of ports that it was measured with, and Connect the
	// time of one connect(2) past half of them. It goes with the ports.
	Ports   int
	Connect time.Duration

	// Least is that time where it takes least, and Connect where it takes most; 0 is
	// that there is the one time alone.
	Least time.Duration

	// Measured tells that it is of the machine in question.
	Measured bool
}

// TypicalSearch is of Linux 6.18 on one core of a server, with the default range. A port
// that is looked at took from 0.06 us, on an idle machine, to 0.33 us on the same one with
// busy caches: what is promised holds with the latter.
func TypicalSearch() Search {
	return Search{Ports: 28232, Connect: 5 * time.Millisecond, Least: 800 * time.Microsecond}
}

// past is the time of a connect(2) past half of so many ports, of one that takes d past
// half of c.Ports.
func (c Search) past(d time.Duration, ports int) time.Duration {
	if c.Ports <= 0 {
		return 0
	}
	return time.Duration(float64(d) * float64(ports) / float64(c.Ports))
}

// Knee is where connect(2) becomes dear, long before it fails.
type Knee struct {
	// CPS is the rate, in connections per second, above which half of the ports
	// may be held, and the search is long; 0 where connections in flight alone may
	// be as many.
	CPS float64 `json:"cps"`

	// AfterConnections is how many connections come before it when they come
	// faster than ports are freed.
	AfterConnections int64 `json:"after_connections"`

	// ConnectUS is what one connect(2) costs beyond it, at most: CPU time. Where that
	// depends on the machine and what else runs there, ConnectLeastUS is the least;
	// absent where it was measured.
	ConnectUS      float64 `json:"connect_us"`
	ConnectLeastUS float64 `json:"connect_least_us,omitempty"`

	// CoreCPS is how many of those a core can do in a second, and CoreMostCPS how many
	// where they cost least; absent where that was measured.
	CoreCPS     float64 `json:"core_cps"`
	CoreMostCPS float64 `json:"core_most_cps,omitempty"`

	// Binds: it is bind(2) that searches, since the program names its address before it
	// connects.
	Binds bool `json:"binds,omitempty"`
}

// PredictKnee says where the knee lies; false where the kernel searches for no
// port, or half of them are never held.
func PredictKnee(s Settings, c Search) (Knee, bool) {
	most, least := c.past(c.Connect, s.Ports), c.past(c.Least, s.Ports)
	if s.Walk || s.SearchesInTurn() || most <= 0 || !s.holdsHalf() {
		return Knee{}, false
	}
	k := Knee{
		CPS:              s.lastsOn(s.AtLeast() / 2),
		AfterConnections: s.Tuples() / 2,
		ConnectUS:        most.Seconds() * 1e6,
		CoreCPS:          1 / most.Seconds(),
		Binds:            s.BindReserves,
	}
	if least > 0 {
		k.ConnectLeastUS, k.CoreMostCPS = least.Seconds()*1e6, 1/least.Seconds()
	}
	return k, true
}

// holdsHalf reports whether a rate can hold half of the ports of a pair: the kernel may
// keep fewer TIME_WAITs than that.
func (s Settings) holdsHalf() bool {
	return s.Hold() > 0 && (s.MaxTimeWaits == 0 || 2*(s.kept()+int64(s.InFlight)) > int64(s.SafePorts()))
}

// Cores is how much of a core the search takes at a rate, at least and at most: 0 up to
// the knee.
func (k Knee) Cores(rate float64) (least, most float64) {
	if rate <= k.CPS || k.CoreCPS == 0 {
		return 0, 0
	}
	most = rate / k.CoreCPS
	if least = most; k.CoreMostCPS > 0 {
		least = rate / k.CoreMostCPS
	}
	return least, most
}

// Call is what searches.
func (k Knee) Call() string {
	if k.Binds {
		return "bind(2)"
	}
	return "connect(2)"
}

// Costs is what a search takes at most: "817 us", "5 ms on a busy machine, 800 us on an
// idle one".
func (k Knee) Costs() string {
	if k.ConnectLeastUS == 0 {
		return figure.Micros(k.ConnectUS)
	}
	return fmt.Sprintf("%s on a busy machine, %s on an idle one", figure.Micros(k.ConnectUS),
		figure.Micros(k.ConnectLeastUS))
}

// Leaves is how many connections a second it leaves on a core: "1223/s", "200/s to 1250/s".
func (k Knee) Leaves() string {
	if k.CoreMostCPS == 0 {
		return figure.Limit(k.CoreCPS) + "/s"
	}
	return fmt.Sprintf("%s/s to %s/s", figure.Limit(k.CoreCPS), figure.Limit(k.CoreMostCPS))
}

// Cores says how much of them a search takes at most: "0.6 of a core", "2 cores on a busy
// machine, 0.32 on an idle one".
func Cores(least, most float64) string {
	said, idle := figure.Number(most)+" of a core", figure.Number(least)
	if most > 1 {
		said = figure.Number(most) + " cores"
	}
	if idle != figure.Number(most) {
		said += fmt.Sprintf(" on a busy machine, %s on an idle one", idle)
	}
	return said
}
