package results_test

import (
	"bytes"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"testing"
)

// encode returns r as a result file has it.
func encode(t testing.TB, r *results.Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := results.Encode(&b, r); err != nil {
		t.Fatalf("Encode() = %v, want no error", err)
	}
	return b.Bytes()
}

func TestRunSucceeded(t *testing.T) {
	exhausted := &exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true}
	tests := []struct {
		name      string
		succeeded int64
		finding   *exhaustion.Finding
		want      bool
	}{
		{"a connection succeeded", 1, nil, true},
		{"none succeeded and ports were not asked about", 0, nil, false},
		{"none succeeded for lack of a port, which is a result", 0, exhausted, true},
		{"none succeeded for another reason", 0, &exhaustion.Finding{Outcome: exhaustion.Undecided}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &results.Run{Totals: results.Totals{Counts: metrics.Counts{Succeeded: tt.succeeded}},
				Exhaustion: tt.finding}
			if got := r.Succeeded(); got != tt.want {
				t.Errorf("Run{%d succeeded, %+v}.Succeeded() = %t, want %t", tt.succeeded, tt.finding, got, tt.want)
			}
		})
	}
}

func TestSamplesAreOfTheIntervalsThatHavePorts(t *testing.T) {
	r := &results.Run{Intervals: []results.Interval{
		{Obtained: 100},
		{Obtained: 50, PortsInUse: new(150), PortsCapacity: new(1000)},
		{Obtained: 20, PortsInUse: new(170)},
		{Obtained: 30, PortsInUse: new(0), PortsCapacity: new(1000)},
	}}
	want := []exhaustion.Sample{{Connections: 150, InUse: 150, Capacity: 1000}, {Connections: 200, Capacity: 1000}}
	got := r.Samples()
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("Samples() = %v, want %v", got, want)
	}
}
