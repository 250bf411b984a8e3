package netns

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/law/headroom"
)

// space is a namespace with one pair that holds so many of 1000 ports.
func space(inode uint64, held int, outcome headroom.Outcome, seconds float64) Space {
	s := Space{Namespace: Namespace{Inode: inode, Process: "p"}, Sockets: held, TimeWaits: 1,
		Headroom: headroom.View{Capacity: 1000, CapacitySafe: 1000}}
	if held == 0 {
		return s
	}
	f := headroom.Forecast{Outcome: outcome, Capacity: 1000, CapacitySafe: 1000, Held: held, Settled: float64(held)}
	if seconds > 0 {
		f.ExhaustedSeconds, f.ExhaustedSecondsMax, f.GrowthPerSecond = &seconds, &seconds, new(float64)
	}
	s.Headroom.Pairs = []headroom.Status{{Source: netip.MustParseAddr("10.0.0.1"),
		Destination: netip.MustParseAddrPort("10.0.0.2:80"), InUse: held, Forecast: f}}
	return s
}

func TestWhatRunsOutFirstIsFirst(t *testing.T) {
	full := space(7, 10, headroom.Steady, 0)
	full.Conntrack = &Conntrack{Count: 90, Max: 100}
	v := View{Spaces: []Space{space(1, 0, "", 0), space(2, 500, headroom.Steady, 0),
		space(3, 20, headroom.RunningOut, 90),
		space(4, 20, headroom.Uncertain, 30), space(5, 1000, headroom.Exhausted, 0), space(6, 600, headroom.Steady, 0),
		full}}
	v.Sort()
	var got []uint64
	for _, s := range v.Spaces {
		got = append(got, s.Namespace.Inode)
	}
	if diff := cmp.Diff([]uint64{5, 4, 3, 7, 6, 2, 1}, got); diff != "" {
		t.Errorf("Sort (-want +got):\n%s", diff)
	}
}

func TestTableSumsTheRest(t *testing.T) {
	v := View{Spaces: []Space{space(1, 20, headroom.RunningOut, 90), space(2, 7, headroom.Steady, 0),
		space(3, 5, headroom.Steady, 0)}}
	v.Spaces[0].Conntrack = &Conntrack{Count: 5, Max: 9, Drop: 2, InsertFailed: 1}
	got := v.Table(1).String()
	for _, want := range []string{"p [1]", "10.0.0.2:80", "out in 90 s", "5 of 9, 3 dropped", "2 others", " 12 "} {
		if !strings.Contains(got, want) {
			t.Errorf("Table(1) lacks %q:\n%s", want, got)
		}
	}
	if got := v.Table(3).String(); strings.Contains(got, "others") {
		t.Errorf("Table(3) of three namespaces has others:\n%s", got)
	}
}

func TestSentences(t *testing.T) {
	tracked := space(2, 7, headroom.Steady, 0)
	tracked.Conntrack = &Conntrack{Count: 5}
	for _, tt := range []struct {
		space Space
		want  string
	}{
		{space(1, 0, "", 0), "sockets 0, TIME_WAIT 1: no port is in use"},
		{space(1, 20, headroom.RunningOut, 90),
			"sockets 20, TIME_WAIT 1, 10.0.0.1 -> 10.0.0.2:80 held 20 of 1000: out in 90 s"},
		{tracked, "sockets 7, TIME_WAIT 1, conntrack 5, 10.0.0.1 -> 10.0.0.2:80 held 7 of 1000: steady at 1 %"},
	} {
		if got := tt.space.Sentence(); got != tt.want {
			t.Errorf("Sentence() = %q, want %q", got, tt.want)
		}
	}
}

func TestMissingSaysWhy(t *testing.T) {
	if got := (View{}).Missing(); got != nil {
		t.Errorf("Missing() where all is watched = %q, want nothing", got)
	}
	v := View{Unwatched: []Unwatched{{Why: "not permitted"}, {Why: "broken"}, {Why: "not permitted"}},
		Beyond: 4, Hidden: 2}
	want := []string{"2 not watched: not permitted", "1 not watched: broken",
		"4 more namespaces than --max-netns watches",
		"2 processes of other users hide their namespace; root, or CAP_SYS_PTRACE, sees it"}
	if diff := cmp.Diff(want, v.Missing()); diff != "" {
		t.Errorf("Missing() (-want +got):\n%s", diff)
	}
}

func TestLabels(t *testing.T) {
	id := strings.Repeat("ab", 32)
	for _, tt := range []struct {
		n    Namespace
		want string
	}{
		{Namespace{First: true, Name: "x"}, "host"},
		{Namespace{Name: "blue", Process: "sleep"}, "blue"},
		{Namespace{Name: "host", Process: "sleep"}, "netns host"},
		{Namespace{Host: "web-7d4", Owner: Owner{Pod: "0f3f", Container: id}}, "pod web-7d4"},
		{Namespace{Owner: Owner{Pod: "0f3f", Container: id}}, "pod 0f3f"},
		{Namespace{Owner: Owner{Container: id, Runtime: "docker"}}, "docker abababababab"},
		{Namespace{Owner: Owner{Container: id}}, "container abababababab"},
		{Namespace{Process: "nginx", Owner: Owner{Unit: "nginx.service"}}, "nginx.service"},
		{Namespace{Process: "sleep", Owner: Owner{Unit: "session-3.scope"}}, "sleep"},
		{Namespace{}, ""},
	} {
		if got := tt.n.Label(); got != tt.want {
			t.Errorf("%+v.Label() = %q, want %q", tt.n, got, tt.want)
		}
	}
}
