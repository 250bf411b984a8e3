package lawtest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
)

// drawEnd draws a load that runs out of ports, each kind for another reason.
func drawEnd(t *rapid.T, s *Setup) Load {
	l := Load{Seed: drawSeed(t), Boot: drawBoot(t), Cost: 10 * time.Microsecond, For: time.Hour}
	crowd := s.Usable()*s.Pairs() + rapid.IntRange(1, 5).Draw(t, "too many")
	// Of some the first are over when the last one finds no port.
	within := s.hold(l).Seconds() * rapid.Float64Range(0, 1.2).Draw(t, "taken within")
	slowly := 10*time.Microsecond + seconds(within/float64(crowd))
	switch rapid.IntRange(0, 8).Draw(t, "kind") {
	case 0:
		l.Drops, s.Concurrency = true, crowd
	case 1:
		l.Answer, s.Concurrency = time.Minute, crowd
	case 2:
		l.Idle, s.Concurrency = true, crowd
	case 3:
		l.Mute, s.Concurrency = true, crowd
	case 4:
		lo, hi := s.searched()
		for p := lo; p <= hi; p++ {
			if !one(t, 5, "no listener") {
				s.Listeners = append(s.Listeners, p)
			}
		}
	case 5:
		l.Lingers, l.Cost = seconds(rapid.Float64Range(0.1, 100).Draw(t, "FIN late")), slowly
	case 6:
		l.Closing, l.Cost = seconds(rapid.Float64Range(1, 100).Draw(t, "ACK late")), slowly
	case 7:
		s.Keepalive, s.Requests, l.Cost = true, rapid.IntRange(1, 9).Draw(t, "requests"), slowly
	}
	if s.ServerClose == "never" {
		l.Lingers, l.Closing = 0, 0
	}
	if rapid.Bool().Draw(t, "slow server") && l.Answer == 0 {
		l.Answer = time.Duration(rapid.IntRange(0, 2000).Draw(t, "answer")) * time.Microsecond
	}
	return l
}

// facts are what a run would know of a play.
func facts(s Setup, set capacity.Settings, l Load, h History) exhaustion.Facts {
	lo, hi := s.searched()
	reserved := 0
	for p, why := range s.barred() {
		if why == "RESERVED" && lo <= p && p <= hi {
			reserved++
		}
	}
	e := &exhaustion.Evidence{States: maps.Clone(h.Failed.States), Capacity: hi - lo + 1 - reserved,
		Later: map[string]int{}}
	for state, n := range e.States {
		e.PortsInUse += n
		passes := l.Closing+l.Lingers == 0 && s.ServerClose != "never"
		switch {
		case exhaustion.Closed(state) && passes: // and a moment later is over
			e.Later[timeWait] += n
		case exhaustion.Closed(state):
			e.Later[state] = n
		}
	}
	errno := "EADDRNOTAVAIL"
	if h.Failed.Call == "bind" {
		errno = "EADDRINUSE"
	}
	began, at := int64(h.Began), h.Failed.At.Seconds()
	f := exhaustion.Facts{
		Timeout: s.Timeout, AwaitsFIN: s.Close == "shutdown", Settings: set, Prediction: capacity.Predict(set),
		Finding: exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true, Call: h.Failed.Call, Errno: errno,
			AfterConnections: &began, AfterSeconds: &at, Host: "client", Evidence: e},
		Opener: capacity.TypicalClient(), Aimed: true, Attempted: began + 1, Succeeded: int64(h.Answered),
		Connected: began, Requests: int64(h.Answered), Seconds: max(at, 1e-3), PeakHeld: h.Most, PeakKnown: true,
		Errors: map[string]int64{h.Failed.Call + ": " + errno: 1},
	}
	switch {
	case l.Idle:
		f.Use = exhaustion.Held
	case s.Keepalive:
		f.Use, f.Requests = exhaustion.ManyRequests, int64(h.Answered*s.Requests)
	}
	if l.Drops {
		// Those that are pending when the run ends time out then.
		f.Errors["connect: TIMEOUT"] = int64(h.Unanswered + h.Failed.States[synSent])
		f.Connected = 0
	}
	return f
}

// most is the state of the most ports, "" where two have as many.
func most(states map[string]int) (string, int) {
	names := slices.SortedFunc(maps.Keys(states), func(a, b string) int { return states[b] - states[a] })
	if len(names) == 0 || len(names) > 1 && states[names[0]] == states[names[1]] {
		return "", 0
	}
	return names[0], states[names[0]]
}

// The state that a verdict names is the one that held the ports, and what it offers
// then helps.
func TestVerdicts(t *testing.T) {
	heldIn := regexp.MustCompile(`(\d+) of \d+ ports? were held in (\w+)`)
	check(t, 8, func(t *rapid.T) {
		s := drawSetup(t)
		l := drawEnd(t, &s)
		l.Most = 30 * (s.Usable()*s.Pairs() + s.Concurrency)
		h := Play(s, l)
		if h.Failed == nil || h.Failed.States == nil || len(h.Failed.States) == 0 {
			return
		}
		set := law(t, s)
		v := exhaustion.Judge(facts(s, set, l, h))
		world := fmt.Sprintf("%+v\n%+v\n%v after %d at %v\n%s\n%s", s, l, h.Failed.States, h.Began, h.Failed.At,
			v.Headline, strings.Join(v.Sentences(), "\n"))
		state, n := most(h.Failed.States)
		said := heldIn.FindStringSubmatch(v.Headline)
		switch {
		case state == "":
			return
		case said != nil && leavesPorts(s, h) && said[1] == fmt.Sprint(h.Failed.States[said[2]]):
		case said != nil && (said[2] != state || said[1] != fmt.Sprint(n)):
			t.Fatalf("%s\n%d were held in %s, said are %s in %s", world, n, state, said[1], said[2])
		case said == nil && state != timeWait && !(state == finWait2 && set.ServerOpen) && !leavesPorts(s, h):
			t.Fatalf("%s\n%d were held in %s, of which nothing is said", world, n, state)
		}
		enough(t, s, l, v, world)
		if l.Closing+l.Lingers > 0 && h.Failed.States[finWait1]+h.Failed.States[finWait2] == 0 {
			return // none that is seen waits for the server
		}
		if l.Closing > s.finWait() {
			return // for which the kernel waits by its retries, and not by tcp_fin_timeout
		}
		for _, r := range v.Remedies {
			helps(t, s, l, set, r, world)
		}
	})
}

// leavesPorts reports whether as many as may be in flight leave ports, which closed
// connections hold: it is those that count then.
func leavesPorts(s Setup, h History) bool {
	closed := 0
	for state, n := range h.Failed.States {
		if exhaustion.Closed(state) {
			closed += n
		}
	}
	return closed > 0 && s.Concurrency < s.Usable()*s.Pairs()
}

// enough holds the rate for which the ports are said to be enough against a play.
func enough(t *rapid.T, s Setup, l Load, v exhaustion.Verdict, world string) {
	m := regexp.MustCompile(`these ports are enough for ([0-9.]+) connections/s`).FindStringSubmatch(
		strings.Join(v.Sentences(), " "))
	if m == nil {
		return
	}
	rate, _ := strconv.ParseFloat(m[1], 64)
	if rate == 0 {
		return
	}
	l.Rate, l.Cost, l.Most, s.Concurrency = 0.95*rate, 0, 0, 1<<20
	l.For = 4 * max(s.Timeout, s.finWait())
	if h := Play(s, l); h.Failed != nil && !set0(h) {
		t.Fatalf("%s\nsaid to be enough for %v/s, and at 0.95 of it none was left at %v: %v", world, rate, h.Failed.At,
			h.Failed.States)
	}
}

// set0 reports whether it is listeners that took the ports.
func set0(h History) bool { s, _ := most(h.Failed.States); return s == "LISTEN" }
