package headroom

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// world is a client with 1000 ports, as the simplest simulation has it: each connection
// takes a port from its start, and for as long after its end as its kind says.
type world struct {
	rate  func(second float64) float64 // connections a second that begin
	open  float64                      // seconds for which each is open
	reset bool                         // they end by RST, and leave no TIME_WAIT
	leaks float64                      // more connections a second, which never end
}

// timeWait is in the middle of how long the kernel's timer takes with HZ=250.
const timeWait = 61.

// starts are when connections begin until end, in seconds.
func (w world) starts(end float64) []float64 {
	const step = 1e-3
	var out []float64
	due := 0.
	for i := range int(end / step) {
		at := float64(i) * step
		for due += w.rate(at) * step; due >= 1; due-- {
			out = append(out, at)
		}
	}
	return out
}

// use is what is seen of those that have begun by a moment.
func (w world) use(starts []float64, at float64) Use {
	u := Use{Pair: across(), Open: int(w.leaks * at)}
	for _, start := range starts {
		switch age := at - start - w.open; {
		case at < start:
		case age < 0:
			u.Open++
		case w.reset || age >= timeWait:
		default: // the timer of one that is late says 0
			u.AddTimeWait(time.Duration(max(60-age, 0) * float64(time.Second)))
		}
	}
	return u
}

// ends is when no port is left, in seconds; infinite where there always is one until end.
func (w world) ends(starts []float64, end float64) float64 {
	for at := 0.; at < end; at += 0.1 {
		if u := w.use(starts, at); u.InUse() >= thousand().Ports {
			return at
		}
	}
	return math.Inf(1)
}

// said is what was forecast after so many seconds.
type said struct {
	at float64
	Status
}

// watched is what a watch says of the world each second until its ports are out.
func (w world) watched(starts []float64, end float64) []said {
	watch := NewWatch(1)
	var out []said
	for at := 1.; at < end; at++ {
		r := Reading{At: time.Unix(1000+int64(at), 0), Law: thousand(), Uses: []Use{w.use(starts, at)}}
		out = append(out, said{at, watch.Observe(r).Pairs[0]})
	}
	return out
}

func constant(rate float64) func(float64) float64 { return func(float64) float64 { return rate } }

// ramp goes from one rate to another in a minute, and stays there.
func ramp(from, to float64) func(float64) float64 {
	return func(s float64) float64 { return from + (to-from)*min(s/60, 1) }
}

// A warning comes in time, and no port is left when it says.
func TestFirstWarnings(t *testing.T) {
	for _, tt := range []struct {
		name  string
		world world
		by    float64 // the first warning comes so many seconds after the start, at the latest
		off   float64 // seconds by which each forecast may be off, beyond what it says itself
	}{
		{"99 % of the law", world{rate: constant(16.5)}, 2, 1.5},
		{"twice the law", world{rate: constant(33)}, 2, 1.5},
		{"a leak of 5/s", world{rate: constant(0), leaks: 5}, 3, 1.5},
		{"a leak of 5/s beside 10/s that end", world{rate: constant(10), open: 0.5, leaks: 5}, 3, 2},
		{"a leak beside connections that end by RST",
			world{rate: constant(40), open: 0.05, reset: true, leaks: 5}, 4, 8},
		{"a ramp from 20/s to 100/s", world{rate: ramp(20, 100)}, 2, 2},
		{"a ramp from 5/s to 30/s", world{rate: ramp(5, 30)}, 10, 3},
		{"a ramp that begins after half a minute", world{rate: func(s float64) float64 {
			return 10 + max(s-30, 0)
		}}, 38, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			starts := tt.world.starts(300)
			end := tt.world.ends(starts, 300)
			if math.IsInf(end, 1) {
				t.Fatal("ports are never out")
			}
			first := true
			for _, s := range tt.world.watched(starts, end) {
				if s.ExhaustedSeconds == nil {
					if s.at >= tt.by {
						t.Errorf("%v s after the start, %.1f s before the end: %s", s.at, end-s.at, s.Outlook())
					}
					continue
				}
				if first {
					t.Logf("first warning %v s after the start, %.1f s before the end: %s", s.at, end-s.at, s.Outlook())
				}
				first = false
				if err := s.agrees(end-s.at, tt.off); err != nil {
					t.Errorf("%v s after the start: %v", s.at, err)
				}
			}
		})
	}
}

// agrees holds what was said against how long there are ports.
func (s said) agrees(left, off float64) error {
	earliest, latest := *s.ExhaustedSeconds-off, math.Inf(1)
	if s.ExhaustedSecondsMax != nil {
		latest = *s.ExhaustedSecondsMax + off
	}
	if s.GrowthPerSecond == nil { // "or sooner"
		earliest = 0
	}
	if left < earliest || left > latest {
		return fmt.Errorf("%q, and there are ports for %.1f s; %+v", s.Outlook(), left, s.Forecast)
	}
	return nil
}

// What does not run out is not said to, for more than a moment.
func TestNoWarnings(t *testing.T) {
	for _, tt := range []struct {
		name  string
		world world
		from  float64 // from when on nothing is said of an end
	}{
		{"93 % of the law", world{rate: constant(15.5)}, 1},
		{"10/s, each open for 5 s", world{rate: constant(10), open: 5}, 8}, // before some end, it is as a leak
		{"100/s that end by RST", world{rate: constant(100), open: 0.1, reset: true}, 1},
		{"a burst of 5 s that is over", world{rate: func(s float64) float64 {
			return map[bool]float64{true: 100}[s < 5]
		}}, 12},
		{"a burst of 20 s beside 5/s", world{rate: func(s float64) float64 {
			return 5 + map[bool]float64{true: 20}[s >= 70 && s < 90]
		}}, 97},
		{"a ramp down", world{rate: ramp(14, 0)}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			starts := tt.world.starts(200)
			if end := tt.world.ends(starts, 200); !math.IsInf(end, 1) {
				t.Fatalf("ports are out after %v s", end)
			}
			for _, s := range tt.world.watched(starts, 200) {
				if s.ExhaustedSeconds != nil && s.at >= tt.from {
					t.Errorf("%v s after the start: %s; %+v", s.at, s.Outlook(), s.Forecast)
				}
			}
		})
	}
}

// Of a sawtooth whose mean lasts nobody says that it is sure to end, and of one whose mean
// does not, that it lasts.
func TestASawtooth(t *testing.T) {
	tooth := func(mean float64) world {
		return world{rate: func(s float64) float64 { return 2 * mean * math.Mod(s, 10) / 10 }}
	}
	lasting := tooth(10)
	sure := 0
	for _, s := range lasting.watched(lasting.starts(200), 200) {
		if s.at > 20 && s.Outcome == RunningOut {
			sure++
		}
	}
	if sure > 0 {
		t.Errorf("0 to 20/s and again: sure to run out in %d of 180 readings, want 0", sure)
	}
	ending := tooth(25)
	starts := ending.starts(100)
	end, warned := ending.ends(starts, 100), 0.
	for _, s := range ending.watched(starts, end) {
		if s.ExhaustedSeconds != nil && warned == 0 {
			warned = end - s.at
		}
		if left := end - s.at; left < 15 && s.ExhaustedSeconds == nil {
			t.Errorf("0 to 50/s and again: %.1f s before the end: %s", left, s.Outlook())
		}
	}
	if warned < 20 {
		t.Errorf("0 to 50/s and again: the first warning is %.1f s before the end, want 20 at least", warned)
	}
}

// The rate is of all ports that are taken for long, and a leak takes ports.
func TestTheRateIsWhatIsTaken(t *testing.T) {
	for _, tt := range []struct {
		name  string
		world world
		want  float64
	}{
		{"a leak", world{rate: constant(0), leaks: 5}, 5},
		{"connections that end", world{rate: constant(10)}, 10},
		{"both", world{rate: constant(10), leaks: 5}, 15},
		{"RST gives the port back at once", world{rate: constant(40), open: 0.1, reset: true}, 0},
	} {
		starts := tt.world.starts(40)
		all := tt.world.watched(starts, 40)
		if got := all[len(all)-1].PortsPerSecond; math.Abs(got-tt.want) > 0.5 {
			t.Errorf("%s: PortsPerSecond = %v, want %v", tt.name, got, tt.want)
		}
	}
}
