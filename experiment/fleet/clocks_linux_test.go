package fleet

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpbench/experiment/fleet/message"
)

// someDead is a line to agents of which some hear nothing.
type someDead struct {
	answering
	dead []string
}

func (l *someDead) Tell(name string, order []byte) error {
	if slices.Contains(l.dead, name) {
		return nil
	}
	return l.answering.Tell(name, order)
}

func TestPingsDoNotWaitLongForTheDead(t *testing.T) {
	tests := []struct {
		name   string
		silent bool          // and they say nothing: they are lost
		most   time.Duration // that it takes
		err    string
	}{
		{"agents that are lost cost no more than their silence", true, 4 * time.Second, ""},
		{"agents that do not answer are named", false, 12 * time.Second, "agent dead-0: it answered 0 of 16 pings"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := &someDead{dead: []string{"dead-0", "dead-1", "dead-2", "dead-3"}}
			f, err := newFleet(Options{Line: l})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			const alive = 6
			for i := range alive {
				l.say(fmt.Sprint("agent-", i), message.Report{Status: &message.Status{Held: &f.self}})
			}
			for _, name := range l.dead {
				l.say(name, message.Report{Status: &message.Status{Held: &f.self}})
			}
			f.mu.Lock()
			f.members = f.byName()
			if !tt.silent {
				for _, name := range l.dead {
					f.peers[name].heard = time.Now().Add(time.Hour)
				}
			}
			f.mu.Unlock()
			m := &measurement{Fleet: f, run: "r-1"}
			begun := time.Now()
			got, err := m.askClocks(t.Context())
			if took := time.Since(begun); took > tt.most || len(got) != alive {
				t.Errorf("%d offsets after %v, want %d within %v", len(got), took, alive, tt.most)
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("askClocks() = %v, want %q", err, tt.err)
			}
		})
	}
}
