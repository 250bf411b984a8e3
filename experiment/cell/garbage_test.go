package cell

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// percent is the one in force.
func percent() int {
	p := debug.SetGCPercent(100)
	debug.SetGCPercent(p)
	return p
}

func TestOnlyTheFirstCollectionIsPutOff(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	collectLater()
	if got := percent(); got != 800 {
		t.Errorf("before the first collection the percentage is %d, want 800, which is of 32 MB", got)
	}
	runtime.GC()
	for end := time.Now().Add(5 * time.Second); percent() != 100; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after a collection the percentage is %d, want 100", percent())
		}
	}
	debug.SetGCPercent(150)
	collectLater()
	if got := percent(); got != 150 {
		t.Errorf("where GOGC is 150 the percentage is %d, want that", got)
	}
}
