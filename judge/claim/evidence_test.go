package claim

import (
	"strings"
	"testing"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// A proxy that runs out of ports ends nothing that its client counts.
func TestOnlyTheClientsPortsMakeACaseNoEvidence(t *testing.T) {
	for host, want := range map[string]bool{"client": true, "": true, "proxy": false} {
		r := &results.Run{Cell: map[string]string{scenario.CaseLabel: "one"}, Exhaustion: &exhaustion.Finding{
			Exhausted: true, Host: host, AfterConnections: new(int64(5)), AfterSeconds: new(0.1)}}
		r.Totals.Attempted, r.Totals.Succeeded = 4, 4
		if host != "proxy" {
			r.Totals.Attempted = 10
		}
		e := NewEvidence([]*results.Run{r})
		e.Of("one", Requests())
		e.stray()
		if got := strings.Contains(strings.Join(e.missing, " "), "ran out of ports"); got != want {
			t.Errorf("a case whose %q ran out of ports is missed: %v, want %v: %v", host, got, want, e.missing)
		}
		if fault := e.faults["one"]; fault != "" {
			t.Errorf("the case is no evidence: %s", fault)
		}
	}
}
