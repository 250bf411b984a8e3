package fleet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/results"
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
		if got.Why != want || (got.AtS != nil) != !strings.Contains(want, "before") || got.AtS != nil && *got.AtS != 0.5 {
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
