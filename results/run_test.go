package results_test

import (
	"bytes"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
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
		until     scenario.Until
		finding   *exhaustion.Finding
		want      bool
	}{
		{"a connection succeeded", 1, scenario.UntilDuration, nil, true},
		{"none succeeded and ports were not asked about", 0, scenario.UntilDuration, nil, false},
		{"none succeeded for lack of a port, which is a result", 0, scenario.UntilExhausted, exhausted, true},
		{"none succeeded for lack of a port, which nobody asked for", 0, scenario.UntilDuration, exhausted, false},
		{"some succeeded before ports ran out, which nobody asked for", 3, scenario.UntilDuration, exhausted, true},
		{"none succeeded for another reason", 0, scenario.UntilExhausted,
			&exhaustion.Finding{Outcome: exhaustion.Undecided}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &results.Run{Totals: results.Totals{Counts: metrics.Counts{Succeeded: tt.succeeded}},
				Exhaustion: tt.finding}
			r.Options.Until = tt.until
			if got := r.Succeeded(); got != tt.want {
				t.Errorf("Run{%d succeeded, until %s, %+v}.Succeeded() = %t, want %t", tt.succeeded, tt.until,
					tt.finding, got, tt.want)
			}
		})
	}
}

func TestSamplesAreOfTheIntervalsThatHavePorts(t *testing.T) {
	r := &results.Run{Intervals: []results.Interval{
		{Obtained: 100},
		{Obtained: 50, PortsInUse: new(150), PortsCapacity: new(1000)},
		{Obtained: 20, PortsInUse: new(170)},
		{Obtained: 30, PortsInUse: new(0), PortsCapacity: new(1000), Merged: 3,
			Least: &metrics.Figures{PortsInUse: new(0)}, Most: &metrics.Figures{PortsInUse: new(600)}},
	}}
	want := []exhaustion.Sample{{Connections: 150, InUse: 150, Most: 150, Capacity: 1000},
		{Connections: 200, Most: 600, Capacity: 1000}}
	got := r.Samples()
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("Samples() = %v, want %v", got, want)
	}
}

// A server that was to refuse every request, and did, is a result.
func TestARunWhoseServerIsToRefuseWorksWhereItDid(t *testing.T) {
	for _, tt := range []struct {
		close  scenario.ServerClose
		failed int64
		want   bool
	}{
		{scenario.ServerCloseUnread, 20, true},
		{scenario.ServerCloseUnanswered, 1, true},
		{scenario.ServerCloseUnread, 0, false},
		{scenario.ServerCloseEOF, 20, false},
	} {
		r := &results.Run{Options: scenario.DefaultWorkload()}
		r.Options.ServerClose, r.Totals.Failed = tt.close, tt.failed
		if r.Worked() != tt.want || r.Succeeded() != tt.want {
			t.Errorf("server-close %s, %d failed: Worked(), Succeeded() = %t, %t, want %t", tt.close, tt.failed,
				r.Worked(), r.Succeeded(), tt.want)
		}
		// A program that is refused says so by its exit status.
		r.Program, r.Totals.Failed, r.Totals.Succeeded = &results.Program{ExitStatus: new(52)}, 0, tt.failed
		if r.Worked() != tt.want {
			t.Errorf("server-close %s, a program of %d connections that ends with status 52: Worked() = %t, want %t",
				tt.close, tt.failed, r.Worked(), tt.want)
		}
	}
}

func TestARunWhoseEveryAnswerIsAnErrorFails(t *testing.T) {
	tests := []struct {
		name    string
		status  map[string]int64
		refused bool
	}{
		{"no HTTP", nil, false},
		{"all are served", map[string]int64{"200": 30, "304": 3}, false},
		{"one is served", map[string]int64{"200": 1, "502": 32}, false},
		{"one is refused", map[string]int64{"404": 1, "301": 32}, false},
		{"none is served", map[string]int64{"404": 20, "503": 13}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &results.Run{Totals: results.Totals{Status: tt.status}}
			r.Totals.Succeeded, r.Totals.Requests = 33, 33
			if r.OnlyErrors() != tt.refused || r.Succeeded() == tt.refused || !r.Worked() {
				t.Errorf("OnlyErrors(), Succeeded(), Worked() = %t, %t, %t, want %t, %t, true", r.OnlyErrors(),
					r.Succeeded(), r.Worked(), tt.refused, !tt.refused)
			}
		})
	}
}

func TestHeldByTurns(t *testing.T) {
	tests := []struct {
		name      string
		attempted int64
		slowestUS float64
		late      bool
		want      bool
	}{
		{"all at the start", 80, 9000, false, false},
		{"at planned times", 80, 9000, true, true},
		{"one after another had failed", 81, 9000, false, true},
		{"one whose connect took a second of six", 80, 1e6, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r results.Run
			r.DurationS, r.Totals.Attempted = 6, tt.attempted
			r.Latency.Connect = &metrics.Summary{Count: 80, MaxUS: tt.slowestUS}
			if tt.late {
				r.Lateness = &results.Lateness{}
			}
			if got := r.HeldByTurns(); got != tt.want {
				t.Errorf("HeldByTurns() = %t, want %t", got, tt.want)
			}
		})
	}
}
