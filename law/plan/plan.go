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

	// PairCPS is the sustainable rate for one source and one destination;
	// absent when ports do not limit it.
	PairCPS float64 `json:"pair_cps,omitempty"`

	// Knee is where connect(2) becomes dear; absent where no port is searched
	// for. KneeMeasured tells that its cost was measured on this machine.
	Knee         *capacity.Knee `json:"knee,omitempty"`
	KneeMeasured bool           `json:"knee_measured,omitempty"`

	// Rate and Target are absent when they were not asked.
	Rate   *AtRate `json:"rate,omitempty"`
	Target *Target `json:"target,omitempty"`
}

// AtRate is what comes of a rate.
type AtRate struct {
	CPS float64 `json:"cps"`

	// Lasts tells that ports never run out. Where they do, ExhaustedAfterS is
	// when, in seconds; absent where it depends on the connections in flight.
	Lasts           bool    `json:"lasts"`
	ExhaustedAfterS float64 `json:"exhausted_after_s,omitempty"`

	// KneeAfterS is when connect(2) becomes dear, in seconds, and Cores how
	// much of a core the search then takes, at most; absent below the knee.
	KneeAfterS float64 `json:"knee_after_s,omitempty"`
	Cores      float64 `json:"cores,omitempty"`
}

// Target is a rate to reach.
type Target struct {
	CPS float64 `json:"cps"`

	// Reached tells that the settings hold it as they are.
	Reached bool `json:"reached"`

	// AboveSafe is the rate that the settings hold with any kernel's timers,
	// where they hold the target by the law alone; absent otherwise.
	AboveSafe float64 `json:"above_safe,omitempty"`

	// Options are the ways to reach it, cheapest first.
	Options []Option `json:"options"`

	// TooDear have ports enough, and their search takes more processors than
	// there are.
	TooDear []Option `json:"too_dear,omitempty"`
}

// Make answers q.
func Make(q Question) Plan {
	p := Plan{Schema: Schema, Prediction: capacity.Predict(q.Settings)}
	p.PairCPS = pairCPS(q.Settings, p.Prediction)
	if k, ok := capacity.PredictKnee(q.Settings, q.Search); ok {
		p.Knee, p.KneeMeasured = &k, q.Search.Measured
	}
	if q.Rate > 0 {
		at := atRate(p, q.Rate)
		p.Rate = &at
	}
	if q.Target > 0 {
		t := ways(q, p.Prediction)
		p.Target = &t
	}
	return p
}

// ways are those to q.Target.
func ways(q Question, now capacity.Prediction) Target {
	t := Target{CPS: q.Target, Reached: holds(now, q.Target), Options: []Option{}}
	if t.Reached {
		if safe := now.SafeCPS(); safe > 0 && q.Target > safe {
			t.AboveSafe = safe
		}
		return t
	}
	for _, o := range options(q) {
		if q.CPUs > 0 && o.Cores > float64(q.CPUs) {
			t.TooDear = append(t.TooDear, o)
			continue
		}
		t.Options = append(t.Options, o)
	}
	return t
}

// pairCPS is the sustainable rate of one 2-tuple of source and destination.
func pairCPS(s capacity.Settings, p capacity.Prediction) float64 {
	if p.SustainableCPS == 0 {
		return 0
	}
	return float64(s.Ports) / p.HoldSeconds
}

// holds reports whether the law lets a rate go on for ever.
func holds(p capacity.Prediction, rate float64) bool {
	return !p.Exhausts() || p.SustainableCPS > 0 && !p.ExhaustsAt(rate)
}

func atRate(p Plan, rate float64) AtRate {
	at := AtRate{CPS: rate, Lasts: holds(p.Prediction, rate)}
	if !at.Lasts && p.Prediction.SustainableCPS > 0 {
		at.ExhaustedAfterS = p.Prediction.TimeToExhaustion(rate).Round(time.Microsecond).Seconds()
	}
	if k := p.Knee; k != nil && rate > k.CPS {
		at.KneeAfterS = float64(k.AfterConnections) / rate
		at.Cores = k.Cores(rate)
	}
	return at
}
