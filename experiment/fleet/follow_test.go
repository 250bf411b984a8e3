package fleet

import (
	"slices"
	"testing"
	"testing/synctest"
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

// Each order to begin has an answer. Who is behind with those, and gave all the order again,
// would be further behind, and take agents for lost whose word waits to be heard.
func TestTheOrderToBeginIsGivenAgainAfterAllCanHaveAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const agents = 1000
		line := &beats{since: time.Now()}
		f := &Fleet{base: line.since, self: message.Coordinator{ID: "one"}, options: Options{Line: line}}
		m := &measurement{Fleet: f, run: "r-1", againAt: resendTo(agents)}
		for range agents {
			f.members = append(f.members, &peer{fleet: f, status: &message.Status{Held: &f.self,
				Job: &message.Job{Run: "r-1", State: message.Ready}}})
		}
		for range 10 {
			time.Sleep(message.Beat)
			m.beginAgain()
		}
		given := slices.Compact(line.at)
		if len(given) < 2 || len(line.at) != len(given)*agents || given[0] < resendTo(agents) ||
			given[1]-given[0] < resendTo(agents) {
			t.Errorf("the order to begin was given again at %v, to %d in all; want it to all at once, not before and "+
				"not more often than %v", given, len(line.at), resendTo(agents))
		}
		f.members[0].status.Job.State = message.Running
		line.at = nil
		time.Sleep(2 * resendTo(agents))
		if m.beginAgain(); len(line.at) != agents-1 {
			t.Errorf("%d were told again, want all but the one that has begun", len(line.at))
		}
	})
}
