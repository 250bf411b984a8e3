package cell

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// percent is the one in force; setting it to learn it would undo what is set meanwhile.
func percent() int {
	one := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(one)
	return int(one[0].Value.Uint64())
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
