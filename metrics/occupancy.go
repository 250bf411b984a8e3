package metrics

import "time"

// SlowConnect is from when on a connect counts as slow where SYNs are dropped for lack of a
// port: one that is sent again is so after 1 s.
const SlowConnect = 500 * time.Millisecond

// Occupancy counts connects by how much of some ports was in use when each began: in
// hundredths, the last for all of them.
type Occupancy [101]Level

// Level are the connects that began at one of them.
type Level struct {
	// Connects counts those that ended, or had not after SlowConnect, and Slow those of them
	// that took SlowConnect or longer, or failed after it.
	Connects, Slow int64
}

// Add counts a connect that began when so many of the ports were in use and took so long.
func (o *Occupancy) Add(inUse, ports int64, took time.Duration) {
	l := &o[min(max(100*inUse/ports, 0), 100)]
	l.Connects++
	if took >= SlowConnect {
		l.Slow++
	}
}

func (o *Occupancy) merge(p *Occupancy) {
	for i, l := range p {
		o[i].Connects += l.Connects
		o[i].Slow += l.Slow
	}
}
