package exhaustion

import "tcpbench/metrics"

// Use is what connections are for: it decides what a run is reported in.
type Use int

// The uses. The zero one is a request a connection.
const (
	OneRequest Use = iota
	ManyRequests
	Held
)

// Plan is what an open loop was to start. Starts are those of connections, or
// of requests where a connection carries many.
type Plan struct {
	// From and To are the rates at the beginning and the end, per second.
	From, To float64
	// Random tells that the gaps between starts are drawn: they come in crowds.
	Random bool
	// Planned counts the starts planned, Started those that took place.
	Planned, Started int64
	// Waited counts starts for which no connection was free.
	Waited int64
	// Behind is by how many seconds more answers took for each second that they were
	// planned later.
	Behind float64
}

// kept reports whether there is a plan, of which as good as all starts took place.
func (p *Plan) kept() bool {
	return p != nil && p.Planned > 0 && metrics.AllStarted(p.Started, p.Planned)
}

// few reports whether n of the starts are so few that they hold up no others.
func (p *Plan) few(n int64) bool { return float64(n) <= fewStarts*float64(p.Started) }

// Cut is what became of connections that were held when their link was cut.
type Cut struct {
	// AtSeconds is when, from the start of the run, its warm-up included.
	AtSeconds float64
	// Dead counts those that were reported dead: half of them within
	// HalfSeconds of the cut, the last after LastSeconds.
	Dead                     int64
	HalfSeconds, LastSeconds float64
}
