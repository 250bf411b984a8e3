package fleet

import (
	"testing"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/message"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// An agent that is slow to report does not hold up what is shown of the others, and its own
// line has all that it did.
func TestASlowAgentsLineHasAllThatItDid(t *testing.T) {
	f := &Fleet{self: message.Coordinator{ID: "one"}}
	m := &measurement{Fleet: f, run: "r-1", whole: cell.Spec{Workload: scenario.DefaultWorkload()}}
	running := func(name string) *peer {
		return &peer{fleet: f, name: name, heard: time.Now(), status: &message.Status{Held: &f.self,
			Job: &message.Job{Run: "r-1", State: message.Running}}}
	}
	a, b := running("a"), running("b")
	f.members = []*peer{a, b}
	live, standing := newTogether(time.Second, 1), map[string]*Standing{}
	one := metrics.Interval{TS: 1, LengthS: 1, Obtained: 10, Succeeded: 10, ConnectionsPerSecond: 10}

	a.intervals = []metrics.Interval{one}
	m.look(live, standing)
	if got := live.ready(false, m.alive()); len(got) != 0 {
		t.Fatalf("%d intervals are shown before b's has had time to come, want none", len(got))
	}
	live.since[0] = time.Now().Add(-patience)
	if got := live.ready(false, m.alive()); len(got) != 1 || got[0].Succeeded != 10 {
		t.Fatalf("%+v is shown after b's time, want the interval of a alone", got)
	}
	b.intervals = []metrics.Interval{one}
	m.look(live, standing)
	if got := live.ready(false, m.alive()); len(got) != 0 {
		t.Errorf("%+v is shown of a time that was shown before, want nothing", got)
	}
	for _, s := range m.standings(standing) {
		if s.Connections != 10 || s.Rate != 10 || s.State != message.Running || s.Lost != "" {
			t.Errorf("agent %s stands as %+v, want 10 connections at 10/s", s.Name, s)
		}
	}
}
