package sys_test

import (
	"slices"
	"testing"
	"time"

	"tcpbench/internal/sys"
)

func TestAnAlarmIsNeverEarlyAndMostlyOnTime(t *testing.T) {
	a, err := sys.NewAlarm()
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for _, d := range []time.Duration{-time.Second, 0, 1, 50 * time.Microsecond, 300 * time.Microsecond,
		5 * time.Millisecond} {
		var late []time.Duration
		for range 21 {
			began := time.Now()
			a.Wait(d)
			took := time.Since(began)
			if took < d {
				t.Errorf("Wait(%v) took %v, want no less", d, took)
			}
			late = append(late, took-max(d, 0))
		}
		slices.Sort(late)
		if median := late[len(late)/2]; median > 900*time.Microsecond { // Go's timers miss by 1 ms
			t.Errorf("Wait(%v) was %v late in the median, want well below 1ms", d, median)
		}
	}
}
