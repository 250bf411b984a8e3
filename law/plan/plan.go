package plan

import (
	"time"

	"tcpbench/law/capacity"
)

// Schema names the format of a plan in JSON.
const Schema = "tcpbench.plan/v1"

// Plan is what settings hold, and what would hold more.
type Plan struct {
	Schema string `json:"schema"`

	Prediction capacity.Prediction `json:"prediction"`

	// PairSafeCPS and PairCPS are the safe and the sustainable rate for one source
	// and one destination; absent when ports do not limit it.
	PairSafeCPS float64 `json:"pair_safe_cps,omitempty"`
	PairCPS     float64 `json:"pair_cps,omitempty"`

	// RandomSafeCPS is the rate that never runs out of ports where starts come at random, as
	// those of users, and not evenly; absent where ports do not limit it, or none is safe.
	RandomSafeCPS float64 `json:"random_safe_cps,omitempty"`

	// Knee is where connect(2) becomes dear; absent where no port is searched
	// for. KneeMeasured tells that its cost was measured on this machine.
	Knee         *capacity.Knee `json:"knee,omitempty"`
	KneeMeasured bool           `json:"knee_measured,omitempty"`

	// ClientCPS is the most connections per second that a client opens, ports
	// apart: the measured one, or as many as are documented for the processors;
	// absent where neither a rate nor a target was asked.
	ClientCPS      float64 `json:"client_cps,omitempty"`
	ClientMeasured bool    `json:"client_measured,omitempty"`

	// NAT is what the NAT that was asked about lets through; absent without one.
	NAT *NAT `json:"nat,omitempty"`

	// Rate and Target are absent when they were not asked.
	Rate   *AtRate `json:"rate,omitempty"`
	Target *Target `json:"target,omitempty"`
}

// AtRate is what comes of a rate.
type AtRate struct {
	CPS float64 `json:"cps"`

	// Lasts tells that ports never run out, Uncertain that they may not. Where
	// they do or may, ExhaustedAfterS is when, at the earliest, in seconds; absent
	// where it depends on the connections in flight.
	Lasts           bool    `json:"lasts"`
	Uncertain       bool    `json:"uncertain,omitempty"`
	ExhaustedAfterS float64 `json:"exhausted_after_s,omitempty"`

	// KneeAfterS is when connect(2) becomes dear, in seconds, and Cores how
	// much of a core the search then takes, at most, and CoresLeast at least; absent
	// below the knee.
	KneeAfterS float64 `json:"knee_after_s,omitempty"`
	Cores      float64 `json:"cores,omitempty"`
	CoresLeast float64 `json:"cores_least,omitempty"`
}

// Target is a rate to reach.
type Target struct {
	CPS float64 `json:"cps"`

	// Reached tells that the settings hold it for ever as they are, Uncertain that
	// they may. PortsLast tells that the ports do, whatever the client can.
	Reached   bool `json:"reached"`
	Uncertain bool `json:"uncertain,omitempty"`
	PortsLast bool `json:"ports_last,omitempty"`
	// NATStops tells that the NAT that was asked about does not let it through with these
	// settings, as far as its law is known.
	NATStops bool `json:"nat_stops,omitempty"`
	// Cores are what the search for a port takes at the target with these settings, at
	// most, and CoresLeast at least; absent below the knee.
	Cores      float64 `json:"cores,omitempty"`
	CoresLeast float64 `json:"cores_least,omitempty"`

	// Options are the ways to reach it, cheapest first.
	Options []Option `json:"options"`

	// TooDear have ports enough, and their search takes, or may take, more of a processor
	// than the client's threads have.
	TooDear []Option `json:"too_dear,omitempty"`
}

// Make answers q.
func Make(q Question) Plan {
	p := Plan{Schema: Schema, Prediction: capacity.Predict(q.Settings)}
	if pairs := pairs(q.Settings); p.Prediction.SustainableCPS > 0 {
		p.PairSafeCPS, p.PairCPS = p.Prediction.SafeCPS/pairs, p.Prediction.SustainableCPS/pairs
	}
	p.RandomSafeCPS = p.Prediction.SafeAtRandom()
	if q.Rate > 0 || q.Target > 0 {
		p.ClientCPS, p.ClientMeasured = q.Client.Most()
	}
	now := capacity.NewOffer(q.Settings, q.Client)
	p.Knee, p.KneeMeasured = now.Knee, now.KneeMeasured
	if q.Rate > 0 {
		at := atRate(p, q.Rate)
		p.Rate = &at
	}
	if q.NAT != nil {
		n := throughNAT(*q.NAT, q.Rate)
		p.NAT = &n
	}
	if q.Target > 0 {
		t := ways(q)
		p.Target = &t
	}
	return p
}

// ways are those to q.Target.
func ways(q Question) Target {
	now := start(q)
	now.finish(q)
	lasting := capacity.Predict(q.Settings).Lasting(q.Target)
	t := Target{
		CPS: q.Target, Reached: now.lasts(q) && now.affordable(q), Uncertain: lasting == capacity.Uncertain,
		PortsLast: now.lasts(q), Cores: now.Cores, CoresLeast: now.CoresLeast, Options: []Option{},
		NATStops: !now.passes(q),
	}
	if t.Reached {
		return t
	}
	most, _ := q.Client.Most()
	for _, o := range options(q) {
		switch {
		case o.affordable(q):
			t.Options = append(t.Options, o)
		case !q.Client.Affords(o.Cores) && q.Target <= most && o.passes(q):
			t.TooDear = append(t.TooDear, o)
		}
	}
	return t
}

// pairs is how many sources and destinations share the rate.
func pairs(s capacity.Settings) float64 {
	if s.BindReserves {
		return float64(s.Sources)
	}
	return float64(s.Sources * s.Destinations)
}

func atRate(p Plan, rate float64) AtRate {
	lasting := p.Prediction.Lasting(rate)
	at := AtRate{CPS: rate, Lasts: lasting == capacity.ForEver, Uncertain: lasting == capacity.Uncertain}
	if !at.Lasts && p.Prediction.SustainableCPS > 0 {
		at.ExhaustedAfterS = p.Prediction.TimeToExhaustion(rate).Round(time.Microsecond).Seconds()
	}
	if k := p.Knee; k != nil && rate > k.CPS {
		at.KneeAfterS = float64(k.AfterConnections) / rate
		at.CoresLeast, at.Cores = k.Cores(rate)
	}
	return at
}
