package headroom

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpbench/law/capacity"
)

// crowd is a network namespace of pairs with 1000 ports each, whose TIME_WAITs are together
// as many as the kernel keeps at most: one that is too many ends at once.
type crowd struct {
	most   int
	rates  []func(second float64) float64 // connections a second that begin, of each pair
	server int                            // TIME_WAITs of no pair
	leaks  float64                        // more connections a second of the first pair, which never end
}

// moment is what is seen of a crowd.
type moment struct {
	at   float64
	uses []Use
	sum  int
}

// run is what is seen each second until end, and when the first pair has no port, which is
// infinite where it always has one.
func (c crowd) run(end float64) (seen []moment, out float64) {
	const step = 1e-3
	begun, due := make([][]float64, len(c.rates)), make([]float64, len(c.rates))
	sum := c.server
	out = math.Inf(1)
	for i := range int(end / step) {
		at := float64(i) * step
		for p, rate := range c.rates {
			for len(begun[p]) > 0 && at >= ends61(begun[p][0]) {
				begun[p] = begun[p][1:]
				sum--
			}
			leaked := 0
			if p == 0 {
				leaked = int(c.leaks * at)
			}
			for due[p] += rate(at) * step; due[p] >= 1; due[p]-- {
				switch {
				case len(begun[p])+leaked >= thousand().Ports:
				case sum < c.most:
					begun[p] = append(begun[p], at)
					sum++
				}
			}
			if p == 0 && len(begun[p])+leaked >= thousand().Ports {
				out = min(out, at)
			}
		}
		if i%1000 == 999 {
			seen = append(seen, c.moment(at, begun, sum))
		}
	}
	return seen, out
}

// ends61 is when a TIME_WAIT ends: timers of a minute end together, every two seconds.
func ends61(begun float64) float64 {
	const wheel = 2.048
	return math.Ceil((begun+60)/wheel) * wheel
}

func (c crowd) moment(at float64, begun [][]float64, sum int) moment {
	m := moment{at: at, sum: sum}
	for p := range begun {
		u := Use{Pair: across()}
		u.Destination = netip.AddrPortFrom(u.Destination.Addr(), uint16(80+p))
		if p == 0 {
			u.Open = int(c.leaks * at)
		}
		for _, b := range begun[p] {
			u.AddTimeWait(time.Duration(max(60-(at-b), 0) * float64(time.Second)))
		}
		m.uses = append(m.uses, u)
	}
	return m
}

// watched is what a watch says of the first pair each second, from a reading on.
func (c crowd) watched(seen []moment, from int) []said {
	watch := NewWatch(len(c.rates))
	law := with(func(s *capacity.Settings) { s.MaxTimeWaits = c.most })
	var out []said
	for _, m := range seen[from:] {
		v := watch.Observe(Reading{At: time.UnixMilli(int64(m.at * 1000)), Law: law, Uses: m.uses, TimeWaits: m.sum})
		for _, p := range v.Pairs {
			if p.Destination.Port() == 80 {
				out = append(out, said{m.at, p})
			}
		}
	}
	return out
}

// during is a rate for a time.
func during(rate, from, until float64) func(float64) float64 {
	return func(s float64) float64 {
		if from <= s && s < until {
			return rate
		}
		return 0
	}
}

// sharing is a crowd and what is to be said of its first pair.
type sharing struct {
	name  string
	crowd crowd
	end   float64        // the last second
	runs  bool           // out of ports
	by    float64        // an end is in sight so many seconds before it, at the least
	sure  bool           // once
	never float64        // from when on no end is in sight, not even perhaps; 0 is not at all
	says  map[int]string // the beginning of what is said at a second
}

// theLimitFirst are crowds whose limit is reached before the ports of any are out.
func theLimitFirst() []sharing {
	always := constant(30)
	const full = "% held, TIME_WAITs are at tcp_max_tw_buckets"
	return []sharing{
		{name: "two pairs whose limit is reached with 58 % of their ports",
			crowd: crowd{most: 1160, rates: pairs(always, always)}, end: 180, never: 3,
			says: map[int]string{8: "settles at 58 %", 30: "58 " + full, 60: "58 " + full}},
		{name: "the limit is reached when the ports are nearly out",
			crowd: crowd{most: 1960, rates: pairs(always, always)}, end: 100, says: map[int]string{10: "uncertain"}},
		{name: "one pair with a limit below its ports", crowd: crowd{most: 600, rates: pairs(always)},
			end: 180, never: 1, says: map[int]string{8: "settles at 60 %", 30: "60 " + full, 150: "60 " + full}},
		{name: "which stops: it falls once some have ended",
			crowd: crowd{most: 600, rates: pairs(during(30, 0, 40))}, end: 100, never: 1,
			says: map[int]string{50: "60 " + full, 70: "falls to 0 %"}},
		{name: "few TIME_WAITs that end leave room",
			crowd: crowd{most: 1160, rates: pairs(during(10, 0, 5), constant(5))}, end: 60, never: 8,
			says: map[int]string{30: "falls to 0 %"}},
		{name: "others that grow take the room",
			crowd: crowd{most: 2500, rates: pairs(always, ramp(1, 67), ramp(2, 67), ramp(2, 66))},
			end:   60, says: map[int]string{10: "uncertain"}},
		{name: "a server's TIME_WAITs take of it", crowd: crowd{most: 1700, server: 1000, rates: pairs(always)},
			end: 60, says: map[int]string{40: "70 " + full}},
	}
}

// thePortsFirst are crowds whose first pair runs out of ports.
func thePortsFirst() []sharing {
	always := constant(30)
	return []sharing{
		{name: "one pair alone with a limit above its ports", crowd: crowd{most: 1160, rates: pairs(always)}, end: 40,
			by: 30, sure: true, says: map[int]string{10: "out in 23"}},
		{name: "two pairs whose ports are out long before the limit is reached",
			crowd: crowd{most: 3000, rates: pairs(always, always)}, end: 40, by: 30, sure: true,
			says: map[int]string{10: "out in 23"}},
		{name: "two pairs whose ports are out just before it",
			crowd: crowd{most: 2040, rates: pairs(always, always)}, end: 40, by: 20,
			says: map[int]string{10: "uncertain"}},
		{name: "others whose own ports are out leave the room",
			crowd: crowd{most: 2500, rates: pairs(always, constant(100))}, end: 40, by: 30},
		{name: "the others' TIME_WAITs are over, and their room is this pair's",
			crowd: crowd{most: 1500, rates: pairs(always, during(100, 0, 6))}, end: 100, by: 30},
		{name: "at the limit the others end, and their room is this pair's",
			crowd: crowd{most: 1160, rates: pairs(always, during(30, 0, 62))}, end: 150, by: 30,
			says: map[int]string{40: "58 % held, TIME_WAITs are"}},
		{name: "a leak at the limit", crowd: crowd{most: 600, rates: pairs(always), leaks: 4}, end: 110, by: 30,
			sure: true, says: map[int]string{60: "out in"}},
	}
}

// tcp_max_tw_buckets is of all pairs: who begin together share it.
func TestTimeWaitsOfAllPairsShareTheirLimit(t *testing.T) {
	for _, tt := range theLimitFirst() {
		t.Run(tt.name, tt.check)
	}
	for _, tt := range thePortsFirst() {
		tt.runs = true
		t.Run(tt.name, tt.check)
	}
}

func (x sharing) check(t *testing.T) {
	seen, out := x.crowd.run(x.end)
	if x.runs == math.IsInf(out, 1) {
		t.Fatalf("no port is left at %v s, want that to be: %v", out, x.runs)
	}
	sure, falls := false, false
	for _, want := range x.says {
		falls = falls || strings.HasPrefix(want, "falls")
	}
	for i, s := range x.crowd.watched(seen, 0) {
		left := out - s.at
		if left <= 0 {
			break
		}
		sure = sure || s.Outcome == RunningOut
		wrong := !x.runs && s.Outcome == RunningOut && i > 1 || // there is always a port
			x.never > 0 && s.at > x.never && s.ExhaustedSeconds != nil ||
			!falls && strings.HasPrefix(s.Outlook(), "falls") || // connections go on
			left < x.by && s.ExhaustedSeconds == nil
		if want := x.says[i+1]; wrong || !strings.HasPrefix(s.Outlook(), want) {
			t.Errorf("%.0f s, %.0f before the end: %q, want %q; %+v", s.at, left, s.Outlook(), want, s.Forecast)
		}
	}
	if x.sure && !sure {
		t.Error("it was never sure that no port is left")
	}
}

func pairs(rates ...func(float64) float64) []func(float64) float64 { return rates }

// Of connections that begin at random, shares of the limit go up and down.
func TestRandomConnectionsShareTheLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	at := func(rate float64) func(float64) float64 { // in each ms one or none
		return func(float64) float64 {
			if random.Float64() < rate/1000 {
				return 1000
			}
			return 0
		}
	}
	said := map[Outcome]int{}
	for range 10 {
		c := crowd{most: 1160, rates: pairs(at(30), at(25), at(5))}
		seen, _ := c.run(150)
		for _, s := range c.watched(seen, 0)[5:] {
			said[s.Outcome]++
			if strings.HasPrefix(s.Outlook(), "falls") {
				t.Errorf("%.0f s: %q, and connections go on", s.at, s.Outlook())
			}
		}
	}
	t.Log(said)
	if said[RunningOut] > 0 || said[Uncertain] > 100 {
		t.Errorf("30/s, 25/s and 5/s with 1160 TIME_WAITs: %v, want none sure to run out and few uncertain", said)
	}
}

// A watch that begins when the limit is reached does not know what went on before.
func TestAWatchThatBeginsAtTheLimit(t *testing.T) {
	for name, c := range map[string]crowd{
		"one pair":  {most: 600, rates: pairs(constant(30))},
		"two pairs": {most: 1160, rates: pairs(constant(30), constant(30))},
	} {
		seen, _ := c.run(180)
		for _, from := range []int{25, 50, 90} {
			for i, s := range c.watched(seen, from) {
				if s.Outcome == RunningOut || i < 20 && s.at < 60 && s.Outcome != Full ||
					strings.HasPrefix(s.Outlook(), "falls") {
					t.Errorf("%s: %.0f s, seen from %d s: %q; %+v", name, s.at, from, s.Outlook(), s.Forecast)
				}
			}
		}
	}
}

// A rate that always runs out of ports is said of who has them to run out of.
func TestNoRateAlwaysRunsOutWhereTheLimitIsFirst(t *testing.T) {
	for _, tt := range []struct {
		most int
		want float64
	}{{1160, 0}, {3000, 1000. / 60}} {
		c := crowd{most: tt.most, rates: pairs(constant(30), constant(30))}
		seen, _ := c.run(30)
		for _, s := range c.watched(seen, 0)[5:] {
			if s.SustainableCPS != tt.want || math.Abs(s.SafeCPS-16.1) > 0.1 {
				t.Errorf("%d TIME_WAITs, %.0f s: safe are %v/s and sustainable %v/s, want 16.1 and %v", tt.most, s.at,
					s.SafeCPS, s.SustainableCPS, tt.want)
			}
		}
	}
}
