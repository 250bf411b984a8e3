package proof

import (
	"time"

	"tcpbench/law/capacity"
)

// How far from the two rates of the law trials are.
const (
	below = 0.98 // of what is safe
	above = 1.05 // of what is never exceeded
)

// Trial is one open loop: what is predicted of it, and what came of it.
type Trial struct {
	// Rate is offered, in connections per second, with keepalive in requests,
	// for LongestS seconds unless a failure ends it.
	Rate     float64 `json:"rate"`
	LongestS float64 `json:"longest_s"`

	// Ports are those of each source and destination in the trial: all that the
	// option has, or a part.
	Ports int `json:"ports"`

	Predicted Outcome  `json:"predicted"`
	Measured  *Outcome `json:"measured,omitempty"`

	// Answer is empty before the trial. Why says what there was against it.
	Answer Answer `json:"answer,omitempty"`
	Why    string `json:"why,omitempty"`

	// Tries is how many trials it took.
	Tries int `json:"tries,omitempty"`

	// slack is how far AfterS may be from what was predicted, as a share, and
	// early how many connections before.
	slack float64
	early int64
}

// Outcome is whether ports ran out, and when.
type Outcome struct {
	Fails bool `json:"fails"`

	// AfterConnections and AfterS are absent where ports did not run out.
	AfterConnections *int64   `json:"after_connections,omitempty"`
	AfterS           *float64 `json:"after_s,omitempty"`

	// Connections is how many there were; absent in a prediction.
	Connections int64 `json:"connections,omitempty"`
}

// Answer is what a trial says of the prediction.
type Answer string

// The answers.
const (
	AsPredicted Answer = "as predicted"
	Contradicts Answer = "contradicts"
	// NotOffered: the trial was not what it was to be, and says nothing.
	NotOffered Answer = "not offered"
)

// Trials are those that prove a case, in order. None means that ports are no
// limit and no target says which rate to try.
func Trials(c Case) []Trial {
	s := c.Option.Settings
	law := capacity.Predict(s)
	switch {
	case law.SustainableCPS == 0 && c.Target <= 0:
		return nil
	case law.SustainableCPS == 0:
		lasted := capacity.Predict(c.Option.Now).TimeToExhaustion(c.Target)
		return []Trial{{Rate: c.Target, LongestS: max(lasted*5/4, least).Seconds(), Ports: s.Ports}}
	case c.canOffer():
		return limited(c)
	case c.Target <= 0:
		return limited(c.with(c.fewPorts()))
	default:
		return append([]Trial{{Rate: c.Target, LongestS: longest(law), Ports: s.Ports}},
			limited(c.with(c.fewPorts()))...)
	}
}

const (
	// least is how long a trial lasts at least beyond the hold time.
	least = 2 * time.Second

	// A thread opens so many connections in a second where the search for a
	// port is short, and may search for so much of it.
	threadCPS  = 10_000
	threadCore = 0.8

	fewPortsAtLeast = 100
)

// longest is how long a trial lasts: more than a port is held.
func longest(law capacity.Prediction) float64 {
	return max(law.HoldSeconds*5/4, law.HoldSecondsMax+least.Seconds())
}

// canOffer reports whether the threads can open connections at the limit.
func (c Case) canOffer() bool {
	s, threads := c.Option.Settings, float64(max(c.Workload.Threads, 1))
	law := capacity.Predict(s)
	rate := above * law.SustainableCPS
	knee, _ := capacity.PredictKnee(s, capacity.TypicalSearch())
	_, cores := knee.Cores(rate)
	return rate*c.requests() <= threadCPS*threads && cores <= threadCore*threads
}

// fewPorts is as large a part of the ports as the threads can take to the
// limit: an even number, so that the search misses none. At fewPortsAtLeast it
// gives up.
func (c Case) fewPorts() int {
	n := c.Option.Settings.Ports
	for n > 2*max(fewPortsAtLeast, c.Option.Settings.InFlight) && !c.with(n).canOffer() {
		n = n / 2 &^ 1
	}
	return n
}

// requests is how many a connection carries.
func (c Case) requests() float64 { return float64(max(c.Option.RequestsPerConnection, 1)) }

// limited are the trials on either side of the sustainable rate. With
// keepalive, up to as many connections as are in flight hold a port besides;
// how many are open is the pool's, so that many make the margin wider.
func limited(c Case) []Trial {
	s := c.Option.Settings
	law := capacity.Predict(s)
	open := 0.0
	if c.Option.RequestsPerConnection > 0 {
		open = float64(s.InFlight)
	}
	ports, hold := float64(law.ConnectionsUntilExhaustion), law.HoldSeconds
	after, at := law.ConnectionsUntilExhaustion, hold/above
	trials := []Trial{
		{Rate: below * c.requests() * law.SafeCPS, LongestS: longest(law), Ports: s.Ports},
		{Rate: above * c.requests() * ports / hold, LongestS: longest(law), Ports: s.Ports,
			slack:     tolerance + open/ports,
			early:     law.ConnectionsUntilExhaustion - law.ConnectionsAtLeast,
			Predicted: Outcome{Fails: true, AfterConnections: &after, AfterS: &at}},
	}
	if law.SafeCPS == 0 {
		return trials[1:] // no rate is safe: there is none to show that
	}
	return trials
}

// Expected is how long trials take in all, without what a lab takes to make.
func Expected(trials []Trial) time.Duration {
	var s float64
	for _, t := range trials {
		s += t.expectedS()
	}
	return time.Duration(s * float64(time.Second))
}

// expectedS is how long t takes if all is as predicted, in seconds.
func (t Trial) expectedS() float64 {
	if t.Predicted.AfterS != nil {
		return *t.Predicted.AfterS
	}
	return t.LongestS
}
