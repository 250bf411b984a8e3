package live

import (
	"testing"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/law/headroom"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// load is so many connections a second, closed by the client, as the kernel has it: each
// TIME_WAIT lasts a minute, or can be taken over after a second.
type load struct {
	rate, capacity int
	reuses         bool
	every          float64 // the interval, in seconds
}

// after is a track of it, after so many seconds.
func (l load) after(law *capacity.Settings, seconds float64) *Track {
	t := NewTrack(scenario.DefaultWorkload(), law)
	for at := l.every; at <= seconds+1e-9; at += l.every {
		n := int(float64(l.rate) * l.every)
		waits := int(float64(l.rate) * min(at, 60))
		iv := metrics.Interval{TS: at, LengthS: l.every, Succeeded: int64(n), InFlight: 10,
			ConnectionsPerSecond: float64(l.rate), PortsInUse: new(min(waits+10, l.capacity)),
			PortsCapacity: &l.capacity}
		if l.reuses {
			iv.PortsReusable = new(max(*iv.PortsInUse-10-l.rate, 0))
		}
		t.Add(iv)
		t.Forecast()
	}
	return t
}

// A forecast is what the kernel will do, whatever the intervals are.
func TestForecastsOfARunsOwnConnections(t *testing.T) {
	tests := []struct {
		name    string
		load    load
		after   float64
		outcome headroom.Outcome
		in      float64 // seconds until none is left; 0 for never
	}{
		{"more than can last", load{1000, 28232, false, 1}, 10, headroom.RunningOut, 18.2},
		{"the same by tenths of a second", load{1000, 28232, false, 0.1}, 10, headroom.RunningOut, 18.2},
		{"the same by ten seconds", load{1000, 28232, false, 10}, 10, headroom.RunningOut, 18.2},
		{"as many as can last", load{400, 28232, false, 1}, 30, headroom.Balanced, 0},
		{"after a minute, as many come free as are taken", load{400, 28232, false, 1}, 120, headroom.Balanced, 0},
		{"more ports than one pair has", load{10_000, 4 * 28232, false, 1}, 5, headroom.RunningOut, 6.3},
		{"all are in use", load{10_000, 28232, false, 1}, 5, headroom.Exhausted, 0},
		{"all are in use, and can be taken over", load{5_000, 28232, true, 1}, 20, headroom.Balanced, 0},
		{"more in the second until that than there are", load{29_000, 28232, true, 1}, 1, headroom.Exhausted, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, ok := tt.load.after(&capacity.Settings{Timestamps: true, ReuseDelay: time.Second, HZ: 250,
				Ports: tt.load.capacity, Sources: 1, Destinations: 1}, tt.after).Forecast()
			if !ok || f.Outcome != tt.outcome {
				t.Fatalf("Forecast() = %+v, %v, want %s", f, ok, tt.outcome)
			}
			switch {
			case tt.in == 0 && tt.outcome == headroom.Balanced && f.ExhaustedSeconds != nil:
				t.Errorf("none is left in %v s, want that never", *f.ExhaustedSeconds)
			case tt.in > 0 && (*f.ExhaustedSeconds < 0.95*tt.in || *f.ExhaustedSeconds > 1.05*tt.in):
				t.Errorf("none is left in %v s, want %v", *f.ExhaustedSeconds, tt.in)
			}
		})
	}
}

// Ports are looked at a moment after the interval: what came then is young.
func TestAFirstIntervalTellsARate(t *testing.T) {
	track := NewTrack(scenario.DefaultWorkload(), law())
	track.Add(metrics.Interval{TS: 1, LengthS: 1, Succeeded: 11099, InFlight: 4, ConnectionsPerSecond: 11099,
		PortsInUse: new(11299), PortsCapacity: new(28232)})
	if f, _ := track.Forecast(); f.ExhaustedSeconds == nil || *f.ExhaustedSeconds > 2 {
		t.Errorf("Forecast() = %+v, want that ports run out in 1.5 s", f)
	}
}

// What RST closes leaves nothing, and what the server closes leaves nothing here.
func TestPortsThatComeFreeAtOnceAreSteady(t *testing.T) {
	track := NewTrack(scenario.DefaultWorkload(), nil)
	for at := range 10 {
		track.Add(metrics.Interval{TS: float64(at + 1), LengthS: 1, Succeeded: 5000, InFlight: 50,
			ConnectionsPerSecond: 5000, PortsInUse: new(50), PortsCapacity: new(28232)})
		track.Forecast()
	}
	if f, _ := track.Forecast(); f.Outcome != headroom.Steady {
		t.Errorf("Forecast() = %+v, want steady", f)
	}
}

// beside is a run of so many connections a second, on a host that had some TIME_WAITs
// towards its target before, and has more by other programs.
type beside struct{ rate, before, others int }

// after is a track of it, after so many seconds, of 1000 ports.
func (b beside) after(seconds int) *Track {
	track := NewTrack(scenario.DefaultWorkload(), law())
	for at := 1; at <= seconds; at++ {
		waits := b.before + at*(b.rate+b.others)
		track.Add(metrics.Interval{TS: float64(at), LengthS: 1, Succeeded: int64(b.rate), InFlight: 1,
			ConnectionsPerSecond: float64(b.rate), TimeWait: &waits, PortsInUse: new(waits + 1),
			PortsCapacity: new(1000)})
		track.Forecast()
	}
	return track
}

// A run that comes within a minute of another one has its TIME_WAITs too, which take no part
// in its rate, and of which no interval says when they end: a minute after its beginning at
// the latest.
func TestPortsThatAreNotOfTheRun(t *testing.T) {
	for _, tt := range []struct {
		name  string
		load  beside
		after int
		want  string
	}{
		{"those of before may end soon or not", beside{12, 600, 0}, 1,
			"uncertain, perhaps out in 32.2 s or sooner"},
		{"the same after some seconds", beside{12, 600, 0}, 6, "uncertain, out in 27.2 s at the earliest"},
		{"with or without them it is too much", beside{50, 600, 0}, 6, "out in 1.98 s to 14 s"},
		{"with or without them it lasts", beside{3, 600, 0}, 6, "settles at 19 %, past the knee"},
		{"what others open meanwhile counts", beside{10, 0, 40}, 6, "out in 12.6 s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if f, _ := tt.load.after(tt.after).Forecast(); f.Outlook() != tt.want {
				t.Errorf("Outlook() = %q, want %q", f.Outlook(), tt.want)
			}
		})
	}
}

// What can be taken over is not held, and takes no part in the rate either.
func TestPortsOfBeforeThatCanBeTakenOver(t *testing.T) {
	reuse := law()
	reuse.ReuseDelay = time.Second
	track := NewTrack(scenario.DefaultWorkload(), reuse)
	track.Add(metrics.Interval{TS: 1, LengthS: 1, Succeeded: 100, TimeWait: new(700), PortsInUse: new(700),
		PortsReusable: new(600), PortsCapacity: new(1000)})
	f, _ := track.Forecast()
	if want := "settles at 10 %"; f.Held != 100 || f.Outlook() != want {
		t.Errorf("Forecast() = %+v, %q, want 100 held, and %q", f, f.Outlook(), want)
	}
}

// What was opened since the interval ended is open, as no TIME_WAIT is there.
func TestConnectionsThatAreOpenLeaveNothing(t *testing.T) {
	track := NewTrack(scenario.DefaultWorkload(), law())
	for at := range 3 {
		track.Add(metrics.Interval{TS: float64(at + 1), LengthS: 1, InFlight: 16, TimeWait: new(0), PortsInUse: new(20),
			PortsCapacity: new(1000)})
		track.Forecast()
	}
	if f, _ := track.Forecast(); f.Outcome != headroom.Steady {
		t.Errorf("Forecast() = %+v, want steady", f)
	}
}

// What was not counted has no forecast.
func TestWithoutPortsThereIsNoForecast(t *testing.T) {
	track := NewTrack(scenario.DefaultWorkload(), law())
	if f, ok := track.Forecast(); ok {
		t.Errorf("before the first interval Forecast() = %+v, want none", f)
	}
	track.Add(metrics.Interval{TS: 1, LengthS: 1, Succeeded: 5})
	if f, ok := track.Forecast(); ok {
		t.Errorf("without ports Forecast() = %+v, want none", f)
	}
}

// The work at an interval does not depend on how long the run has been.
func BenchmarkForecast(b *testing.B) {
	track := load{400, 28232, false, 1}.after(law(), 120)
	at := 120.0
	for b.Loop() {
		at++
		track.Add(metrics.Interval{TS: at, LengthS: 1, Succeeded: 400, InFlight: 10, ConnectionsPerSecond: 400,
			PortsInUse: new(24010), PortsCapacity: new(28232)})
		track.Forecast()
	}
}
