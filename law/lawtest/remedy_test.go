package lawtest

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/law/capacity"
	"tcpbench/law/plan"
)

// tooLong is how many connections a play of a remedy may have; of more, which come
// of the widest range, the ports alone are counted.
const tooLong = 2_000

// helps does what a remedy says and plays the load again.
func helps(t *rapid.T, s Setup, l Load, set capacity.Settings, r capacity.Remedy, world string) {
	next, ok := s.Do(r.Change)
	if !ok {
		if !strings.HasPrefix(r.Change, "find out") && !strings.HasPrefix(r.Change, "let SYNs") {
			t.Fatalf("%s\nthe model does not know what this asks for: %q", world, r.Change)
		}
		return
	}
	late := l.Closing+l.Lingers > 0
	if strings.HasPrefix(r.Change, "let the server close its end") {
		l.Lingers = 0
	}
	tuples := next.Usable() * next.Pairs()
	switch {
	case tuples > tooLong:
		if set.FinTwice { // of which the kernel may keep the first half alone
			return
		}
		if r.SafeCPS*(next.hold(l)-time.Millisecond).Seconds() > float64(tuples) || r.Connections > int64(tuples) {
			t.Fatalf("%s\n%q gives %s, of %d ports", world, r.Change, r.Gives(), tuples)
		}
	case r.Connections > 0:
		l.Most, l.Idle, next.Concurrency = 2*tuples, true, min(int(r.Connections), next.Concurrency)
		if got := Play(next, l); got.Failed != nil {
			t.Fatalf("%s\n%q gives %d connections at a time, and after %d none was left: %v", world, r.Change,
				r.Connections, got.Began, got.Failed.States)
		}
	case r.SafeCPS > 0:
		lasts(t, next, l, r.SafeCPS, world, r.Change)
		left := set
		left.Ports = s.Usable() // without listeners
		if late {
			left.LateFIN = time.Hour // how late is not known of those that wait still
		}
		if now := capacity.Predict(left); r.SafeCPS <= now.SafeCPS {
			t.Fatalf("%s\n%q gives %v/s for ever, where %v/s are had now", world, r.Change, r.SafeCPS, now.SafeCPS)
		}
	case r.SustainableCPS > 0 && set.FinTwice: // of which the kernel may keep the first half alone
	case r.SustainableCPS > 0:
		hold := next.hold(l)
		if float64(tuples) < 0.85*r.SustainableCPS*(hold.Seconds()-1e-3) {
			t.Fatalf("%s\n%q gives %v/s at most, of %d ports held %v", world, r.Change, r.SustainableCPS, tuples, hold)
		}
	case strings.HasPrefix(r.Change, "move what"):
		if next.Usable() <= s.Usable() {
			t.Fatalf("%s\n%q gives no port", world, r.Change)
		}
	default: // no longer limited by ports
		l.Most = 5 * (tuples + next.Concurrency)
		if got := Play(next, l); got.Failed != nil {
			t.Fatalf("%s\n%q makes an end of it, and after %d none was left: %v", world, r.Change, got.Began,
				got.Failed.States)
		}
	}
}

// lasts plays a rate with the latest timers.
func lasts(t *rapid.T, s Setup, l Load, rate float64, world, change string) {
	l.Rate, l.Cost, l.Timers, l.Most = 0.9999*rate, 0, Latest, 0
	l.Answer = min(l.Answer, seconds(0.99*float64(s.Concurrency)/rate))
	hold := s.hold(l)
	l.For = 3 * hold
	if rate*l.For.Seconds() > tooLong {
		l.For = seconds(min(1.2*hold.Seconds()+1, 50*tooLong/rate))
	}
	if got := Play(s, l); got.Failed != nil {
		t.Fatalf("%s\n%q gives %v/s for ever, and none was left at %v: %v", world, change, rate, got.Failed.At,
			got.Failed.States)
	}
}

// What a plan offers for a rate holds it.
func TestPlans(t *testing.T) {
	check(t, 8, func(t *rapid.T) {
		s := drawSetup(t)
		set := law(t, s)
		p := capacity.Predict(set)
		q := plan.Question{Settings: set, Client: capacity.TypicalClient()}
		q.Client.CPUs = 2
		base := max(p.SustainableCPS, p.SafeCPS, 0.1)
		q.Target = base * math.Pow(10, rapid.Float64Range(-0.2, 2).Draw(t, "target"))
		q.Rate = base * rapid.Float64Range(0.5, 2).Draw(t, "rate")
		got := plan.Make(q)
		rateAsPlanned(t, s, *got.Rate)
		l := Load{Seed: drawSeed(t), Boot: drawBoot(t), Answer: seconds(rapid.Float64Range(0, 1).Draw(t, "answer"))}
		if got.Target.Reached {
			lasts(t, s, l, q.Target, "", "nothing")
		}
		for _, o := range got.Target.Options {
			next, done := s, []string{}
			for _, c := range o.Changes {
				var ok bool
				if next, ok = next.Do(c.Do); !ok {
					t.Fatalf("the model does not know what this asks for: %q", c.Do)
				}
				done = append(done, c.Do)
			}
			connections := q.Target / float64(max(o.RequestsPerConnection, 1))
			if next.Usable()*next.Pairs() > tooLong || next.Keepalive && next.Requests == 0 {
				continue
			}
			next.Keepalive = false // a connection is what takes a port
			lasts(t, next, l, connections, "", strings.Join(done, ", and "))
		}
	})
}

// rateAsPlanned holds what is said of a rate against plays.
func rateAsPlanned(t *rapid.T, s Setup, at plan.AtRate) {
	for _, l := range []Load{{Timers: Wheel}, {Timers: Latest}, {Timers: Sharp}} {
		l.Rate, l.Seed, l.Boot = at.CPS, drawSeed(t), drawBoot(t)
		l.For = seconds(min(3*s.hold(l).Seconds(), tooLong/at.CPS))
		switch h := Play(s, l); {
		case at.Lasts && h.Failed != nil:
			t.Fatalf("%+v\n%+v\n%v/s is said to last, and none was left at %v", s, l, at.CPS, h.Failed.At)
		case h.Failed != nil && h.Failed.At < seconds(at.ExhaustedAfterS-1/at.CPS-1e-3) && at.Uncertain:
			t.Fatalf("%+v\n%+v\n%v/s is said to run out after %v at the earliest, and none was left at %v", s, l,
				at.CPS, at.ExhaustedAfterS, h.Failed.At)
		}
	}
}
