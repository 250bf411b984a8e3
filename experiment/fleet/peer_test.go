package fleet

import (
	"slices"
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
	f.mu.Lock() // it beats
	defer f.mu.Unlock()
	f.peers[name] = p
	f.members = append(f.members, p)
	return p
}

func TestWhyAnAgentIsLost(t *testing.T) {
	const again, let = "it was started again", "it had heard nothing of this coordinator for 2.5s and let go"
	const stopped = "it was stopped there: terminated signal received"
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
		{"the same process was stopped", func(p *peer) {
			p.take(message.Report{Instance: "one", Status: &message.Status{Leaving: stopped}}, 0)
		}, stopped},
		{"another process has its name after it was stopped", func(p *peer) {
			p.take(message.Report{Instance: "one", Status: &message.Status{Leaving: stopped}}, 0)
			p.heard = time.Time{}
			p.take(message.Report{Instance: "two", Status: free}, 0)
		}, again},
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

func TestAnAgentThatLeavesIsNotTaken(t *testing.T) {
	f := &Fleet{self: message.Coordinator{ID: "us"}, peers: map[string]*peer{}}
	p := heldBy(f, "a", "one")
	for _, leaving := range []string{"", "it was stopped there"} {
		p.status.Leaving = leaving
		if err := p.unfit(); (err == nil) != (leaving == "") || err != nil && err.Error() != leaving {
			t.Errorf("unfit() = %v of an agent that leaves for %q", err, leaving)
		}
	}
}

func TestATwinThatIsGoneIsForgotten(t *testing.T) {
	f := &Fleet{self: message.Coordinator{ID: "us"}, peers: map[string]*peer{}}
	p := heldBy(f, "a", "one")
	p.take(message.Report{Instance: "two"}, 0)
	if err := p.unfit(); err == nil || !strings.Contains(err.Error(), "two agents have that name") {
		t.Errorf("unfit() = %v while a twin is there, want that", err)
	}
	p.twinHeard = time.Now().Add(-message.Lost - time.Second)
	if err := p.unfit(); err != nil {
		t.Errorf("unfit() = %v when nothing was heard of the twin for long, want nothing", err)
	}
}

// releases is a line that notes who is released.
type releases struct{ names []string }

func (*releases) Listen(func(string, []byte)) error { return nil }

func (r *releases) Tell(name string, b []byte) error {
	if o, err := message.DecodeOrder(b); err != nil || o.Release {
		r.names = append(r.names, name)
		return err
	}
	return nil
}

// An agent with --once that is released leaves, and may have a result of a later run.
func TestWhoIsHeldIsReleasedInTheEnd(t *testing.T) {
	line := &releases{}
	f, err := newFleet(Options{Line: line, Wait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, b := heldBy(f, "a", "one"), heldBy(f, "b", "one")
	for _, run := range [][]*peer{{a, b}, {b}, {a}} {
		if err := f.hold(t.Context(), run); err != nil || len(line.names) > 0 {
			t.Errorf("hold() = %v released %q, want nobody before the end", err, line.names)
		}
	}
	f.Close()
	if slices.Sort(line.names); !slices.Equal(line.names, []string{"a", "b"}) {
		t.Errorf("Close() released %q, want a and b, each once", line.names)
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
			f.mu.Lock()
			p.heard, want = time.Time{}, "nothing was heard of it for 2.5s"
			f.mu.Unlock()
		}
		m := &measurement{Fleet: f, run: "r-1", agents: map[string]*results.Agent{"a": {Name: "a"}}}
		if err := m.fetch(t.Context()); err != nil || p.lost == nil || !strings.Contains(p.lost.why, want) {
			t.Errorf("silent %v: fetch() = %v, lost %+v, want %q", silent, err, p.lost, want)
		}
	}
}

func TestWhoKeepsNothingOfARunForSure(t *testing.T) {
	job := func(s message.State) *message.Job { return &message.Job{Run: "r-1", State: s} }
	other := &message.Coordinator{ID: "other"}
	tests := []struct {
		name   string
		status *message.Status
		want   bool
	}{
		{"one that knows of no run", &message.Status{}, true},
		{"one whose run is over", &message.Status{Job: job(message.Done)}, true},
		{"one that has refused it", &message.Status{Job: job(message.Refused)}, true},
		{"one that has its result", &message.Status{Kept: []message.Kept{{Run: "r-1"}}}, false},
		{"one whose load ends just now", &message.Status{Job: job(message.Running)}, false},
		{"one that another coordinator has", &message.Status{Job: job(message.Done), Held: other}, false},
		{"one that has not said how it stands", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &Fleet{self: message.Coordinator{ID: "us"}, peers: map[string]*peer{}}
			heldBy(f, "a", "one").status = tt.status
			m := &measurement{Fleet: f, run: "r-1"}
			f.mu.Lock()
			defer f.mu.Unlock()
			if got := m.without([]string{"a", "b"}); (len(got) == 1 && got[0] == "a") != tt.want {
				t.Errorf("without() = %q, want that it has a: %v", got, tt.want)
			}
		})
	}
}

func TestThereAreNoMoreMissingThanThereShouldBe(t *testing.T) {
	other := &message.Coordinator{ID: "other", Name: "web-9"}
	tests := []struct {
		name  string
		o     Options
		taken []string // agents that another coordinator has, beside a, which is free
		want  []string
	}{
		{"nobody else", Options{Agents: 3}, nil, []string{notJoined(2)}},
		{"one of two that cannot be", Options{Agents: 3}, []string{"b"},
			[]string{"b: it takes orders of web-9", notJoined(1)}},
		{"more that cannot be than are wanted", Options{Agents: 2}, []string{"b", "c", "d"},
			[]string{"b: it takes orders of web-9; c: it takes orders of web-9; d: it takes orders of web-9"}},
		{"as many as are wanted, and more", Options{Agents: 3}, []string{"b", "c", "d"},
			[]string{"b: it takes orders of web-9", "c: it takes orders of web-9; d: it takes orders of web-9"}},
		{"those that are named", Options{Names: []string{"a", "b", "e"}}, []string{"b", "c"},
			[]string{"e: nothing is heard of it", "b: it takes orders of web-9"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &Fleet{self: message.Coordinator{ID: "us"}, peers: map[string]*peer{}, options: tt.o}
			f.options.Degrade, f.options.SameHost = true, true
			heldBy(f, "a", "one")
			for _, name := range tt.taken {
				heldBy(f, name, "one").status = &message.Status{Held: other}
			}
			f.members = nil
			if chosen, err := f.choose(); err != nil || len(chosen) != 1 || !slices.Equal(f.missing, tt.want) {
				t.Errorf("choose() = %v, %v, missing %q, want %q", chosen, err, f.missing, tt.want)
			}
		})
	}
}
