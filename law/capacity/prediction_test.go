package capacity

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTwoFigures(t *testing.T) {
	tests := []struct {
		name              string
		settings          Settings
		least, most       int64
		safe, sustainable float64
		holdMax           float64
	}{
		{"2000 ports at HZ=250", with(func(s *Settings) { s.Ports, s.HZ, s.InFlight = 2000, 250, 0 }),
			2000, 2000, 2000 / 62.048, 2000 / 60.0, 62.048},
		{"the same at HZ=1000", with(func(s *Settings) { s.Ports, s.HZ, s.InFlight = 2000, 1000, 0 }),
			2000, 2000, 2000 / 64.096, 2000 / 60.0, 64.096},
		{"of a kernel that is not known", with(func(s *Settings) { s.Ports, s.InFlight = 2000, 0 }),
			2000, 2000, 2000 / 65.12, 2000 / 60.0, 65.12},
		{"connections in flight hold ports too", with(func(s *Settings) { s.HZ, s.InFlight = 250, 120 }),
			1000, 1000, 880 / 62.048, 1000 / 60.0, 62.048},
		{"as many in flight as ports", with(func(s *Settings) { s.Ports, s.InFlight = 40, 50 }),
			40, 40, 0, 40 / 60.0, 65.12},
		{"an odd range, two sources and three destinations", with(func(s *Settings) {
			s.Ports, s.OddRange, s.Sources, s.Destinations, s.HZ, s.InFlight = 333, true, 2, 3, 300, 0
		}), 1992, 1998, 1992 / 61.706667, 1998 / 60.0, 61.706667},
		{"an odd range whose bind takes a port for every destination", with(func(s *Settings) {
			s.Ports, s.OddRange, s.Destinations, s.BindReserves, s.InFlight = 777, true, 3, true, 0
		}), 776, 777, 776 / 65.12, 777 / 60.0, 65.12},
		{"tcp_tw_reuse compares whole milliseconds", with(func(s *Settings) {
			s.Reuse, s.ReuseDelay, s.InFlight = 1, 250*time.Millisecond, 0
		}), 1000, 1000, 1000 / .251, 4000, .251},
		{"a delay as long as TIME_WAIT", with(func(s *Settings) {
			s.Reuse, s.ReuseDelay, s.InFlight, s.HZ = 1, time.Minute, 0, 250
		}), 1000, 1000, 1000 / 60.001, 1000 / 60.0, 60.001},
		{"FIN_WAIT_2 is on the wheel", with(func(s *Settings) {
			s.ServerOpen, s.FinTimeout, s.HZ, s.InFlight = true, 7*time.Second, 1000, 0
		}), 1000, 1000, 1000 / 7.512, 1000 / 7.0, 7.512},
		{"FIN_WAIT_2 of more than a minute is on it twice", with(func(s *Settings) {
			s.ServerOpen, s.FinTimeout, s.FinTwice, s.HZ, s.InFlight = true, 14*time.Second, true, 1000, 0
		}), 1000, 1000, 1000 / 15.024, 1000 / 14.0, 15.024},
		{"RST close", with(func(s *Settings) { s.Reset = true }), 0, 0, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Predict(tt.settings)
			if p.ConnectionsAtLeast != tt.least || p.ConnectionsUntilExhaustion != tt.most {
				t.Errorf("%d to %d connections, want %d to %d", p.ConnectionsAtLeast, p.ConnectionsUntilExhaustion,
					tt.least, tt.most)
			}
			got, want := []float64{p.SafeCPS, p.SustainableCPS, p.HoldSecondsMax},
				[]float64{tt.safe, tt.sustainable, tt.holdMax}
			for i := range got {
				if math.Abs(got[i]-want[i]) > 1e-5*want[i] {
					t.Errorf("safe, sustainable, held for at most %v, want %v", got, want)
					break
				}
			}
		})
	}
}

func TestARateLastsItMayOrItDoesNot(t *testing.T) {
	p := Predict(with(func(s *Settings) { s.Ports, s.HZ, s.InFlight = 2000, 250, 0 }))
	none := Predict(Settings{Sources: 1, Destinations: 1, Reset: true})
	tests := []struct {
		p    Prediction
		rate float64
		want Lasting
		ends time.Duration
	}{
		{p, 32.2, ForEver, 0},
		{p, 32.5, Uncertain, 61538461538},
		{p, 2000 / 60.0, Uncertain, time.Minute},
		{p, 34, RunsOut, 58823529411},
		{none, 0.001, RunsOut, 0},
		{Predict(with(func(s *Settings) { s.Reset = true })), 1e9, ForEver, 0},
		{Prediction{}, 1e9, ForEver, 0}, // not known
	}
	for _, tt := range tests {
		if got := tt.p.Lasting(tt.rate); got != tt.want {
			t.Errorf("%+v.Lasting(%v) = %v, want %v", tt.p, tt.rate, got, tt.want)
		}
		if got := tt.p.TimeToExhaustion(tt.rate); got.Round(time.Millisecond) != tt.ends.Round(time.Millisecond) {
			t.Errorf("%+v.TimeToExhaustion(%v) = %v, want %v", tt.p, tt.rate, got, tt.ends)
		}
	}
	if !none.NoPort() || !none.Exhausts() || none.Terms() != "0 ports" {
		t.Errorf("Predict(no port) = %+v", none)
	}
}

// model plays a host whose starts are evenly spaced: each connection is open for
// a while, then held for as long as the kernel's timer takes. It returns whether
// one found no port.
func runsOut(t *rapid.T, rate float64, ports, inFlight int, hold, late time.Duration, n int) bool {
	var open, free []time.Duration // when each is closed, and when each port is free
	for i := range n {
		now := time.Duration(float64(i) / rate * float64(time.Second))
		var still []time.Duration
		for _, at := range open {
			if at > now {
				still = append(still, at)
				continue
			}
			free = append(free, at+hold+time.Duration(rapid.Int64Range(0, int64(late)).Draw(t, "late")))
		}
		open = still
		held := len(open)
		for _, at := range free {
			if at > now {
				held++
			}
		}
		if held >= ports {
			return true
		}
		if len(open) < inFlight { // else this start waits, and its place is another's
			life := time.Duration(rapid.Int64Range(0, int64(hold)).Draw(t, "open"))
			open = append(open, now+life)
		}
	}
	return false
}

// What is safe lasts whatever the timers do.
func TestSafeIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := with(func(s *Settings) { s.MaxTimeWaits = 0 })
		s.Ports, s.InFlight = rapid.IntRange(2, 40).Draw(t, "ports"), rapid.IntRange(1, 5).Draw(t, "in flight")
		s.HZ = rapid.SampledFrom([]int{0, 100, 250, 300, 1000}).Draw(t, "HZ")
		p := Predict(s)
		if p.SafeCPS == 0 {
			return
		}
		late := timerLate(TimeWait, s.HZ)
		if runsOut(t, p.SafeCPS, s.Ports, s.InFlight, TimeWait, late, 4*s.Ports) {
			t.Fatalf("%v/s ran out of %d ports", p.SafeCPS, s.Ports)
		}
		if !runsOut(t, 1.01*p.SustainableCPS, s.Ports, 1<<30, TimeWait, 0, 200*s.Ports) {
			t.Fatalf("%v/s did not run out of %d ports", 1.01*p.SustainableCPS, s.Ports)
		}
	})
}

// No text promises for ever what is not safe.
func TestTextsKeepTheTwoApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		p := Predict(s)
		if p.SustainableCPS == 0 {
			return
		}
		sum := p.Sum()
		if strings.Contains(sum, "for ever") != (p.SafeCPS > 0) {
			t.Fatalf("%+v: %q", p, sum)
		}
		if !strings.HasPrefix(p.Doubt(), "uncertain: the kernel may end a ") {
			t.Fatalf("%+v: %q", p, p.Doubt())
		}
		if got := NewOffer(s, TypicalClient()); got.GivesCPS > p.SafeCPS {
			t.Fatalf("%+v gives %v/s of %v that are safe", s, got.GivesCPS, p.SafeCPS)
		}
	})
}

// A result of an older version has neither; the worst is taken.
func TestCompleteTakesTheWorst(t *testing.T) {
	old := Prediction{Ports: 333, Sources: 1, Destinations: 2, HoldSeconds: 60, ConnectionsUntilExhaustion: 666,
		SustainableCPS: 11.1}
	got := old.Complete()
	if got.ConnectionsAtLeast != 664 || got.HoldSecondsMax != 65.12 || math.Abs(got.SafeCPS-664/65.12) > 1e-9 {
		t.Errorf("Complete() = %+v", got)
	}
	now := Predict(with(func(s *Settings) { s.HZ = 250 }))
	if now.Complete() != now {
		t.Errorf("%+v.Complete() = %+v", now, now.Complete())
	}
}

// What is safe at random leaves room for crowds, and no more than that.
func TestSafeAtRandomIsWhatCrowdsLeave(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    Settings
		want float64
	}{
		{"28232 ports", with(func(s *Settings) { s.Ports, s.HZ, s.InFlight = 28232, 100, 0 }), 418.33},
		{"ten ports", with(func(s *Settings) { s.Ports, s.HZ, s.InFlight = 10, 100, 0 }), 0.0284},
		{"more in flight than ports", with(func(s *Settings) { s.Ports, s.InFlight = 10, 20 }), 0},
		{"no port is held", with(func(s *Settings) { s.Ports, s.Reset = 28232, true }), 0},
	} {
		p := Predict(tt.s)
		got := p.SafeAtRandom()
		if math.Abs(got-tt.want) > 0.002*tt.want {
			t.Errorf("%s: SafeAtRandom() = %v, want %v", tt.name, got, tt.want)
		}
		if most := p.Crowded(got, Starts{Random: true}); p.SafeCPS > 0 && math.Abs(most-p.SafeCPS) > 1e-6 {
			t.Errorf("%s: a crowd of %v/s is %v/s, want %v", tt.name, got, most, p.SafeCPS)
		}
	}
}
