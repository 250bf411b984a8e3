package cell

import (
	"testing"
	"time"

	"tcpbench/internal/procsched"
)

// What another thread could have is what no thread of any program has: waiting for a
// processor, and looking for work instead of sleeping, take none from it.
func TestProcessorsThatAreFree(t *testing.T) {
	start := time.Now()
	c := &processors{start: start,
		first: map[string]procsched.Threads{"client": {"1": {Ran: time.Hour}}, "server": {}},
		last: map[string]reading{
			"client": {procsched.Threads{"1": {Ran: time.Hour + 9*time.Second, Waited: time.Second},
				"2": {Ran: 4 * time.Second}}, start.Add(10 * time.Second)},
			"server": {procsched.Threads{"7": {Ran: 8 * time.Second, Spun: 6 * time.Second}},
				start.Add(10 * time.Second)},
			"link": {procsched.Threads{"9": {Ran: time.Minute}}, start.Add(10 * time.Second)}, // since when is unknown
		}}
	for cpus, want := range map[int]float64{4: 2.5, 2: 0.5, 1: 0} {
		if got := c.idle(cpus); got < want-0.001 || got > want+0.001 {
			t.Errorf("idle(%d) = %v, want %v", cpus, got, want)
		}
	}
}
