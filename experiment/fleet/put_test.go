package fleet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/clock"
	"tcpbench/experiment/fleet/message"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

func TestWhenAnAgentWasLostIsOnTheClockOfTheIntervals(t *testing.T) {
	m := &measurement{begin: 10 * time.Second}
	m.whole.Workload.Warmup = 4 * time.Second
	for at, want := range map[time.Duration]string{
		10 * time.Second:         "before the start: it left",
		13 * time.Second:         "before the end of the warm-up: it left",
		14500 * time.Millisecond: "it left",
	} {
		got := m.lostAt(loss{at: at, why: "it left"})
		if got.Why != want || (got.AtS != nil) != !strings.Contains(want, "before") ||
			got.AtS != nil && *got.AtS != 0.5 {
			t.Errorf("lostAt(%v) = %+v, want %q, with a time where it counted", at, got, want)
		}
	}
}

func TestWhoStandsForAHost(t *testing.T) {
	tests := []struct {
		name            string
		whole, journals []string
		want            map[string]string // with whom each shares its ports
	}{
		{"the first, where all have a result", []string{"a", "b", "c"}, nil, map[string]string{"b": "a", "c": "a"}},
		{"the next, where the first has none", []string{"b", "c"}, nil, map[string]string{"a": "b", "c": "b"}},
		{"one with a result rather than with a journal", []string{"c"}, []string{"a", "b"},
			map[string]string{"a": "c", "b": "c"}},
		{"a journal, where there is no result", nil, []string{"b"}, map[string]string{"a": "b", "c": "b"}},
		{"the first, where there is nothing", nil, nil, map[string]string{"b": "a", "c": "a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &measurement{Fleet: &Fleet{options: Options{Dir: t.TempDir()}}, run: "r-1",
				agents: map[string]*results.Agent{"a": {Name: "a"}, "b": {Name: "b", SharesPortsWith: "a"},
					"c": {Name: "c", SharesPortsWith: "a"}, "other": {Name: "other"}}}
			if err := os.Mkdir(filepath.Join(m.options.Dir, m.run), 0o700); err != nil {
				t.Fatal(err)
			}
			for journal, names := range map[bool][]string{false: tt.whole, true: tt.journals} {
				for _, name := range names {
					if err := os.WriteFile(m.partPath(m.run, name, journal), nil, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			m.standForHosts()
			for name, a := range m.agents {
				if a.SharesPortsWith != tt.want[name] {
					t.Errorf("agent %s shares its ports with %q, want %q", name, a.SharesPortsWith, tt.want[name])
				}
			}
		})
	}
}

// A journal does not say when its agent began, and the agent said so while it ran.
func TestWhenAnAgentBeganThatLeftAJournal(t *testing.T) {
	tests := []struct {
		name  string
		began time.Duration // in its own clock, which is an hour ahead; 0 is that it did not
		want  float64       // in microseconds
	}{
		{"it did not say", 0, 0},
		{"at its time", time.Hour + 10*time.Second + 40*time.Microsecond, 40},
		{"late", time.Hour + 12*time.Second, 2e6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &measurement{Fleet: &Fleet{options: Options{Dir: t.TempDir()}}, run: "r-1", begin: 10 * time.Second,
				whole:  cell.Spec{Workload: scenario.DefaultWorkload()},
				clocks: map[string]clock.Offset{"a": {Offset: time.Hour, Pings: 16}},
				agents: map[string]*results.Agent{"a": {Name: "a"}}}
			if err := os.Mkdir(filepath.Join(m.options.Dir, m.run), 0o700); err != nil {
				t.Fatal(err)
			}
			j, err := results.OpenJournal(m.partPath("r-1", "a", true), results.JournalHead{})
			if err != nil {
				t.Fatal(err)
			}
			j.Add(metrics.Interval{TS: 1, LengthS: 1, Attempted: 3})
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			m.noteBegan("a", &message.Job{Run: "r-1", Began: tt.began})
			m.noteBegan("b", &message.Job{Run: "r-1", Began: tt.began}) // has no part in it
			p := m.partOf(*m.agents["a"])
			if got := p.Agent.StartErrorUS; p.Run == nil || (got == nil) != (tt.began == 0) ||
				got != nil && *got != tt.want {
				t.Errorf("it began %+v late, want %v us", p.Agent, tt.want)
			}
		})
	}
}
