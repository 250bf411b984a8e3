package message

import (
	"testing"
	"time"
)

func TestManyAgentsSpeakLessOften(t *testing.T) {
	tests := []struct {
		name          string
		agents        int
		interval      time.Duration
		pace, silence time.Duration
		joined        int
	}{
		{"one agent", 1, time.Second, Beat, Lost, 1},
		{"the most that beat as often as two", 2500, time.Second, Beat, Lost, 2},
		{"the most that are seen to be lost as soon", 5000, time.Second, time.Second, Lost, 3},
		{"more are seen later", 10_000, time.Second, 2 * time.Second, 5 * time.Second, 5},
		{"long intervals are told as they are", 10_000, 10 * time.Second, 2 * time.Second, 5 * time.Second, 1},
		{"short ones of a few are, too", 100, 50 * time.Millisecond, Beat, Lost, 1},
		{"short ones of many are not", 1000, 100 * time.Millisecond, Beat, Lost, 5},
		{"an interval of no length", 1000, 0, Beat, Lost, 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pace := Pace(tt.agents)
			if pace != tt.pace || Silence(pace) != tt.silence {
				t.Errorf("Pace(%d) = %v, Silence = %v, want %v, %v", tt.agents, pace, Silence(pace), tt.pace,
					tt.silence)
			}
			if got := Joined(tt.agents, tt.interval); got != tt.joined {
				t.Errorf("Joined(%d, %v) = %d, want %d", tt.agents, tt.interval, got, tt.joined)
			}
		})
	}
}
