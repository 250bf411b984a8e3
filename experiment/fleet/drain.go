package fleet

import (
	"context"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// What ports get to become free that earlier runs of the fleet took: a TIME_WAIT, and a
// little. A few that stay open must not hold up every run.
const (
	drainTime = capacity.TimeWait + 5*time.Second
	drainPoll = 500 * time.Millisecond
	fewPorts  = 0.01
)

// drain waits until the ports are free that earlier runs of this fleet took, for as long as
// that may take; whoever still has fewer says so in its result.
func (m *measurement) drain(ctx context.Context) error {
	m.mu.Lock()
	first := len(m.runs) == 0
	m.mu.Unlock()
	if first || m.whole.Lab() {
		return nil
	}
	told := false
	for end := time.Now().Add(drainTime); time.Now().Before(end); {
		held, law, err := m.Held(ctx, m.whole)
		if err != nil {
			return err
		}
		all := law.ConnectionsUntilExhaustion
		if !law.Exhausts() || float64(held) <= fewPorts*float64(all) {
			return nil
		}
		if !told {
			told = true
			m.tell("waiting up to %v for ports: %d of %s are held by the run before", drainTime, held,
				figure.Plural(all, "port"))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(drainPoll):
		}
	}
	return nil
}
