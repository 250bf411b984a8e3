package fleet

import (
	"context"
	"time"

	"tcpbench/experiment/fleet/message"
)

// Listed is an agent that there is.
type Listed struct {
	Name   string
	Status message.Status
	// Unfit is why it cannot be in a fleet now; nil where it can.
	Unfit error
}

// List is every agent that says something within a time.
func List(ctx context.Context, line Line, within time.Duration) ([]Listed, error) {
	f, err := newFleet(Options{Line: line})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	f.await(ctx, within, func() bool { return false })
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Listed
	for _, p := range f.byName() {
		one := Listed{Name: p.name, Unfit: p.unfit()}
		if p.status != nil {
			one.Status = *p.status
		}
		out = append(out, one)
	}
	return out, ctx.Err()
}
