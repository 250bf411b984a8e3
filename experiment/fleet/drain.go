package fleet

import (
	"context"

	"tcpbench/experiment/cell"
	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// drain waits until the ports are free that earlier runs of this fleet took, for as long as
// that may take; whoever still has fewer says so in its result. It does not where the caller
// has asked for them, by [Fleet.Held], and so waits by itself.
func (m *measurement) drain(ctx context.Context) error {
	m.mu.Lock()
	took := m.took
	m.mu.Unlock()
	if !took || m.whole.Lab() {
		return nil
	}
	matters := func(held int, law capacity.Prediction) bool { return !cell.FewPorts(held, law) }
	_, err := cell.Drain(ctx, m.held, matters, func(held int, law capacity.Prediction) {
		m.tell("waiting up to %v for ports: %d of %s are held by the run before", cell.DrainTime, held,
			figure.Plural(law.ConnectionsUntilExhaustion, "port"))
	})
	return err
}
