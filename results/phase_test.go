package results_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"tcpbench/metrics"
	"tcpbench/results"
)

// A latency that is added to a result cannot be forgotten in the list of phases.
func TestPhasesAreTheFieldsOfALatency(t *testing.T) {
	var want []string
	for f := range reflect.TypeFor[results.Latency]().Fields() {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		want = append(want, key)
	}
	if got := results.PhaseKeys(); !slices.Equal(slices.Sorted(slices.Values(got)),
		slices.Sorted(slices.Values(want))) {
		t.Errorf("PhaseKeys() = %v, want the fields %v", got, want)
	}
	recorder := metrics.NewRecorder()
	for _, key := range results.PhaseKeys() {
		if recorder.Phase(key) == nil {
			t.Errorf("a recorder keeps no latency %q", key)
		}
	}
	l, err := results.NewLatency(func(key string) (*metrics.Summary, error) {
		return &metrics.Summary{HDR: key}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for f, v := range reflect.ValueOf(l).Fields() {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if got := v.Interface().(*metrics.Summary); got == nil || got.HDR != key || l.Phase(key) != got {
			t.Errorf("%s = %+v and Phase(%q) = %+v, want one summary, made for that phase", f.Name, got,
				key, l.Phase(key))
		}
	}
}
