package capacity

import (
	"fmt"
	"time"

	"tcpbench/internal/figure"
)

// DocumentedCPS and DocumentedRPS are the most connections, and requests on open
// connections, that one thread was seen to do in a second, in order of magnitude:
// what is offered where a client was not measured is never more.
const (
	DocumentedCPS = 50_000
	DocumentedRPS = 200_000
)

// Client is a program that opens connections.
type Client struct {
	// Search is what it pays for a port.
	Search Search
	// Threads are those that open connections, 0 is one, and CPUs the processors that run
	// them; 0 is not known.
	Threads, CPUs int
	// CPU is what a connection costs it where the search is short; 0 is not known.
	CPU time.Duration
}

// TypicalClient is of what is documented.
func TypicalClient() Client { return Client{Search: TypicalSearch()} }

// threads are those that run at a time.
func (c Client) threads() float64 {
	n := max(c.Threads, 1)
	if c.CPUs > 0 {
		n = min(n, c.CPUs)
	}
	return float64(n)
}

// Affords reports whether its threads have so many cores.
func (c Client) Affords(cores float64) bool { return cores <= c.threads() }

// Speed is how many connections per second it can open; 0 is not known.
func (c Client) Speed() float64 {
	if c.CPU <= 0 {
		return 0
	}
	return c.threads() / c.CPU.Seconds()
}

// Most is the most connections per second that it opens, ports apart: measured, or else as
// many as are documented for its processors, or for as many as its threads need.
func (c Client) Most() (cps float64, measured bool) {
	if speed := c.Speed(); speed > 0 {
		return speed, true
	}
	return DocumentedCPS * c.Processors(), false
}

// Processors are those that there are, or that so many threads need.
func (c Client) Processors() float64 {
	if c.CPUs > 0 {
		return float64(c.CPUs)
	}
	return float64(max(c.Threads, 1))
}

// Offer is what a client gets of settings.
type Offer struct {
	// SafeCPS is the rate that lasts for ever by the law; absent where ports are no
	// limit, and where no rate is safe.
	SafeCPS float64 `json:"safe_cps,omitempty"`
	// SustainableCPS is the rate above which ports always run out; absent where they
	// are no limit.
	SustainableCPS float64 `json:"sustainable_cps,omitempty"`

	// OpenUntilExhaustion is how many connections have to be open at a time for ports to
	// run out, where no rate alone makes them; absent where one does, or nothing.
	OpenUntilExhaustion int64 `json:"open_until_exhaustion,omitempty"`

	// GivesCPS is the part of SafeCPS that can be had: up to the knee, or what
	// the search for a port leaves above it, and no more than the client can do: see
	// [Client.Most]. It is absent where neither ports nor their search limit, and the client's speed is
	// not known.
	GivesCPS float64 `json:"gives_cps,omitempty"`

	// Knee is where connect(2) becomes dear; absent where it does not.
	Knee *Knee `json:"knee,omitempty"`
	// KneeMeasured tells that its cost was measured on this machine.
	KneeMeasured bool `json:"knee_measured,omitempty"`
}

// NewOffer is what c gets of s.
func NewOffer(s Settings, c Client) Offer {
	p := Predict(s)
	o := Offer{SafeCPS: p.SafeCPS, SustainableCPS: p.SustainableCPS, GivesCPS: p.SafeCPS,
		OpenUntilExhaustion: p.OpenUntilExhaustion}
	if k, ok := PredictKnee(s, c.Search); ok {
		o.Knee, o.KneeMeasured = &k, c.Search.Measured
		searched := k.CoreCPS * c.threads()
		if p.Exhausts() {
			searched = min(searched, p.SafeCPS)
		}
		o.GivesCPS = max(k.CPS, searched)
	}
	if most, measured := c.Most(); measured && !p.Exhausts() && o.Knee == nil || o.GivesCPS > most {
		o.GivesCPS = most
	}
	return o
}

// Past is what the search for a port leaves past the knee, "" where there is none.
func (o Offer) Past() string {
	if o.Knee == nil {
		return ""
	}
	from := "documented"
	if o.KneeMeasured {
		from = "measured"
	}
	where := fmt.Sprintf("above the knee (%s/s)", figure.Limit(o.Knee.CPS))
	if o.Knee.CPS == 0 {
		where = "with half of the ports for connections in flight"
	}
	return fmt.Sprintf("%s the search for a port leaves %s on a core (%s)", where, o.Knee.Leaves(), from)
}

// Gives is the offer in words.
func (o Offer) Gives() string {
	switch {
	case o.Knee != nil && o.GivesCPS > 0:
		return figure.Limit(o.GivesCPS) + " connections/s; " + o.Past()
	case o.OpenUntilExhaustion > 0 && o.GivesCPS > 0:
		return fmt.Sprintf("%s connections/s, and more with few of them open at a time", figure.Limit(o.GivesCPS))
	case o.OpenUntilExhaustion > 0:
		return fmt.Sprintf("no rate for sure: ports run out with %s open at a time",
			figure.Plural(o.OpenUntilExhaustion, "connection"))
	case o.SustainableCPS == 0 && o.GivesCPS > 0:
		return fmt.Sprintf("no longer limited by ports, but by the client: %s connections/s (measured)",
			figure.Limit(o.GivesCPS))
	case o.SustainableCPS == 0:
		return "no longer limited by ports"
	case o.GivesCPS == 0: // none is safe, or it is that of an older version
		return fmt.Sprintf("at most %s connections/s", figure.Limit(o.SustainableCPS))
	default:
		return figure.Limit(o.GivesCPS) + " connections/s"
	}
}
