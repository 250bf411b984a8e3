package results_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

func decode(t *testing.T, data []byte) *results.Run {
	t.Helper()
	r, err := results.Decode(data)
	if err != nil {
		t.Fatalf("Decode() = %v, want no error", err)
	}
	return r
}

func TestAgentsComeBackAsTheyWereWritten(t *testing.T) {
	want := resultstest.Full()
	want.Degraded = true
	want.Agents = []results.Agent{{
		Name: "agent-1", Kernel: "6.18.5", Arch: "amd64", CPUs: 2,
		Share: results.AgentShare{Concurrency: 17, Rate: scenario.Rate{From: 100, To: 333.5}, Count: 334,
			Sources: []string{"10.0.0.1"}, Targets: []string{"tcp://10.0.0.2:7000"}},
		Clock:        &results.AgentClock{OffsetUS: -3.1e13, BoundUS: 55, Pings: 8, DriftUS: new(-0.5)},
		StartErrorUS: new(-12.5),
		Totals:       &results.Totals{Errors: map[string]int64{}},
		Exhaustion: &exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true,
			AfterConnections: new(int64(1000)), AfterSeconds: new(-0.5), Host: "client"},
	}, {
		Name: "agent-2", Share: results.AgentShare{Concurrency: 16, Targets: []string{}},
		Lost: &results.AgentLost{AtS: new(1.5), Why: "no beat for 2.5 s"},
	}}
	got := decode(t, encode(t, want))
	if diff := cmp.Diff(want.Agents, got.Agents); diff != "" || !got.Degraded {
		t.Errorf("Decode(Encode(r)).Agents (-want +got):\n%s", diff)
	}
	if a := got.Agent("agent-2"); a == nil || a.Lost == nil {
		t.Errorf("Agent(agent-2) = %+v, want the one that was lost", a)
	}
	if a := got.Agent("agent-3"); a != nil {
		t.Errorf("Agent(agent-3) = %+v, want nil", a)
	}
}

func TestListsOfAgentsAreNeverNull(t *testing.T) {
	embedded(t)
	r := resultstest.Full()
	r.Agents = []results.Agent{{Name: "a", Totals: &results.Totals{}, Validity: &results.Validity{}}}
	data := encode(t, r)
	if bytes.Contains(data, []byte("null")) {
		t.Errorf("Encode() = %s, want no null", data)
	}
	resultstest.Validate(t, data)
	if r.Agents[0].Totals.Errors != nil || r.Agents[0].Share.Targets != nil {
		t.Error("Encode() changed the run that it was given")
	}
}

func TestNamesOfAgentsBeginNoLineAndNoCommand(t *testing.T) {
	r := resultstest.Full()
	r.Agents = []results.Agent{{Name: "::error::a\nb-1_C", Exhaustion: &exhaustion.Finding{Host: "::x"}}}
	r.Intervals[0].Late = []string{"::a"}
	got := decode(t, encode(t, r))
	if name := got.Agents[0].Name; name != "errorab-1_C" {
		t.Errorf("Name = %q, want its letters, digits, - and _", name)
	}
	if host, late := got.Agents[0].Exhaustion.Host, got.Intervals[0].Late[0]; host != "x" || late != "a" {
		t.Errorf("Host = %q, Late = %q, want x and a", host, late)
	}
}

func TestAFindingOfAnAgentIsDescribed(t *testing.T) {
	r := resultstest.Full()
	r.Agents = []results.Agent{{Name: "a", Exhaustion: &exhaustion.Finding{Exhausted: true}}}
	if _, err := results.Decode(encode(t, r)); err == nil {
		t.Error("Decode(an agent's exhaustion without after_connections) = nil, want an error")
	}
}

func TestAFleetIsMeasuredAgainByAFleet(t *testing.T) {
	r := resultstest.Real(t, "fleet")
	const want = "tcpbench fleet run --agents 3 --concurrency 6 "
	if got, why := r.Command(); !strings.HasPrefix(got, want) || strings.Contains(got, "source-ports") {
		t.Errorf("Command() = %q, %q, want one that begins with %q, with the options of the whole", got, why, want)
	}
}

func TestTheShortfallOfAFleetNamesWhoWasLost(t *testing.T) {
	fleet := func(lost ...string) *results.Run {
		r := resultstest.Real(t, "fleet")
		for _, name := range lost {
			r.Agent(name).Lost, r.Degraded = &results.AgentLost{Why: "no beat for 2.5 s"}, true
		}
		return r
	}
	missing := fleet()
	missing.Degraded = true
	tests := []struct {
		name string
		run  *results.Run
		want string
	}{
		{"none was", fleet(), ""},
		{"one was", fleet("agent-2"), "agent-2 of 3 agents did not go on to the end (no beat for 2.5 s)"},
		{"two were", fleet("agent-2", "agent-3"),
			"agent-2 and agent-3 of 3 agents did not go on to the end (no beat for 2.5 s)"},
		{"some were not there from the beginning", missing, "some agents were missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.run.Shortfall(); got != tt.want {
				t.Errorf("Shortfall() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAFleetSaysWhichAgentsRanOut(t *testing.T) {
	r := resultstest.Real(t, "fleet")
	r.Agents[0].Exhaustion.Exhausted = false
	if got := strings.Join(r.RanOut(), " "); got != "agent-2 agent-3" {
		t.Errorf("RanOut() = %q, want agent-2 and agent-3", got)
	}
	if got := resultstest.Full().RanOut(); got != nil {
		t.Errorf("RanOut() of a single host = %q, want none", got)
	}
}

func TestEachHostOfAFleetHasThreadsOfItsOwn(t *testing.T) {
	r := resultstest.Real(t, "fleet")
	if n := r.Generators(); n != 3 {
		t.Errorf("Generators() = %v, want one thread of each of 3", n)
	}
	r.Agents[1].Totals = nil
	if n := r.Generators(); n != 2 {
		t.Errorf("Generators() = %v of a fleet that lost one, want 2", n)
	}
	r.Agents, r.Options.Threads = nil, 4
	if n := r.Generators(); n != 4 {
		t.Errorf("Generators() = %v of one host of 4 threads, want 4", n)
	}
}
