package compare

import (
	"fmt"

	"tcpbench/metrics"
	"tcpbench/results"
)

// merged is a run that has the latencies of all of runs together, and nothing
// else. A phase that none of them has is absent.
func merged(runs []*results.Run) (*results.Run, error) {
	l, err := results.NewLatency(func(phase string) (*metrics.Summary, error) {
		h, err := mergedPhase(runs, phase)
		return metrics.Summarize(h), err
	})
	return &results.Run{Latency: l}, err
}

// mergedPhase is the histogram of a phase of all runs; nil when none has it.
func mergedPhase(runs []*results.Run, phase string) (*metrics.Histogram, error) {
	var all *metrics.Histogram
	for n, r := range runs {
		s := r.Latency.Phase(phase)
		if s == nil || s.Count == 0 {
			continue
		}
		h, err := s.Histogram()
		if err != nil {
			return nil, fmt.Errorf("run %d of %d: %w", n+1, len(runs), err)
		}
		if all == nil {
			all = h
			continue
		}
		all.Merge(h)
	}
	return all, nil
}
