package results

import (
	"time"

	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/scenario"
)

// busyEnough is the share of its threads' time that a client must have worked for
// a connection's part of it to say how fast it can be: one that mostly waited has
// costs that do not grow with its connections.
const busyEnough = 0.5

// Client is what the run shows of how fast its client opens connections.
func (r *Run) Client() capacity.Client {
	c := capacity.Client{Search: r.search(), Threads: max(r.Options.Threads, 1), CPUs: r.Environment.CPUs}
	if e, _ := r.Options.Engine.Engine(); e.Client {
		c.Threads = max(r.Environment.CPUs, 1)
	}
	if r.Options.Mode != scenario.ModeShort || r.CPU == nil || r.CPU.PerConnectionUS == nil {
		return c
	}
	if cores := (r.CPU.UserS + r.CPU.SystemS) / r.DurationS; c.Affords(cores / busyEnough) {
		return c
	}
	us := *r.CPU.PerConnectionUS - r.searching()
	if us > 0 {
		c.CPU = time.Duration(us * float64(time.Microsecond))
	}
	return c
}

// Knee is where the client began to search for a port; nil where connecting did not
// become slower, or not for that reason. A program that binds its ports itself has no
// such search.
func (r *Run) Knee() *exhaustion.Knee {
	if r.Exhaustion == nil || !r.Exhaustion.Knee.Searches() || r.Options.PortSelect == scenario.PortSelectWalk {
		return nil
	}
	return &r.Exhaustion.Knee
}

// search is the cost of the search for a port: measured where the run came to its
// knee.
func (r *Run) search() capacity.Search {
	k := r.Knee()
	if k == nil || k.ConnectAfterUS == nil || r.Exhaustion.Elsewhere() != "" {
		return capacity.TypicalSearch()
	}
	us := *k.ConnectAfterUS
	return capacity.Search{
		Ports: r.Prediction.Ports, Connect: time.Duration(us * float64(time.Microsecond)), Measured: true,
	}
}

// searching is how long connect(2) took beyond what it does below the knee, the
// mean over all connections in microseconds.
func (r *Run) searching() float64 {
	k := r.Knee()
	if k == nil || k.ConnectBeforeUS == nil {
		return 0
	}
	var sum float64
	var last int64
	for _, p := range r.ConnectCost {
		sum += p.CallUS * float64(p.AfterConnections-last)
		last = p.AfterConnections
	}
	if last == 0 {
		return 0
	}
	return max(sum/float64(last)-*k.ConnectBeforeUS, 0)
}
