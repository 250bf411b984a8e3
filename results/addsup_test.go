package results_test

import (
	"bytes"
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// A result whose figures contradict each other was edited, and keeps limits that the run
// did not.
func TestFiguresThatContradictEachOtherAreRefused(t *testing.T) {
	r := resultstest.Full()
	r.Rates.OverS = 2.5
	var b bytes.Buffer
	if err := results.Encode(&b, r); err != nil {
		t.Fatal(err)
	}
	whole := b.String()
	tests := []struct{ name, was, becomes, why string }{
		{"failures that are not failed", `"failed": 7`, `"failed": 0`,
			"totals.errors come to 7, and totals.failed to 0"},
		{"more successes than attempts", `"succeeded": 997`, `"succeeded": 998`,
			"totals.succeeded and failed come to 1005, and totals.attempted to 1004"},
		{"no attempts", `"attempted": 1004`, `"attempted": 0`,
			"totals.succeeded and failed come to 1004, and totals.attempted to 0"},
		{"more ports than attempts", `"obtained": 1000`, `"obtained": 1005`,
			"totals.obtained come to 1005, and totals.attempted to 1004"},
		{"more answers than requests", `"requests": 997`, `"requests": 997, "status": {"200": 990, "503": 9}`,
			"totals.status come to 999, and totals.requests to 997"},
		{"a rate of more than there were", `"connections_per_second": 398.8`, `"connections_per_second": 39880`,
			"rates.connections_per_second is 39880 over 2.5 s, of which there were 997"},
		{"a rate of requests", `"requests_per_second": 398.8`, `"requests_per_second": 0`,
			"rates.requests_per_second is 0 over 2.5 s, of which there were 997"},
		{"ports that ran out and did not", `"exhausted": true`, `"exhausted": false`,
			`exhaustion.outcome is "exhausted" and exhausted is false`},
		{"an outcome that is none", `"outcome": "exhausted"`, `"outcome": "held"`,
			`exhaustion.outcome is "held" and exhausted is true`},
	}
	if _, err := results.Decode([]byte(whole)); err != nil {
		t.Fatalf("Decode(the whole) = %v, want no error", err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			edited := strings.Replace(whole, tt.was, tt.becomes, 1)
			if edited == whole {
				t.Fatalf("the result has no %s", tt.was)
			}
			if _, err := results.Decode([]byte(edited)); err == nil || err.Error() != "not a result: "+tt.why {
				t.Errorf("Decode(%s) = %v, want that %s", tt.becomes, err, tt.why)
			}
		})
	}
}

// What is counted by two kernels, or by agents of which some were lost, need not add up.
func TestCountsFromOutsideNeedNotAddUp(t *testing.T) {
	for name, change := range map[string]func(*results.Run){
		"a program of the user's": func(r *results.Run) { r.Program = &results.Program{} },
		"a fleet that lost an agent": func(r *results.Run) {
			r.Agents, r.Degraded = []results.Agent{{Name: "agent-1", Lost: &results.AgentLost{Why: "no beat"}}}, true
		},
	} {
		r := resultstest.Full()
		r.Totals.Succeeded = 1004
		change(r)
		var b bytes.Buffer
		if err := results.Encode(&b, r); err != nil {
			t.Fatal(err)
		}
		if _, err := results.Decode(b.Bytes()); err != nil {
			t.Errorf("%s: Decode() = %v, want no error", name, err)
		}
	}
}
