package fleet

import (
	"strings"
	"testing"
	"time"

	"tcpbench/experiment/fleet/message"
	"tcpbench/results"
)

// heldBy is an agent that a fleet holds, without a line between them.
func heldBy(f *Fleet, name, instance string) *peer {
	p := &peer{fleet: f, name: name, instance: instance, heard: time.Now(),
		status: &message.Status{Held: &f.self}}
	f.peers[name] = p
	f.members = append(f.members, p)
	return p
}

func TestWhyAnAgentIsLost(t *testing.T) {
	const again, let = "it was started again", "it had heard nothing of this coordinator for 2.5s and let go"
	free := &message.Status{}
	tests := []struct {
		name string
		then func(*peer) // what comes of it
		want string
	}{
		{"it is there", func(*peer) {}, ""},
		{"it says nothing", func(p *peer) { p.heard = time.Time{} }, "nothing was heard of it for 2.5s"},
		{"the same process is free", func(p *peer) {
			p.take(message.Report{Instance: "one", Status: free}, 0)
		}, let},
		{"another process has its name", func(p *peer) {
			p.heard = time.Time{}
			p.take(message.Report{Instance: "two", Status: free}, 0)
		}, again},
		{"another process has its name, and has not said how it stands", func(p *peer) {
			p.heard = time.Time{}
			p.take(message.Report{Instance: "two"}, 0)
		}, again},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &Fleet{self: message.Coordinator{ID: "us"}, peers: map[string]*peer{}}
			p := heldBy(f, "a", "one")
			tt.then(p)
			m := &measurement{Fleet: f, run: "r-1"}
			m.notice(p)
			if got := p.lost; got == nil && tt.want != "" || got != nil && got.why != tt.want {
				t.Errorf("lost %+v, want %q", got, tt.want)
			}
		})
	}
}

func TestAnAgentThatIsSilentMayHaveAResult(t *testing.T) {
	for _, silent := range []bool{false, true} {
		w := &giver{}
		f, err := newFleet(Options{Line: w, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Close)
		w.fleet = f
		p := heldBy(f, "a", "one")
		want := "it has no result"
		if silent {
			p.heard, want = time.Time{}, "nothing was heard of it for 2.5s"
		}
		m := &measurement{Fleet: f, run: "r-1", agents: map[string]*results.Agent{"a": {Name: "a"}}}
		if err := m.fetch(t.Context()); err != nil || p.lost == nil || !strings.Contains(p.lost.why, want) {
			t.Errorf("silent %v: fetch() = %v, lost %+v, want %q", silent, err, p.lost, want)
		}
	}
}
