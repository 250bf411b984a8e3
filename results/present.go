package results

import (
	"fmt"
	"slices"

	"tcpbench/metrics"
)

// present refuses a result that lacks a figure which every run has: it would be
// read as 0, and 0 failures of 1000 keep any limit.
func present(data []byte) error {
	var file struct {
		DurationS *float64 `json:"duration_s"`
		Program   *Program `json:"program"`
		Targets   []string `json:"targets"`
		Totals    struct {
			Attempted *int64 `json:"attempted"`
			Succeeded *int64 `json:"succeeded"`
			Failed    *int64 `json:"failed"`
		} `json:"totals"`
		Rates struct {
			ConnectionsPerSecond *float64 `json:"connections_per_second"`
			RequestsPerSecond    *float64 `json:"requests_per_second"`
		} `json:"rates"`
	}
	if err := unmarshal(data, &file); err != nil {
		return err
	}
	uncounted := file.Program != nil && portless(file.Targets)
	for _, f := range []struct {
		name   string
		absent bool
	}{
		{"duration_s", file.DurationS == nil},
		{"totals.attempted", file.Totals.Attempted == nil && !uncounted},
		{"totals.succeeded", file.Totals.Succeeded == nil && !uncounted},
		{"totals.failed", file.Totals.Failed == nil && !uncounted},
		{"rates.connections_per_second", file.Rates.ConnectionsPerSecond == nil && !uncounted},
		{"rates.requests_per_second", file.Rates.RequestsPerSecond == nil && file.Program == nil},
	} {
		if f.absent {
			return fmt.Errorf("not a result: it has no %s", f.name)
		}
	}
	return nil
}

// inOrder refuses latencies of which a higher percentile is below a lower one, as one
// that is not there would be.
func inOrder(r *Run) error {
	for _, key := range PhaseKeys() {
		if s := r.Latency.Phase(key); s != nil && s.Count > 0 && !rises(s) {
			return fmt.Errorf("not a result: latency.%s has a percentile that is below a lower one, or none", key)
		}
	}
	return nil
}

// rises allows for a percentile that is rounded up to its bucket.
func rises(s *metrics.Summary) bool {
	all := []float64{s.MinUS, s.P50US, s.P90US, s.P99US, s.P999US, s.MaxUS * 1.01}
	return s.MaxUS > 0 && s.MeanUS*1.01 >= s.MinUS && s.MeanUS <= s.MaxUS*1.01 && slices.IsSorted(all)
}
