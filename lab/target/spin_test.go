package target

import (
	"testing"
	"time"
)

// waits plays a thread whose nth wait for an event takes gap(n), and returns for how long
// it looked in vain, and how many of the waits ended while it looked.
func waits(s *spin, n int, gap func(int) time.Duration) (inVain time.Duration, met int) {
	now := time.Duration(0)
	for i := range n {
		g := gap(i)
		switch w := s.window(now); {
		case w == 0:
		case g < w:
			s.found(g)
			met++
		default:
			s.missed()
			inVain += w
		}
		now += g
	}
	return inVain, met
}

func TestAThreadSpinsWhereThatIsOfUse(t *testing.T) {
	const us, second = time.Microsecond, time.Second
	always := func(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }
	// A connection's first events, and the client's close soon after.
	short := func(between time.Duration) func(int) time.Duration {
		return func(i int) time.Duration { return []time.Duration{between, 15 * us}[i%2] }
	}
	often := func(i int) time.Duration { // 19 of 20 are near
		if i%20 == 19 {
			return 300 * us
		}
		return 10 * us
	}
	tests := []struct {
		name      string
		gap       func(int) time.Duration
		waits     int
		mostVain  float64 // of the time
		leastMet  float64 // of the waits
		mostMet   float64
		neverSpin bool
	}{
		{"many events, near each other", always(8 * us), 100_000, 0, 0.99, 1, false},
		{"events that are just within reach", always(19 * us), 100_000, 0, 0.99, 1, false},
		{"now and then a longer wait", often, 100_000, 0.2, 0.85, 1, false},
		{"500 requests a second", always(2 * time.Millisecond), 1000, 0.001, 0, 0, false},
		{"500 connections a second", short(2 * time.Millisecond), 1000, 0.001, 0, 0.05, false},
		{"5000 connections a second", short(200 * us), 10_000, 0.01, 0, 0.05, false},
		{"nothing for long", always(second), 100, 0.001, 0, 0, false},
		{"no processor to spare", always(8 * us), 1000, 0, 0, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &spin{on: !tt.neverSpin}
			inVain, met := waits(s, tt.waits, tt.gap)
			all := time.Duration(0)
			for i := range tt.waits {
				all += tt.gap(i)
			}
			if share := inVain.Seconds() / all.Seconds(); share > tt.mostVain {
				t.Errorf("it looked in vain for %.4f of the time, want %.4f at most", share, tt.mostVain)
			}
			if share := float64(met) / float64(tt.waits); share < tt.leastMet || share > tt.mostMet {
				t.Errorf("it met %.3f of the events awake, want %.2f to %.2f", share, tt.leastMet, tt.mostMet)
			}
		})
	}
}

func TestAWindowIsOf20To50Microseconds(t *testing.T) {
	for _, tt := range []struct{ gap, want time.Duration }{
		{time.Microsecond, spinLeast}, {4 * time.Microsecond, 32 * time.Microsecond},
		{30 * time.Microsecond, spinMost},
	} {
		s := &spin{on: true}
		for range 1000 {
			s.found(tt.gap)
		}
		if got := s.window(0); (got - tt.want).Abs() > time.Microsecond {
			t.Errorf("after events that came within %v the window is %v, want %v", tt.gap, got, tt.want)
		}
	}
}

// Load that comes back is noticed soon: within a hundred waits.
func TestAThreadSpinsAgainWhenLoadComesBack(t *testing.T) {
	s := &spin{on: true}
	waits(s, 1000, func(int) time.Duration { return time.Millisecond })
	if _, met := waits(s, 200, func(int) time.Duration { return 5 * time.Microsecond }); met < 100 {
		t.Errorf("it met %d of 200 events awake after a quiet time, want 100 or more", met)
	}
}

func TestAThreadThatWasPreemptedLeavesItsProcessor(t *testing.T) {
	s := &spin{on: true}
	for range 10 {
		s.found(time.Microsecond)
	}
	const gone = 3 * time.Millisecond
	s.preempted(time.Second, gone)
	for _, tt := range []struct {
		now   time.Duration
		looks bool
	}{
		{time.Second, false}, {time.Second + 15*gone, false}, {time.Second + 17*gone, true},
	} {
		if got := s.window(tt.now) > 0; got != tt.looks {
			t.Errorf("at %v it looks: %t, want %t", tt.now, got, tt.looks)
		}
	}
	s.preempted(time.Hour, time.Hour) // a machine that slept
	if s.window(time.Hour+leaveMost) == 0 {
		t.Errorf("it does not look again %v after it was gone for an hour", leaveMost)
	}
}
