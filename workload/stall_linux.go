package workload

import (
	"sync"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
)

// stallRound is how often a process is looked at that does not work in rounds.
const stallRound = 10 * time.Millisecond

// watchStalls finds the stalls of the whole process, where connections belong to
// an HTTP library and so to goroutines: the worker's own rounds show them
// elsewhere. The function that it returns ends it, and waits for that.
func (r *run) watchStalls() func() {
	if e, _ := r.options.Engine.Engine(); !e.Client {
		return func() {}
	}
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { r.stallRounds(done) })
	return sync.OnceFunc(func() { close(done); watching.Wait() })
}

func (r *run) stallRounds(done <-chan struct{}) {
	now := func() time.Duration { return time.Since(r.control.Start) }
	rounds := time.NewTicker(stallRound)
	defer rounds.Stop()
	watch := metrics.NewStallWatch(now(), processCPU)
	for {
		select {
		case <-done:
			return
		case <-rounds.C:
		}
		at := now()
		if d := watch.Round(at, stallRound); d > 0 {
			r.stalls.Stalled(at, d, r.options.Warmup, r.control.Offered())
		}
	}
}

func processCPU() time.Duration {
	user, system := sys.ProcessUsage()
	return user + system
}
