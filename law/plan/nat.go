package plan

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// AskedNAT is a NAT that the client is behind.
type AskedNAT struct {
	capacity.NAT
	// EachClient tells that its ports are those of one client.
	EachClient bool
	// Cloud is whose it is; nil of none that is known.
	Cloud *capacity.Cloud
}

// NAT is what one lets through.
type NAT struct {
	Cloud *capacity.Cloud `json:"cloud,omitempty"`
	// Ports, Addresses, Clients and Destinations are what it was computed from, and
	// HoldSeconds; absent where a port is free as soon as another connection needs it.
	Ports        int     `json:"ports"`
	Addresses    int     `json:"addresses"`
	Clients      int     `json:"clients"`
	Destinations int     `json:"destinations"`
	HoldSeconds  float64 `json:"hold_seconds,omitempty"`

	// Connections is how many there can be at a time, of all clients, and EachClient how
	// many if they share them evenly.
	Connections int64 `json:"connections"`
	EachClient  int64 `json:"each_client"`
	// CPS is the rate of all clients together that never runs out, of connections that are
	// closed at once, and EachCPS that of one; absent where no port is held.
	CPS     float64 `json:"cps,omitempty"`
	EachCPS float64 `json:"each_cps,omitempty"`

	// Rate is what comes of the rate that was asked, of each client; absent without one, or
	// where no port is held.
	Rate *NATRate `json:"rate,omitempty"`
}

// NATRate is what comes of a rate of each client.
type NATRate struct {
	// CPS is that of all of them together.
	CPS   float64 `json:"cps"`
	Lasts bool    `json:"lasts"`
	// ExhaustedAfterS is when the ports run out, in seconds; absent where they last.
	ExhaustedAfterS float64 `json:"exhausted_after_s,omitempty"`
}

// throughNAT answers for the NAT of a question.
func throughNAT(a AskedNAT, rate float64) NAT {
	law := a.NAT
	if a.EachClient { // each is alone with its ports
		law.Clients = 1
	}
	p := capacity.PredictNAT(law)
	n := NAT{Cloud: a.Cloud, Ports: a.Ports, Addresses: a.Addresses, Clients: a.Clients, Destinations: a.Destinations,
		HoldSeconds: a.Hold.Seconds(), Connections: p.ConnectionsAtLeast, EachClient: p.ConnectionsAtLeast,
		CPS: p.SafeCPS, EachCPS: p.SafeCPS}
	if c := a.Cloud; c != nil && c.Most > 0 {
		n.Connections = min(n.Connections, int64(c.Most)*int64(a.Addresses)*int64(a.Destinations))
		n.EachClient = n.Connections
	}
	if a.EachClient {
		n.Connections, n.CPS = n.Connections*int64(a.Clients), n.CPS*float64(a.Clients)
	} else {
		n.EachClient, n.EachCPS = n.EachClient/int64(a.Clients), n.EachCPS/float64(a.Clients)
	}
	if rate > 0 && n.CPS > 0 {
		n.Rate = &NATRate{CPS: rate * float64(a.Clients), Lasts: rate <= n.EachCPS}
		if !n.Rate.Lasts {
			n.Rate.ExhaustedAfterS = n.CPS * n.HoldSeconds / n.Rate.CPS // as many as there are ports
		}
	}
	return n
}

// towards is a towards so many destinations.
func (a AskedNAT) towards(destinations int) AskedNAT {
	a.Destinations = destinations
	return a
}

// eachNAT is the rate of new connections of each client that the NAT lets through for ever
// towards the destinations of o; 0 where none is known, or there is no NAT.
func (o Option) eachNAT(q Question) float64 {
	if q.NAT == nil {
		return 0
	}
	return throughNAT(q.NAT.towards(o.Settings.Destinations), 0).EachCPS
}

// passes reports whether the NAT lets the target of o through, as far as that is known.
func (o Option) passes(q Question) bool {
	if q.NAT == nil {
		return true
	}
	if int64(o.Settings.InFlight) > throughNAT(q.NAT.towards(o.Settings.Destinations), 0).EachClient {
		return false
	}
	each := o.eachNAT(q)
	return each == 0 || o.Kept || q.Target/float64(max(o.RequestsPerConnection, 1)) <= each*(1+rounding)
}

// beyondNAT says that the NAT lets less than the target through, and what would help there.
func (t printer) beyondNAT(p Plan) string {
	n := p.NAT
	if n.EachCPS > 0 && n.EachCPS < p.Target.CPS {
		return fmt.Sprintf("the NAT lets %s/s of each client through for ever; give it more ports or addresses, or "+
			"keep connections open", figure.Limit(n.EachCPS))
	}
	return fmt.Sprintf("the NAT has ports for %s of each client at a time; open fewer, or give it more",
		figure.Plural(n.EachClient, "connection"))
}

// nat tells it.
func (t printer) nat(n *NAT) {
	if n == nil {
		return
	}
	what, each := "", ""
	if n.Cloud != nil {
		what = n.Cloud.What + ": "
		if n.Cloud.EachClient {
			each = " of each client"
		}
	}
	held := "a closed connection's port is taken over when another one needs it (Linux)"
	switch {
	case n.HoldSeconds > 0:
		held = fmt.Sprintf("a port is kept for %s after its connection", figure.Seconds(n.HoldSeconds))
	case n.Cloud != nil:
		held = "how long a port is kept after its connection is not documented, so no rate can be computed: give it " +
			"with --nat-hold"
	}
	t.Labelled("NAT         ", fmt.Sprintf("%s%s%s for each address and destination; %s", what,
		figure.Plural(n.Ports, "port"), each, held))
	t.Labelled("            ", fmt.Sprintf("%s at a time through it, of %s together: %d each",
		figure.Plural(n.Connections, "connection"), figure.Plural(n.Clients, "client"), n.EachClient))
	if n.CPS > 0 {
		t.Labelled("            ", fmt.Sprintf("%s connections/s of all clients for ever, %s/s of each, if they are "+
			"closed at once; what is above that is dropped without an error: clients see silence and ETIMEDOUT",
			figure.Limit(n.CPS), figure.Limit(n.EachCPS)))
	}
	if r := n.Rate; r != nil && r.Lasts {
		t.Labelled("            ", fmt.Sprintf("At %s/s of all clients its ports never run out.", figure.Number(r.CPS)))
	} else if r != nil {
		t.Labelled("            ", fmt.Sprintf("At %s/s of all clients its ports run out after %s.",
			figure.Number(r.CPS), figure.Seconds(r.ExhaustedAfterS)))
	}
	if c := n.Cloud; c != nil {
		t.Labelled("            ", fmt.Sprintf("Documented (%s, %s): %s.", c.Source, c.Dated, c.Says))
	}
}
