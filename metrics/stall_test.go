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
		{"preempted for a moment", 25 * ms, 10 * ms, 0, 0},
		{"stopped", 2 * time.Second, 10 * ms, 0, 1990 * ms},
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
			if got > stall || got == 0 && stall >= StallLimit+2*10*ms || got > 0 && got < stall-2*10*ms {
				t.Fatalf("Round() = %v, where it stalled for %v, may sleep for %v and did for %v", got, stall,
					sleep, slept)
			}
		}
	})
}

func TestStallsOfTwoWorkersAreAdded(t *testing.T) {
	a, b := NewBareRecorder(), NewBareRecorder()
	a.Stalled(30 * ms)
	b.Stalled(70 * ms)
	b.Stalled(50 * ms)
	a.Merge(b)
	if want := (Stalls{Count: 3, Total: 150 * ms, Longest: 70 * ms}); a.Stalls != want {
		t.Errorf("merged: %+v, want %+v", a.Stalls, want)
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
