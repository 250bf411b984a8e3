package engine

import (
	"net/netip"
	"syscall"
	"testing"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
	"tcpbench/scenario"
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

// granting is a kernel that has a port for whoever asks.
type granting struct{ driver }

func (granting) socket(int32) metrics.Failure              { return metrics.Failure{} }
func (granting) connect(int32, *sys.Address) syscall.Errno { return 0 }
func (granting) start(int32)                               {}

// A worker may take its number, and stand still; another one that begins to connect while a
// third finds no port gets that port. It was there before, and counts.
func TestAPortThatIsTakenAsAnotherWorkerFindsNoneWasThereBefore(t *testing.T) {
	plan := &Plan{Mode: scenario.ModeShort, Timeout: time.Minute,
		Destinations: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}}
	c := NewControl(plan, time.Now())
	c.End, c.OnExhausted = Forever, scenario.OnExhaustedStop
	w, err := newWorker(Task{Plan: plan, Control: c, Concurrency: 2, Interval: time.Hour,
		Recorder: metrics.NewRecorder()})
	if err != nil {
		t.Fatal(err)
	}
	w.driver = granting{}
	if w.halted() {
		t.Fatal("halted() before ports ran out")
	}
	c.exhaust(Exhaustion{At: w.now()}) // by another worker
	if _, ok := w.open(0, w.now()); !ok {
		t.Fatal("open() = false of a worker that knew of no failure")
	}
	if !w.halted() {
		t.Error("halted() = false once ports had run out")
	}
	if n := w.Recorder.ObtainedAtExhaustion; n != 1 {
		t.Errorf("obtained before the first failure = %d, want 1", n)
	}
}
