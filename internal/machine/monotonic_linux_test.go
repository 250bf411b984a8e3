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
