package capacity

import "time"

// Search is what connect(2) pays for a port once those of one parity are
// taken: it walks past all of them, one after the other, before it turns to
// the other half (__inet_hash_connect).
type Search struct {
	// Ports is the number of ports that it was measured with, and Connect the
	// time of one connect(2) past half of them. It goes with the ports.
	Ports   int
	Connect time.Duration

	// Measured tells that it is of the machine in question.
	Measured bool
}

// TypicalSearch is of Linux 6.18 on one core of a server: 1.5 ms with the
// default range.
func TypicalSearch() Search {
	return Search{Ports: 28232, Connect: 1500 * time.Microsecond}
}

// past is the time of a connect(2) past half of so many ports.
func (c Search) past(ports int) time.Duration {
	if c.Ports <= 0 {
		return 0
	}
	return time.Duration(float64(c.Connect) * float64(ports) / float64(c.Ports))
}

// Knee is where connect(2) becomes dear, long before it fails.
type Knee struct {
	// CPS is the rate, in connections per second, above which half of the ports
	// may be held, and the search is long.
	CPS float64 `json:"cps"`

	// AfterConnections is how many connections come before it when they come
	// faster than ports are freed.
	AfterConnections int64 `json:"after_connections"`

	// ConnectUS is what one connect(2) costs beyond it, at most: CPU time.
	ConnectUS float64 `json:"connect_us"`

	// CoreCPS is how many of those a core can do in a second.
	CoreCPS float64 `json:"core_cps"`
}

// PredictKnee says where the knee lies; false where the kernel searches for no
// port, or none is held.
func PredictKnee(s Settings, c Search) (Knee, bool) {
	p := Predict(s)
	past := c.past(s.Ports)
	if p.SustainableCPS == 0 || s.Walk || s.SearchesInTurn() || past <= 0 {
		return Knee{}, false
	}
	return Knee{
		CPS:              p.SafeCPS / 2,
		AfterConnections: p.ConnectionsUntilExhaustion / 2,
		ConnectUS:        past.Seconds() * 1e6,
		CoreCPS:          1 / past.Seconds(),
	}, true
}

// Cores is how much of a core the search takes at a rate, at most: 0 up to
// the knee.
func (k Knee) Cores(rate float64) float64 {
	if rate <= k.CPS {
		return 0
	}
	return rate / k.CoreCPS
}
