package view

import (
	"fmt"
	"strings"
	"testing"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

func TestAnAgentsRowSaysHowItEnded(t *testing.T) {
	finding := func(o exhaustion.Outcome) *exhaustion.Finding { return &exhaustion.Finding{Outcome: o} }
	out := &exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true, AfterConnections: new(int64(1000)),
		AfterSeconds: new(1.25)}
	busy := &exhaustion.Bound{What: exhaustion.ByClient}
	target := &exhaustion.Bound{What: exhaustion.ByTarget}
	tests := []struct {
		name string
		a    results.Agent
		want string
	}{
		{"lost", results.Agent{Lost: &results.AgentLost{AtS: new(3.2), Why: "killed"}, Exhaustion: out},
			"lost at 3.2 s: killed"},
		{"lost before the start", results.Agent{Lost: &results.AgentLost{Why: "before the start: killed"}},
			"lost before the start: killed"},
		{"interrupted", results.Agent{Interrupted: true, Limit: busy}, "interrupted"},
		{"out of ports", results.Agent{Exhaustion: out, Limit: busy}, "out of ports after 1000, at 1.25 s"},
		{"the limit itself", results.Agent{Exhaustion: finding(exhaustion.Sustained), Limit: busy},
			"at the limit of its own processor"},
		{"sustained", results.Agent{Exhaustion: finding(exhaustion.Sustained), Limit: target}, "sustained"},
		{"neither", results.Agent{Exhaustion: finding(exhaustion.Undecided)}, "done"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := howEnded(tt.a); got != tt.want {
				t.Errorf("howEnded() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestManyAgentsAreNotAllShown(t *testing.T) {
	r := resultstest.Real(t, "fleet")
	for i := range 97 {
		r.Agents = append(r.Agents, results.Agent{Name: fmt.Sprint("more-", i)})
	}
	r.Agents[99].Lost = &results.AgentLost{Why: "killed"}
	got := agents(r)
	if len(got.Rows) != agentsShown || got.Rows[0][0].Text != "more-96" || got.Rows[1][0].Text != "agent-1" {
		t.Errorf("%d rows, from %s and %s on, want %d, those that were lost or ran out first", len(got.Rows),
			got.Rows[0][0].Text, got.Rows[1][0].Text, agentsShown)
	}
	if !strings.HasPrefix(got.Note, "50 more are in agents[]") {
		t.Errorf("Note = %q, want how many are left out", got.Note)
	}
	if few := agents(resultstest.Real(t, "fleet")); len(few.Rows) != 3 || few.Note != "" {
		t.Errorf("%d rows of three agents, with the note %q", len(few.Rows), few.Note)
	}
	if none := agents(resultstest.Full()); len(none.Rows) != 0 {
		t.Errorf("%d rows of a single host, want none", len(none.Rows))
	}
}

func TestWhatWasNotMeasuredOfAnAgentIsNotZero(t *testing.T) {
	r := resultstest.Real(t, "fleet")
	r.Agents = []results.Agent{{Name: "a", Lost: &results.AgentLost{Why: "killed"}}}
	row := agents(r).Fill(missing).Rows[0]
	for _, i := range []int{2, 3, 4, 5, 6, 7, 8, 9} {
		if row[i].Text != missing {
			t.Errorf("column %d is %q, want %q", i, row[i].Text, missing)
		}
	}
}

func TestTheOutcomeOfADegradedFleetIsThat(t *testing.T) {
	r := resultstest.Real(t, "fleet")
	if got := Outcome(r); got != "exhausted" {
		t.Errorf("Outcome() = %q, want exhausted", got)
	}
	r.Degraded = true
	if got := Outcome(r); got != "degraded" {
		t.Errorf("Outcome() = %q, want degraded", got)
	}
	if got := kneeOfAgents(r.Agents); got != "none" {
		t.Errorf("kneeOfAgents() = %q of agents without one", got)
	}
	r.Agents[2].Exhaustion.Knee = exhaustion.Knee{Found: true, Occupancy: new(0.5), AfterConnections: new(int64(50)),
		AfterSeconds: new(0.5)}
	if got := knee(r); got != "on agent-3" {
		t.Errorf("knee() = %q, want on which agent", got)
	}
}

func TestHostsAreCountedOnce(t *testing.T) {
	r := &results.Run{Agents: []results.Agent{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	apart := where(r)
	r.Agents[1].SharesPortsWith = "a"
	if got := where(r); apart != "from 3 hosts" || got != "from 2 hosts" {
		t.Errorf("where() = %q and %q, want from 3 hosts, and from 2 where two agents are on one", apart, got)
	}
}
