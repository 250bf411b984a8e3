package machine

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestTheMonotonicClockIsThatOfTheHost(t *testing.T) {
	before, err := Monotonic()
	if err != nil {
		t.Fatal(err)
	}
	// Seconds since the boot, of another process.
	out, err := exec.Command("cut", "-d", " ", "-f1", "/proc/uptime").Output()
	if err != nil {
		t.Fatal(err)
	}
	up, err := time.ParseDuration(strings.TrimSpace(string(out)) + "s")
	after, _ := Monotonic()
	const rounding = 10 * time.Millisecond
	if err != nil || up < before-rounding || up > after+rounding {
		t.Errorf("Monotonic() = %v, then %v; another process sees %v, %v", before, after, up, err)
	}
}

// A thread that waits for a processor between two readings tells a time that is off by the wait.
func TestAReadingIsATimeAndTheTimeThatReading(t *testing.T) {
	for range 1000 {
		before, _ := Monotonic()
		now := time.Now()
		after, _ := Monotonic()
		const bound = time.Millisecond // ten attempts that all wait are none
		if got, err := Reading(now); err != nil || got < before-bound || got > after+bound {
			t.Fatalf("Reading(now) = %v, %v, want %v to %v", got, err, before, after)
		}
		at, err := Time(after)
		if d := at.Sub(now); err != nil || d < -bound || d > after-before+bound {
			t.Fatalf("Time(after) = now + %v, %v, want 0 to %v", d, err, after-before)
		}
	}
}
