package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tcpbench/experiment/fleet/clock"
	"tcpbench/experiment/fleet/message"
)

// How often an agent's clock is asked, and how far apart.
const (
	pings     = 16
	fewest    = 8
	pingEvery = 10 * time.Millisecond
	pingWait  = 2 * time.Second
	// mostPings is how many may be without an answer: each waits for those before it, which
	// would be in its round trip.
	mostPings = 32
)

// clocks measures the offset to the clock of each member that is not lost.
func (f *Fleet) clocks(ctx context.Context) (map[string]clock.Offset, error) {
	f.mu.Lock()
	for _, p := range f.members {
		clear(p.asked)
		p.pings = nil
	}
	f.unanswered = 0
	members := f.present()
	f.mu.Unlock()
	for range pings {
		for _, p := range members {
			f.await(ctx, pingWait, func() bool { return f.unanswered < mostPings })
			f.ping(p)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pingEvery):
		}
	}
	f.await(ctx, pingWait, func() bool { return f.answered(members, pings) })
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]clock.Offset{}
	var errs []error
	for _, p := range members {
		o, ok := clock.Of(p.pings)
		if !ok || o.Pings < fewest {
			errs = append(errs, fmt.Errorf("agent %s: it answered %d of %d pings", p.name, len(p.pings), pings))
			continue
		}
		out[p.name] = o
	}
	return out, errors.Join(errs...)
}

// ping asks an agent for its time.
func (f *Fleet) ping(p *peer) {
	f.mu.Lock()
	f.pings++
	n := f.pings
	f.unanswered++
	p.asked[n] = f.now()
	f.mu.Unlock()
	f.order(p.name, message.Order{Ping: n})
}

// answered reports whether each has answered so many pings. With the lock held.
func (f *Fleet) answered(members []*peer, n int) bool {
	for _, p := range members {
		if len(p.pings) < n && p.lost == nil {
			return false
		}
	}
	return true
}

// present are the members that are not lost. With the lock held.
func (f *Fleet) present() []*peer {
	var out []*peer
	for _, p := range f.members {
		if p.lost == nil {
			out = append(out, p)
		}
	}
	return out
}
