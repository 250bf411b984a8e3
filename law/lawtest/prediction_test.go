package lawtest

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/law/capacity"
)

// How many connections find a port is what was predicted, where they come so fast
// that none is free again; and where none was predicted to fail, none does.
func TestConnectionsUntilExhaustion(t *testing.T) {
	check(t, 1, func(t *rapid.T) {
		s := drawSetup(t)
		set := law(t, s)
		p := capacity.Predict(set)
		l := Load{Seed: drawSeed(t), Boot: drawBoot(t), For: time.Hour, Cost: 10 * time.Microsecond}
		l.Most = 10 * (int(set.Tuples()) + s.Concurrency)
		switch {
		case p.NoPort():
		case p.SustainableCPS > 0:
			l.Cost = seconds(p.HoldSeconds / float64(3*set.Tuples()+3))
		case p.Exhausts():
			l.Answer = seconds(1e-4 * float64(set.Tuples()))
			l.Closing = l.Answer
		default:
			l.Answer = time.Duration(rapid.IntRange(0, 100).Draw(t, "answer")) * time.Millisecond
		}
		h := Play(s, l)
		switch {
		case !p.Exhausts() && h.Failed != nil:
			t.Fatalf("%+v\npredicted to last (%s): connection %d found no port: %v", s, p.Reason, h.Began+1,
				h.Failed.States)
		case p.Exhausts() && h.Failed == nil && !mayLast(s, set, p):
			t.Fatalf("%+v\npredicted to run out after %s: at most %d of them held", s, p.Until(), h.Most)
		case p.OpenUntilExhaustion > 0 && int64(h.Began) < p.ConnectionsAtLeast, // others closed meanwhile
			p.SustainableCPS > 0 && !p.AsPredicted(int64(h.Began)):
			t.Fatalf("%+v\nran out after %d, predicted %s", s, h.Began, p.Until())
		case p.NoPort() && h.Began != 0:
			t.Fatalf("%+v\nno port at all, and %d found one", s, h.Began)
		}
	})
}

// mayLast tells that what was predicted to run out may last: it depends on which
// destination's TIME_WAITs are kept or taken over, on which port a search passes over, or
// on whether a connection is in flight until the server has closed.
func mayLast(s Setup, set capacity.Settings, p capacity.Prediction) bool {
	return p.OpenUntilExhaustion > 0 && (s.Pairs() > 1 || set.OddRange || set.Reuses() || s.Close == "shutdown")
}

// A rate that is said to last does, whatever the timers do; one that is said to run
// out does; and one that may, may.
func TestRatesThatLast(t *testing.T) {
	check(t, 1, func(t *rapid.T) {
		s := drawSetup(t)
		set := law(t, s)
		p := capacity.Predict(set)
		if p.SustainableCPS == 0 && p.SafeCPS == 0 {
			return
		}
		rate := rapid.Float64Range(0.8, 1.1).Draw(t, "share") * max(p.SustainableCPS, p.SafeCPS)
		if one(t, 2, "near") {
			rate = rapid.Float64Range(0.9, 1.02).Draw(t, "of safe") * p.SafeCPS
		}
		near := func(a float64) bool { return rate > (1-1e-6)*a && rate < (1+1e-6)*a }
		if rate < 1e-3 || near(p.SafeCPS) || near(p.SustainableCPS) {
			return // where a nanosecond decides
		}
		for _, l := range []Load{{Timers: Wheel}, {Timers: Latest}, {Timers: Sharp}} {
			l.Rate, l.Seed, l.Boot = rate, drawSeed(t), drawBoot(t)
			inFlight := float64(s.Concurrency) / rate
			l.Answer = seconds(inFlight * rapid.Float64Range(0, 0.999).Draw(t, "answer"))
			l.Closing = (seconds(0.999*inFlight) - l.Answer) / time.Duration(rapid.IntRange(1, 9).Draw(t, "closing"))
			l.Lingers = seconds(0.999*inFlight) - l.Answer - l.Closing
			l.Lingers /= time.Duration(rapid.IntRange(1, 9).Draw(t, "lingers"))
			l.For = 3*set.HoldMax() + l.Answer + l.Closing + l.Lingers
			lastsAsSaid(t, s, p, l)
		}
		canBeBoth(t, s, set, p, rate)
	})
}

func lastsAsSaid(t *rapid.T, s Setup, p capacity.Prediction, l Load) {
	h := Play(s, l)
	switch p.Lasting(l.Rate) {
	case capacity.ForEver:
		if h.Failed != nil {
			t.Fatalf("%+v\n%+v\n%v/s is said to last for ever (safe %v/s), and no port was left at %v: %v",
				s, l, l.Rate, p.SafeCPS, h.Failed.At, h.Failed.States)
		}
	case capacity.RunsOut:
		if h.Failed == nil {
			t.Fatalf("%+v\n%+v\n%v/s is said to run out (above %v/s) and lasts", s, l, l.Rate, p.SustainableCPS)
		}
		if most := p.TimeToExhaustion(l.Rate) + seconds(1/l.Rate); h.Failed.At > most {
			t.Fatalf("%+v\n%+v\nran out at %v, said was %v at most", s, l, h.Failed.At, most)
		}
	case capacity.Uncertain:
		// Starts are planned in whole nanoseconds.
		least := p.TimeToExhaustion(l.Rate) - seconds(1/l.Rate) - time.Duration(h.Began)
		if h.Failed != nil && h.Failed.At < least {
			t.Fatalf("%+v\n%+v\nran out at %v, said was %v at the earliest", s, l, h.Failed.At, least)
		}
	}
}

// canBeBoth holds what is called uncertain against the least and the most that
// timers and connections in flight take. Where a port is taken over by a clock of
// whole milliseconds, and of an odd range, the band is narrower than a play shows.
func canBeBoth(t *rapid.T, s Setup, set capacity.Settings, p capacity.Prediction, rate float64) {
	if rate < (1+1e-3)*p.SafeCPS { // and less than all of what may be in flight decides
		return
	}
	if p.Lasting(rate) != capacity.Uncertain || set.Reuses() || set.OddRange ||
		(p.OpenUntilExhaustion > 0 || set.FinTwice) && s.Pairs() > 1 ||
		p.OpenUntilExhaustion > 0 && s.Close == "shutdown" {
		return
	}
	few := Load{Rate: rate, Timers: Sharp, For: 3 * set.Hold(), Seed: drawSeed(t)}
	if h := Play(s, few); h.Failed != nil {
		t.Fatalf("%+v\n%v/s is said to be uncertain, and runs out however early timers end", s, rate)
	}
	many := Load{Rate: rate, Timers: Latest, Seed: drawSeed(t)}
	many.Answer = seconds(0.99999 * float64(s.Concurrency) / rate)
	if p.OpenUntilExhaustion > 0 {
		many.Closing = many.Answer
	}
	many.For = 3*set.HoldMax() + 3*many.Answer
	if h := Play(s, many); h.Failed == nil {
		t.Fatalf("%+v\n%v/s is said to be uncertain (safe %v/s), and lasts however late timers end: at most %d held", s,
			rate, p.SafeCPS, h.Most)
	}
}

// Up to the knee each search finds a port among the first half that it looks at, whatever
// the timers and the connections in flight do; where there is none, all do.
func TestSearchesAreShortUpToTheKnee(t *testing.T) {
	check(t, 2, func(t *rapid.T) {
		s := drawSetup(t)
		delete(s.Sysctls, "ip_local_reserved_ports") // which may be all of one half
		set := law(t, s)
		k, ok := capacity.PredictKnee(set, capacity.TypicalSearch())
		rate := 0.9999*k.CPS - float64(s.Pairs()-1)/max(set.HoldMax().Seconds(), 1e-3) // each pair has whole ports
		switch {
		case set.Walk || set.SearchesInTurn() || set.Hold() == 0 || set.FinTwice && set.MaxTimeWaits != 0:
			return
		case !ok:
			rate = float64(set.Tuples()) / set.Hold().Seconds() * rapid.Float64Range(0.5, 4).Draw(t, "rate")
		}
		if rate < 1e-3 {
			return
		}
		l := Load{Rate: rate, Seed: drawSeed(t), Boot: drawBoot(t)}
		l.Timers = rapid.SampledFrom([]Timers{Wheel, Latest, Sharp}).Draw(t, "timers")
		inFlight := 0.999 * float64(s.Concurrency) / rate
		l.Answer = seconds(inFlight * rapid.Float64Range(0, 1).Draw(t, "answer"))
		l.Lingers = seconds(inFlight) - l.Answer
		l.For = 3*set.HoldMax() + l.Answer + l.Lingers
		lo, hi := s.searched()
		h := Play(s, l)
		if longest := slices.Max(append(h.Looked, 0)); longest > (hi-lo+2)/2 || h.Failed != nil {
			t.Fatalf("%+v\n%+v\nthe knee is %+v (%t), and at %v/s a search looked at %d of %d ports", s, l, k, ok, rate,
				longest, set.Tuples())
		}
	})
}
