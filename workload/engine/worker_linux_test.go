package engine

import (
	"testing"
	"time"
)

// waiting is a worker with one connection that failed a moment ago, and one that waits
// for its answer, of a run that may begin so many more.
func waiting(more int64) *worker {
	c := &Control{Start: time.Now(), End: Forever, Limit: 2 + more}
	c.begun.Store(2)
	w := &worker{
		Task:  Task{Control: c, Plan: &Plan{Timeout: time.Minute}},
		conns: make([]conn, 2), timed: newList(), rested: newList(), ready: newList(), nextCut: Forever,
	}
	w.rest(0, -time.Second)
	w.wait(1, w.now())
	return w
}

func TestAFailedConnectionIsWaitedForOnlyWhileMoreAreToBegin(t *testing.T) {
	if d := waiting(1).patience(); d != 0 {
		t.Errorf("patience() = %v with a connection to begin, want 0", d)
	}
	if d := waiting(0).patience(); d != longestWait {
		t.Errorf("patience() = %v with none to begin, want %v: the rest of the answers is waited for", d, longestWait)
	}
}
