package headroom

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tcpbench/law/capacity"
)

// across is a pair whose ends are two hosts.
func across() Pair {
	return Pair{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddrPort("10.0.0.2:80")}
}

// thousand is the law of a kernel as it comes, with 1000 ports.
func thousand() capacity.Settings {
	return capacity.Settings{Ports: 1000, Reuse: 2, ReuseDelay: time.Second, Timestamps: true, MaxTimeWaits: 131072,
		HZ: 250}
}

func with(change func(*capacity.Settings)) capacity.Settings {
	s := thousand()
	change(&s)
	return s
}

// load is a client whose connections begin at a steady rate.
type load struct {
	law      capacity.Settings
	pair     Pair
	rate     float64       // connections a second that leave a TIME_WAIT
	lifetime time.Duration // for which each is open before that
	leak     float64       // connections a second that are never closed
	half     bool          // the server closes none: they end in FIN_WAIT_2
}

// reading is what is seen of it after it has run for d. A TIME_WAIT that
// could be taken over has been.
func (l load) reading(d time.Duration) Reading {
	u := Use{Pair: l.pair, Open: int(l.leak * d.Seconds())}
	hold := capacity.TimeWait
	for i := 0; ; i++ {
		begun := time.Duration(float64(i) / l.rate * float64(time.Second))
		if l.rate == 0 || begun > d {
			break
		}
		switch age := d - begun - l.lifetime; {
		case age < 0:
			u.Open++
		case l.half:
			if age < l.law.FinTimeout {
				u.AddHalf(l.law.FinTimeout-age, l.law.FinTimeout)
			}
		case age < hold:
			u.AddTimeWait(hold - age)
		}
	}
	return Reading{At: time.Unix(1000, 0).Add(d), Law: l.law, Uses: []Use{u}}
}

// watch observes the load each second until it has run for d.
func (l load) watch(d time.Duration) Status {
	w := NewWatch(1)
	var v View
	for at := time.Second; at <= d; at += time.Second {
		v = w.Observe(l.reading(at))
	}
	return v.Pairs[0]
}

func never() *float64 { return nil }

func in(seconds float64) *float64 { return &seconds }

func TestForecastOfASteadyLoad(t *testing.T) {
	loopback := Pair{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddrPort("127.0.0.1:80")}
	tests := []struct {
		name      string
		load      load
		after     time.Duration
		outcome   Outcome
		exhausted *float64
		knee      *float64
		settled   float64
	}{
		{"10/s hold 600 of 1000 ports, whatever comes",
			load{thousand(), across(), 10, 0, 0, false}, 20 * time.Second, Balanced, never(), in(30), 620},
		{"10/s, a minute later, still do",
			load{thousand(), across(), 10, 0, 0, false}, 90 * time.Second, Balanced, never(), in(0), 620},
		{"20/s would hold 1200: the last port goes after 50 s",
			load{thousand(), across(), 20, 0, 0, false}, 20 * time.Second, RunningOut, in(30), in(5), 1241},
		{"seen early, the same",
			load{thousand(), across(), 20, 0, 0, false}, 5 * time.Second, RunningOut, in(45), in(20), 1241},
		{"100/s are out after 10 s",
			load{thousand(), across(), 100, 0, 0, false}, 4 * time.Second, RunningOut, in(6), in(1), 6205},
		{"and then are out",
			load{thousand(), across(), 100, 0, 0, false}, 10 * time.Second, Exhausted, in(0), in(0), 6205},
		{"16/s, of 16.1 that are safe",
			load{thousand(), across(), 16, 0, 0, false}, 40 * time.Second, Balanced, never(), in(0), 993},
		{"16.4/s, of 16.7 that are sustainable: it depends on the timers",
			load{thousand(), across(), 16.4, 0, 0, false},
			40 * time.Second, Uncertain, in(1000/16.4 - 40), in(0), 1018},
		{"16/s, where the kernel's ticks are not known",
			load{with(func(s *capacity.Settings) { s.HZ = 0 }), across(), 16, 0, 0, false},
			40 * time.Second, Uncertain, in(22.5), in(0), 1042},
		{"15/s of an odd range, of which one may not be found",
			load{with(func(s *capacity.Settings) { s.Ports, s.OddRange = 931, true }), across(), 15, 0, 0, false},
			90 * time.Second, Uncertain, in(2), in(0), 931},
		{"17/s",
			load{thousand(), across(), 17, 0, 0, false}, 40 * time.Second, RunningOut, in(1000./17 - 40), in(0), 1055},
		{"a lifetime of 20 s holds ports too",
			load{thousand(), across(), 15, 20 * time.Second, 0, false},
			50 * time.Second, RunningOut, in(1000./15 - 50), in(0), 1231},
		{"a leak of 2/s and nothing else",
			load{thousand(), across(), 0, 0, 2, false}, 100 * time.Second, RunningOut, in(400), in(150), 324},
		{"a leak beside TIME_WAITs that balance",
			load{thousand(), across(), 10, 0, 1, false}, 100 * time.Second, RunningOut, in(280), in(0), 783},
		{"the loopback's TIME_WAITs are taken over after 1 s",
			load{thousand(), loopback, 100, 0, 0, false}, 9 * time.Second, Balanced, never(), never(), 100},
		{"tcp_tw_reuse=1",
			load{with(func(s *capacity.Settings) { s.Reuse = 1 }), across(), 100, 0, 0, false},
			9 * time.Second, Balanced, never(), never(), 100},
		{"tcp_tw_reuse=1 without timestamps is none",
			load{with(func(s *capacity.Settings) { s.Reuse, s.Timestamps = 1, false }), across(), 100, 0, 0, false},
			4 * time.Second, RunningOut, in(6), in(1), 6205},
		{"tcp_max_tw_buckets=300 drops the others",
			load{with(func(s *capacity.Settings) { s.MaxTimeWaits = 300 }), across(), 100, 0, 0, false},
			2 * time.Second, Balanced, never(), never(), 300},
		{"nothing", load{thousand(), across(), 0, 0, 0, false}, 10 * time.Second, Steady, never(), never(), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.load.watch(tt.after)
			if got.Outcome != tt.outcome {
				t.Errorf("Outcome = %q, want %q: %+v", got.Outcome, tt.outcome, got)
			}
			checkSeconds(t, "ExhaustedSeconds", got.ExhaustedSeconds, tt.exhausted)
			checkSeconds(t, "KneeSeconds", got.KneeSeconds, tt.knee)
			if math.Abs(got.Settled-tt.settled) > 0.02*tt.settled+2 {
				t.Errorf("Settled = %.0f, want %.0f", got.Settled, tt.settled)
			}
		})
	}
}

// checkSeconds compares to a second and 5 %, which is what counting in whole
// seconds and whole connections allows.
func checkSeconds(t *testing.T, name string, got, want *float64) {
	t.Helper()
	switch {
	case (got == nil) != (want == nil):
		t.Errorf("%s = %v, want %v", name, text(got), text(want))
	case got != nil && math.Abs(*got-*want) > 1+0.05**want:
		t.Errorf("%s = %.2f, want %.2f", name, *got, *want)
	}
}

func text(f *float64) any {
	if f == nil {
		return "absent"
	}
	return *f
}

// A server that never closes leaves FIN_WAIT_2: its ports come free after tcp_fin_timeout.
func TestConnectionsThatTheServerDoesNotClose(t *testing.T) {
	half := func(rate float64, fin time.Duration) load {
		law := with(func(s *capacity.Settings) { s.FinTimeout, s.FinTwice = fin, fin > time.Minute })
		return load{law: law, pair: across(), rate: rate, half: true}
	}
	few := half(30, time.Minute)
	few.law.MaxTimeWaits = 300
	for _, tt := range []struct {
		name      string
		load      load
		after     time.Duration
		outcome   Outcome
		exhausted *float64
		settled   float64
	}{
		{"10/s hold 600 for 60 s", half(10, time.Minute), 20 * time.Second, Balanced, never(), 620},
		{"a minute later they still do", half(10, time.Minute), 90 * time.Second, Balanced, never(), 620},
		{"100/s for 2 s", half(100, 2*time.Second), 12 * time.Second, Balanced, never(), 203},
		{"30/s where tcp_max_tw_buckets=300 drops the others", few, 8 * time.Second, Balanced, never(), 300},
		{"100/s for 60 s are out after 10 s", half(100, time.Minute), 4 * time.Second, RunningOut, in(6), 6200},
		{"tcp_fin_timeout=360: 600 s, of two timers", half(1.4, 600*time.Second), 60 * time.Second, Balanced, never(),
			904},
		{"and twice as many are out", half(2.8, 600*time.Second), 60 * time.Second, RunningOut, in(297), 1819},
	} {
		got := tt.load.watch(tt.after)
		if got.Outcome != tt.outcome || math.Abs(got.Settled-tt.settled) > 0.03*tt.settled+2 {
			t.Errorf("%s: %q, settled at %.0f, want %q, %.0f: %+v", tt.name, got.Outcome, got.Settled, tt.outcome,
				tt.settled, got)
		}
		checkSeconds(t, tt.name, got.ExhaustedSeconds, tt.exhausted)
	}
}

// What is balanced is not above what the ports sustain, whatever state holds them.
func TestTheRatesAreOfTheStateThatHoldsThePorts(t *testing.T) {
	eight := with(func(s *capacity.Settings) { s.Ports, s.FinTimeout = 200, 8*time.Second })
	for _, tt := range []struct {
		name       string
		tw, half   float64 // per second
		safe, most float64
	}{
		{"all in TIME_WAIT", 3, 0, 200 / 62.04, 200 / 60.},
		{"all in FIN_WAIT_2", 0, 22, 200 / 8.26, 200 / 8.},
		{"a third of them", 2, 1, 200 / (62.04*2/3 + 8.26/3), 200 / (60*2/3. + 8/3.)},
	} {
		w := NewWatch(1)
		var v View
		for at := time.Second; at <= 70*time.Second; at += time.Second {
			r := load{eight, across(), tt.tw, 0, 0, false}.reading(at)
			half := load{eight, across(), tt.half, 0, 0, true}.reading(at).Uses[0]
			r.Uses[0].Open, r.Uses[0].Half = half.Open, half.Half
			v = w.Observe(r)
		}
		got := v.Pairs[0]
		if got.Outcome != Balanced || math.Abs(got.SafeCPS-tt.safe) > 0.02*tt.safe ||
			math.Abs(got.SustainableCPS-tt.most) > 0.02*tt.most {
			t.Errorf("%s: %q, safe %.3g/s, sustainable %.3g/s; want balanced, %.3g/s, %.3g/s", tt.name, got.Outcome,
				got.SafeCPS, got.SustainableCPS, tt.safe, tt.most)
		}
	}
}

// Those of an ordinary server are in FIN_WAIT_2 for a moment, and in each reading others.
func TestAMomentInFINWAIT2IsNoRate(t *testing.T) {
	w := NewWatch(1)
	law := with(func(s *capacity.Settings) { s.FinTimeout = time.Minute })
	var v View
	for i := range 20 {
		u := Use{Pair: across(), Open: 3}
		for range 15 + i%2 {
			u.AddHalf(time.Minute-20*time.Millisecond, time.Minute)
		}
		v = w.Observe(Reading{At: time.Unix(int64(i), 0), Law: law, Uses: []Use{u}})
	}
	if got := v.Pairs[0]; got.ExhaustedSeconds != nil || got.Settled > 60 {
		t.Errorf("some 16 in FIN_WAIT_2, each for a moment: %+v, want no more of them", got)
	}
}

// Of a long interval the last part is seen, and of TIME_WAITs that are taken over, those
// that are not yet.
func TestLongIntervalsTellTheRate(t *testing.T) {
	reused := with(func(s *capacity.Settings) { s.Ports, s.Reuse = 100, 1 })
	for _, tt := range []struct {
		load     load
		interval time.Duration
	}{
		{load{thousand(), across(), 15, 0, 0, false}, 150 * time.Second},
		{load{thousand(), across(), 15, 0, 0, false}, time.Minute},
		{load{thousand(), across(), 15, 0, 0, true}, 150 * time.Second},
		{load{reused, across(), 70, 0, 0, false}, 5 * time.Second},
	} {
		tt.load.law.FinTimeout = 20 * time.Second
		w := NewWatch(1)
		var v View
		for at := tt.interval; at <= 8*tt.interval; at += tt.interval {
			r := tt.load.reading(at)
			if u := &r.Uses[0]; tt.load.law.Reuse == 1 { // each port has been taken over
				u.TimeWait, u.Ages = 100, Ages{70, 30}
			}
			v = w.Observe(r)
		}
		got := v.Pairs[0]
		if settled := tt.load.rate * map[bool]float64{false: 62, true: 21}[tt.load.half]; tt.load.law.Reuse != 1 &&
			math.Abs(got.Settled-settled) > 0.06*settled {
			t.Errorf("%v/s, seen each %v: settled at %.0f, want %.0f", tt.load.rate, tt.interval, got.Settled, settled)
		}
		if rate := got.TimeWaitsPerSecond; !tt.load.half && math.Abs(rate-tt.load.rate) > 1 {
			t.Errorf("%v/s, seen each %v: %v/s", tt.load.rate, tt.interval, rate)
		}
	}
}

// One reading tells what many do: the timers hold the past.
func TestOneReadingIsEnough(t *testing.T) {
	for _, after := range []time.Duration{3, 5, 20, 45} {
		l := load{thousand(), across(), 20, 0, 0, false}
		v := NewWatch(1).Observe(l.reading(after * time.Second))
		checkSeconds(t, "ExhaustedSeconds", v.Pairs[0].ExhaustedSeconds, in(50-float64(after)))
		if got := v.Pairs[0].OpenPerSecond; got != nil {
			t.Errorf("OpenPerSecond of one reading = %v, want it absent", *got)
		}
	}
}

// A load that was heavy and is over does not exhaust anything.
func TestWhatIsOverIsNotExtrapolated(t *testing.T) {
	var u Use
	u.Pair = across()
	for range 900 {
		u.AddTimeWait(35 * time.Second)
	}
	v := NewWatch(1).Observe(Reading{Law: thousand(), Uses: []Use{u}})
	got := v.Pairs[0]
	if got.ExhaustedSeconds != nil || got.Held != 900 || got.Settled != 0 {
		t.Errorf("after a burst 25 s ago: %+v, want 900 held, none in the end, and no exhaustion", got)
	}
}

func TestOpenConnectionsThatGoUpAndDownAreNoTrend(t *testing.T) {
	w := NewWatch(1)
	var v View
	for i := range 20 {
		u := Use{Pair: across(), Open: 500 + 40*(i%3)}
		v = w.Observe(Reading{At: time.Unix(int64(i), 0), Law: thousand(), Uses: []Use{u}})
	}
	if got := v.Pairs[0]; got.OpenPerSecond == nil || *got.OpenPerSecond != 0 || got.ExhaustedSeconds != nil {
		t.Errorf("a pool of 500 to 580: %+v, want no growth and no exhaustion", got)
	}
}

func TestABurstIsNoRate(t *testing.T) {
	w := NewWatch(1)
	l := load{thousand(), across(), 10, 0, 0, false}
	var v View
	for i := 1; i <= 20; i++ {
		r := l.reading(time.Duration(i) * time.Second)
		if i >= 18 {
			for range 200 {
				r.Uses[0].AddTimeWait(capacity.TimeWait - time.Duration(i-18)*time.Second - 500*time.Millisecond)
			}
		}
		v = w.Observe(r)
	}
	if got := v.Pairs[0].TimeWaitsPerSecond; got < 10 || got > 20 {
		t.Errorf("10/s and one burst of 200: %v/s, want about 10", got)
	}
}

func TestTopTellsTheMostUsedAndSumsTheRest(t *testing.T) {
	var uses []Use
	for i := range 100 {
		p := across()
		p.Destination = netip.AddrPortFrom(p.Destination.Addr(), uint16(i+1))
		uses = append(uses, Use{Pair: p, Open: (i * 37) % 100, TimeWait: 1})
	}
	v := NewWatch(3).Observe(Reading{Law: thousand(), Uses: uses})
	var got []int
	for _, p := range v.Pairs {
		got = append(got, p.InUse)
	}
	if diff := cmp.Diff([]int{100, 99, 98}, got); diff != "" {
		t.Errorf("the first three (-want +got):\n%s", diff)
	}
	if want := (Rest{97, 4950 + 100 - 297, 97}); v.Other != want {
		t.Errorf("Other = %+v, want %+v", v.Other, want)
	}
	if v.InUse != 5050 || v.TimeWait != 100 {
		t.Errorf("InUse, TimeWait = %d, %d, want 5050, 100", v.InUse, v.TimeWait)
	}
}

// The last part of a hold time counts, be it less than a second.
func TestForecastOfAnyHoldTime(t *testing.T) {
	tests := []struct {
		name        string
		hold        time.Duration
		rate        float64 // TIME_WAITs a second
		knee, ended float64 // seconds
	}{
		{"after its last whole second", 1500 * time.Millisecond, 5, 0.6, 1.2},
		{"within its first part", 1500 * time.Millisecond, 15, 0.2, 0.4},
		{"a whole number of seconds", 2 * time.Second, 5, 0.6, 1.2},
		{"less than a second", 500 * time.Millisecond, 24, 0.125, 0.25},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			law := capacity.Settings{Ports: 6, Reuse: 1, ReuseDelay: tt.hold, Timestamps: true}
			f := forecast(law, &Use{Pair: across()}, rates{timeWaits: tt.rate, least: tt.rate}, &others{})
			near := func(got *float64, want float64) bool { return got != nil && math.Abs(*got-want) < 1e-9 }
			if !near(f.KneeSeconds, tt.knee) || !near(f.ExhaustedSeconds, tt.ended) || f.Outcome != RunningOut {
				t.Errorf("%q: half are held at %v s, all at %v s, want %v and %v",
					f.Outcome, text(f.KneeSeconds), text(f.ExhaustedSeconds), tt.knee, tt.ended)
			}
		})
	}
}

// Of 3 TIME_WAITs in the first second after a hold of 0.9 s, 2.7 are held by
// an estimate: that is not yet all of 3 ports.
func TestAPartOfAPortIsNotHeld(t *testing.T) {
	u := Use{Pair: across()}
	for range 3 {
		u.AddTimeWait(capacity.TimeWait - 500*time.Millisecond)
	}
	law := capacity.Settings{Ports: 3, Reuse: 1, ReuseDelay: 900 * time.Millisecond, Timestamps: true}
	f := forecast(law, &u, rates{}, &others{})
	if f.Held != 2 || f.Free() != 1 || f.Outcome != Steady || f.ExhaustedSeconds != nil {
		t.Errorf("forecast() = %+v, want 2 held of 3, steady, and no end", f)
	}
}

// Whatever is seen, what is reported agrees with itself.
func TestForecastAgreesWithItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		law := capacity.Settings{
			Ports:        rapid.IntRange(1, 64512).Draw(t, "ports"),
			OddRange:     rapid.Bool().Draw(t, "odd range"),
			HZ:           rapid.SampledFrom([]int{0, 100, 250, 1000}).Draw(t, "HZ"),
			Reuse:        rapid.IntRange(0, 2).Draw(t, "reuse"),
			ReuseDelay:   time.Duration(rapid.IntRange(1, 60000).Draw(t, "delay")) * time.Millisecond,
			Timestamps:   rapid.Bool().Draw(t, "timestamps"),
			MaxTimeWaits: rapid.SampledFrom([]int{-1, 0, 100, 131072}).Draw(t, "max time waits"),
		}
		u := Use{Pair: across(), Open: rapid.IntRange(0, 30000).Draw(t, "open")}
		for range rapid.IntRange(0, 500).Draw(t, "time waits") {
			u.AddTimeWait(time.Duration(rapid.IntRange(0, 60000).Draw(t, "left")) * time.Millisecond)
		}
		law.FinTimeout = rapid.SampledFrom([]time.Duration{700 * time.Millisecond, 5 * time.Second, time.Minute,
			2 * time.Hour}).Draw(t, "FIN timeout")
		for range rapid.IntRange(0, 100).Draw(t, "FIN_WAIT_2") {
			u.AddHalf(time.Duration(rapid.Float64Range(-0.01, 1).Draw(t, "of its time")*float64(law.FinTimeout)),
				law.FinTimeout)
		}
		r := rates{
			rapid.Float64Range(0, 20000).Draw(t, "rate"), rapid.Float64Range(-500, 500).Draw(t, "open rate"), true,
			rapid.SampledFrom([]float64{0, 0, 3, 400}).Draw(t, "half-closed"),
			rapid.Float64Range(0, 20000).Draw(t, "least rate"), rapid.Float64Range(0, 3).Draw(t, "least half-closed"),
			rapid.SampledFrom([]float64{0, 0, -2, 1.5, 30}).Draw(t, "growth"),
			rapid.SampledFrom([]float64{0, 0, -2, 1.5}).Draw(t, "growth of open ones"), rapid.Bool().Draw(t, "known"),
			0, 0, 0, rapid.SampledFrom([]float64{0, 0, 5, 2000}).Draw(t, "more"),
		}
		f := forecast(law, &u, r, &others{})
		switch {
		case f.Held > u.InUse():
			t.Fatalf("Held = %d of %d in use", f.Held, u.InUse())
		case (f.Outcome == Balanced || f.Outcome == Steady) != (f.ExhaustedSeconds == nil):
			t.Fatalf("%+v: it ends without a time, or has a time without an end", f)
		case f.ExhaustedSeconds != nil && f.KneeSeconds == nil:
			t.Fatalf("%+v: all are held without half being held first", f)
		case (f.Outcome == RunningOut) != (f.ExhaustedSecondsMax != nil) && f.Outcome != Exhausted:
			t.Fatalf("%+v: it is sure to end without a last moment, or has one and is not sure", f)
		case f.ExhaustedSecondsMax != nil && *f.ExhaustedSecondsMax < *f.ExhaustedSeconds-1e-6:
			t.Fatalf("%+v: it ends at the latest before it does at the earliest", f)
		case f.ExhaustedSeconds != nil && *f.KneeSeconds > *f.ExhaustedSeconds:
			t.Fatalf("%+v: half are held later than all", f)
		}
		if f.Outcome == Balanced && r.open >= 0 && f.SustainableCPS > 0 && r.timeWaits > f.SafeCPS+1e-9 {
			t.Fatalf("%+v: balanced at %v/s", f, r.timeWaits)
		}
		faster := r
		faster.timeWaits *= 1.5
		faster.open++
		if g := forecast(law, &u, faster, &others{}); f.ExhaustedSeconds != nil &&
			(g.ExhaustedSeconds == nil || *g.ExhaustedSeconds > *f.ExhaustedSeconds+1e-6) {
			t.Fatalf("at %+v ports last for %v s, at more (%+v) for %v", r, *f.ExhaustedSeconds, faster,
				text(g.ExhaustedSeconds))
		}
		wider := law
		wider.Ports++
		if g := forecast(wider, &u, r, &others{}); g.ExhaustedSeconds != nil &&
			(f.ExhaustedSeconds == nil || *g.ExhaustedSeconds < *f.ExhaustedSeconds-1e-6) {
			t.Fatalf("%d ports last for %v s, one more for %v", law.Ports, text(f.ExhaustedSeconds),
				*g.ExhaustedSeconds)
		}
	})
}

func TestYounger(t *testing.T) {
	var u Use
	for _, age := range []time.Duration{100, 500, 900, 1500, 59900} {
		u.AddTimeWait(capacity.TimeWait - age*time.Millisecond)
	}
	u.AddTimeWait(61 * time.Second) // a clock tick more than there can be
	for _, tt := range []struct {
		d    time.Duration
		want float64
	}{
		{0, 0}, {500 * time.Millisecond, 2}, {time.Second, 4}, {1500 * time.Millisecond, 4.5},
		{2 * time.Second, 5}, {time.Minute, 6}, {time.Hour, 6}, {-time.Second, 0},
	} {
		if got := u.Ages.Younger(tt.d); got != tt.want {
			t.Errorf("Younger(%v) = %v, want %v", tt.d, got, tt.want)
		}
	}
}

func TestAgesStopShort(t *testing.T) {
	var one, all Ages
	for range 50_000 {
		one.add(0)
	}
	all.plus(&one)
	all.plus(&one)
	if all[0] != 65535 {
		t.Errorf("two times 50000 of one second are %d, want 65535", all[0])
	}
	all.minus(&one)
	one.add(time.Hour)
	if all[0] != 15535 || one[len(one)-1] != 1 {
		t.Errorf("less 50000 they are %d, want 15535; of an hour ago %d, want 1", all[0], one[len(one)-1])
	}
}

func BenchmarkObserve(b *testing.B) {
	b.Run("pairs=1/time_waits=28000", func(b *testing.B) {
		benchmarkObserve(b, []Reading{load{thousand(), across(), 500, 0, 0, false}.reading(time.Minute)})
	})
	var uses []Use
	for i := range 30_000 {
		p := across()
		p.Destination = netip.AddrPortFrom(p.Destination.Addr(), uint16(i+1))
		uses = append(uses, Use{Pair: p, Open: i * 7919 % 100})
	}
	b.Run("pairs=30000", func(b *testing.B) { benchmarkObserve(b, []Reading{{Law: thousand(), Uses: uses}}) })
}

func benchmarkObserve(b *testing.B, readings []Reading) {
	w := NewWatch(10)
	r := readings[0]
	for b.Loop() {
		r.At = r.At.Add(time.Second)
		w.Observe(r)
	}
}

// For readers of JSON, no pair is an empty list.
func TestNoPairIsAnEmptyList(t *testing.T) {
	w := NewWatch(5)
	if v := w.Observe(Reading{At: time.Unix(0, 0)}); v.Pairs == nil || len(v.Pairs) != 0 {
		t.Errorf("Observe(no use).Pairs = %#v, want an empty list", v.Pairs)
	}
}

// One reading says of connections that are open neither since when nor for how long they are:
// a leak, and servers that do not close, look like a pool.
func TestOneReadingOfOpenConnectionsTellsNoTrend(t *testing.T) {
	open := Use{Pair: across(), Open: 900}
	half := Use{Pair: across()}
	for i := range 100 {
		half.AddHalf(time.Minute-time.Duration(i)*10*time.Millisecond, time.Minute)
	}
	over := Use{Pair: across()}
	for range 100 {
		over.AddTimeWait(5 * time.Second)
	}
	law := with(func(s *capacity.Settings) { s.FinTimeout = time.Minute })
	for _, tt := range []struct {
		name     string
		use      Use
		readings int
		want     string
	}{
		{"open ones", open, 1, "too soon to tell"},
		{"of two readings", open, 2, "too soon to tell"},
		{"of three, all alike", open, 3, "steady at 90 %"},
		{"those in FIN_WAIT_2", half, 1, "too soon to tell"},
		{"none, and what is over comes free", over, 1, "falls to 0 %"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := NewWatch(1)
			var v View
			for i := range tt.readings {
				v = w.Observe(Reading{At: time.Unix(int64(i), 0), Law: law, Uses: []Use{tt.use}})
			}
			if got := v.Pairs[0].Outlook(); got != tt.want {
				t.Errorf("Outlook() = %q, want %q; %+v", got, tt.want, v.Pairs[0].Forecast)
			}
		})
	}
}

// Of a few connections a minute, two readings tell less than the timers do.
func TestFewConnectionsAreNoRateOfASecond(t *testing.T) {
	w := NewWatch(1)
	l := load{with(func(s *capacity.Settings) { s.Ports = 30 }), across(), 0.4, 0, 0, false}
	for _, d := range []time.Duration{50, 51, 52, 53} {
		v := w.Observe(l.reading(d * time.Second))
		if got := v.Pairs[0]; got.TimeWaitsPerSecond > 0.5 || got.Outcome != Balanced {
			t.Errorf("0.4/s after %d s: %v/s, %q, want some 0.4 and balanced", d, got.TimeWaitsPerSecond, got.Outcome)
		}
	}
}

// Connections that are open for 8 s have begun to end: as many as began will.
func TestConnectionsThatBeginToEnd(t *testing.T) {
	law := with(func(s *capacity.Settings) { s.Ports = 120 })
	got := load{law, across(), 4, 8 * time.Second, 0, false}.watch(14 * time.Second)
	if got.ExhaustedSeconds == nil || *got.ExhaustedSeconds > 30-14+1.5 {
		t.Errorf("4/s, each open for 8 s, 120 ports: %+v, want them out 30 s after the start, in 16", got.Forecast)
	}
}

// outcomes are what a watch says of connections that begin at a rate, from the 15th second on to
// the 60th, of a number of hosts.
func outcomes(ports int, rate float64, gap func() float64) map[Outcome]int {
	out := map[Outcome]int{}
	for range 40 {
		w, begun := NewWatch(1), []float64{}
		for at := 0.0; at < 60; at += gap() / rate {
			begun = append(begun, at)
		}
		for second := 1; second < 60; second++ {
			u := Use{Pair: across()}
			for _, b := range begun {
				if age := float64(second) - b; age > 0 {
					u.AddTimeWait(capacity.TimeWait - time.Duration(age*float64(time.Second)))
				}
			}
			v := w.Observe(Reading{At: time.Unix(int64(second), 0), Uses: []Use{u},
				Law: with(func(s *capacity.Settings) { s.Ports = ports })})
			if second > 15 {
				out[v.Pairs[0].Outcome]++
			}
		}
	}
	return out
}

// A rate that is drawn from a few connections is not known well enough to say that ports
// last, unless they come evenly, or are far from the end.
func TestHowSureItIsThatRandomArrivalsLast(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)).ExpFloat64
	evenly := func() float64 { return 1 }
	for _, tt := range []struct {
		name        string
		ports       int
		rate        float64
		gap         func() float64
		least, most float64 // the share of balanced
	}{
		{"2.1/s of 2/s that never last", 120, 2.1, random, 0, 0.06},
		{"17/s of 16.7/s that never last", 1000, 17, random, 0, 0.05},
		{"0.9/s of 1.9/s that last", 120, 0.9, random, 0.9, 1},
		{"1.8/s of 1.9/s, evenly", 120, 1.8, evenly, 1, 1},
		{"10/s of 16.1/s that last", 1000, 10, random, 0.95, 1},
		{"15/s of 16.1/s, evenly", 1000, 15, evenly, 1, 1},
		{"400/s of 455/s", 28232, 400, random, 0.99, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := outcomes(tt.ports, tt.rate, tt.gap)
			share := float64(got[Balanced]) / float64(got[Balanced]+got[Uncertain]+got[RunningOut]+got[Exhausted])
			if share < tt.least || share > tt.most {
				t.Errorf("%d ports, %v/s: %v, want %v to %v of them balanced", tt.ports, tt.rate, got, tt.least,
					tt.most)
			}
		})
	}
}

// Random arrivals of a rate that lasts are now above it: they are not sure to run out.
func TestRandomArrivalsAreNotSureToRunOut(t *testing.T) {
	// Of 16.7/s that never last, and 16.1 that do.
	said := outcomes(1000, 15.5, rand.New(rand.NewPCG(1, 2)).ExpFloat64)
	if all := said[RunningOut] + said[Uncertain] + said[Balanced]; said[RunningOut]*15 > all {
		t.Errorf("15.5/s at random of 16.1/s that last: %v, want few of them sure to run out", said)
	}
}
