package compare

import (
	"fmt"
	"reflect"

	"tcpbench/metrics"
	"tcpbench/results"
)

// merged is a run that has the latencies of all of runs together, and nothing
// else. A phase that none of them has is absent.
func merged(runs []*results.Run) (*results.Run, error) {
	out := &results.Run{}
	phases := reflect.ValueOf(&out.Latency).Elem()
	// Over the fields, so that a phase which is added cannot be forgotten here.
	for i := range phases.NumField() {
		all, err := mergedPhase(runs, i)
		if err != nil {
			return nil, fmt.Errorf("%s latency: %w", phases.Type().Field(i).Name, err)
		}
		phases.Field(i).Set(reflect.ValueOf(metrics.Summarize(all)))
	}
	return out, nil
}

// mergedPhase is the histogram of field i of every run's latency; nil when
// none has it.
func mergedPhase(runs []*results.Run, i int) (*metrics.Histogram, error) {
	var all *metrics.Histogram
	for n, r := range runs {
		s := reflect.ValueOf(r.Latency).Field(i).Interface().(*metrics.Summary)
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
