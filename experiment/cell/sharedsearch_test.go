package cell

import (
	"net/netip"
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

func TestThreadsThatShareTheSearchAreTold(t *testing.T) {
	own := &results.Part{Sources: 1}
	tests := []struct {
		name    string
		threads []results.Thread
		change  func(*results.Run)
		want    string // "" is no warning
	}{
		{"one thread shares with nobody", make([]results.Thread, 1), nil, ""},
		{"a library's are not known", nil, nil, ""},
		{"a source each", []results.Thread{{Owns: own}, {Owns: own}}, nil, ""},
		{"one source and destination for two", make([]results.Thread, 2), nil,
			"2 threads connect from 1 source to 1 destination: they share ports"},
		{"in a lab sources are made", make([]results.Thread, 2), func(r *results.Run) { r.Environment.Lab = true },
			"(docs/scale.md). --source 2 gives each its own"},
		{"else they are this host's", make([]results.Thread, 2), nil,
			"(docs/scale.md). --source with 2 addresses gives each its own"},
		{"fewer pairs than threads", make([]results.Thread, 5), func(r *results.Run) {
			r.Options.Source.Addrs, r.Targets = make([]netip.Addr, 2), make([]string, 2)
		}, "5 threads connect from 2 sources to 2 destinations"},
		{"connections that are held search once", make([]results.Thread, 2), func(r *results.Run) {
			r.Options.Mode = scenario.ModeKeepalive
		}, ""},
		{"those that are opened again search again", make([]results.Thread, 2), func(r *results.Run) {
			r.Options.Mode, r.Keepalive = scenario.ModeKeepalive, &results.Keepalive{Reconnects: 9}
		}, "2 threads connect from 1 source"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &results.Run{Options: scenario.DefaultWorkload(), Targets: []string{"tcp://192.0.2.1:80"},
				Threads: tt.threads}
			if tt.change != nil {
				tt.change(r)
			}
			got := sharedSearch(r)
			if (got == nil) != (tt.want == "") || got != nil && !strings.Contains(got.Text, tt.want) {
				t.Errorf("sharedSearch() = %+v, want %q", got, tt.want)
			}
		})
	}
}
