package metrics

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

func TestAStallIsTimeThatIsNeitherSleepNorCPUTime(t *testing.T) {
	tests := []struct {
		name               string
		took, sleep, spent time.Duration
		want               time.Duration
	}{
		{"a round of work", 50 * time.Microsecond, 10 * ms, 50 * time.Microsecond, 0},
		{"a round that slept to its end", 10 * ms, 10 * ms, 0, 0},
		{"a search through every port", 280 * ms, 10 * ms, 275 * ms, 0},
		{"preempted for a moment", 15 * ms, 10 * ms, 0, 0},
		{"stopped for a moment", 28 * ms, 10 * ms, 0, 28 * ms},
		{"stopped", 2 * time.Second, 10 * ms, 0, 2 * time.Second},
		{"a server that answers after the last moment of a sleep", 35 * ms, 35 * ms, 0, 0},
		{"stopped with no leave to sleep", 30 * ms, 0, ms, 29 * ms},
		{"stopped in a long search", 300 * ms, 0, 270 * ms, 30 * ms},
		{"just not long enough", StallLimit - 1, 0, 0, 0},
		{"just long enough", StallLimit, 0, 0, StallLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var cpu time.Duration
			w := NewStallWatch(0, func() time.Duration { return cpu })
			cpu += tt.spent
			if got := w.Round(tt.took, tt.sleep); got != tt.want {
				t.Errorf("Round(%v, %v) with %v of CPU time = %v, want %v", tt.took, tt.sleep, tt.spent, got, tt.want)
			}
		})
	}
}

// Whatever rounds there are, a stall is found to the CPU time of the rounds
// before it, and where there is none, none is.
func TestStallsAreFoundAndNoneIsMadeUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var now, cpu time.Duration
		w := NewStallWatch(0, func() time.Duration { return cpu })
		for range rapid.IntRange(1, 200).Draw(t, "rounds") {
			draw := func(label string, most time.Duration) time.Duration {
				return time.Duration(rapid.Int64Range(0, int64(most)).Draw(t, label))
			}
			sleep := draw("may sleep", 10*ms)
			slept, work := draw("slept", sleep), draw("worked", 5*ms)
			var stall time.Duration
			if rapid.Bool().Draw(t, "stalls") {
				stall = draw("stalled", 3*time.Second)
			}
			now += slept + work + stall
			cpu += work
			got := w.Round(now, sleep)
			if got > stall+sleep || got > 0 && stall == 0 || got == 0 && stall >= StallLimit+sleep/2+cpuAge ||
				got > 0 && got < stall-5*ms-cpuAge {
				t.Fatalf("Round() = %v, where it stalled for %v, may sleep for %v and did for %v", got, stall,
					sleep, slept)
			}
		}
	})
}

func TestStallsOfTwoWorkersAreAdded(t *testing.T) {
	a, b := NewBareRecorder(), NewBareRecorder()
	a.Stalled(30*ms, 30*ms, 0, 0)
	b.Stalled(70*ms, 70*ms, 0, 70*ms)
	b.Stalled(50*ms, 50*ms, 0, 50*ms)
	a.Merge(b)
	want := Stalls{Count: 3, Total: 150 * ms, After: 30 * ms,
		Lengths: [KeptStalls]time.Duration{70 * ms, 50 * ms, 30 * ms}}
	if a.Stalls != want || a.Stalls.Longest() != 70*ms {
		t.Errorf("merged: %+v, want %+v", a.Stalls, want)
	}
}

func TestAStallCountsFromTheWarmUpOn(t *testing.T) {
	tests := []struct {
		name         string
		ended, took  time.Duration
		count        int64
		total, after time.Duration
	}{
		{"within the warm-up", 800 * ms, 300 * ms, 0, 0, 0},
		{"over its end", 1700 * ms, 1200 * ms, 1, 700 * ms, 0},
		{"while load is offered", 2900 * ms, 400 * ms, 1, 400 * ms, 0},
		{"over the end of the load", 3300 * ms, 900 * ms, 1, 900 * ms, 300 * ms},
		{"after it", 3900 * ms, 600 * ms, 1, 600 * ms, 600 * ms},
		{"longer than all of the run", 3500 * ms, 3500 * ms, 1, 2500 * ms, 500 * ms},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := NewBareRecorder()
			r.Stalled(tt.ended, tt.took, time.Second, 3*time.Second)
			if s := r.Stalls; s.Count != tt.count || s.Total != tt.total || s.After != tt.after {
				t.Errorf("%d stalls, %v, %v of it after the load; want %d, %v and %v", s.Count, s.Total, s.After,
					tt.count, tt.total, tt.after)
			}
		})
	}
}

func BenchmarkStallWatchRound(b *testing.B) {
	var now time.Duration
	w := NewStallWatch(0, func() time.Duration { return 0 })
	for b.Loop() {
		now += 20 * time.Microsecond
		w.Round(now, 10*ms)
	}
}
