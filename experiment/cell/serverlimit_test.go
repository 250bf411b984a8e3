package cell

import (
	"strings"
	"testing"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

func TestARateThatIsTheServersIsWarnedOf(t *testing.T) {
	const evidence = "its busiest thread ran 97 % of the time"
	tests := []struct {
		name    string
		options []string
		change  func(*results.Run)
		cpus    int
		want    string // the end of the warning; "" for none
	}{
		{"a processor is left", nil, nil, 4, evidence + "; use --server-threads 2"},
		{"two threads already, and one is left", []string{"server-threads=2"}, nil, 4, "; use --server-threads 3"},
		{"none is left", nil, nil, 2,
			"; with --server-threads 2 on a machine with more processors than the 2 here it would do more"},
		{"the client's threads have them", []string{"threads=3"}, nil, 4,
			"; use --server-threads 2 with --threads 2, which leaves it the processor"},
		{"https", nil, func(r *results.Run) { r.Environment.Server = scenario.ServerHTTPS }, 4,
			"; it uses every processor that Go does; more than the 4 here would let it do more"},
		{"the client was the limit", nil, func(r *results.Run) { r.Limit.What = exhaustion.ByClient }, 4, ""},
		{"it is not known", nil, func(r *results.Run) { r.Limit.What = exhaustion.Uncertain }, 4, ""},
		{"there was no rate", nil, func(r *results.Run) { r.Limit = nil }, 4, ""},
		{"another server", nil, func(r *results.Run) { r.Environment.TargetKind = "command" }, 4, ""},
		{"a proxy, and it is the limit", nil, func(r *results.Run) {
			r.Environment.TargetKind, r.Limit.Host = "proxy", "proxy"
		}, 4, ""},
		{"a target outside", nil, func(r *results.Run) { r.Environment.TargetKind = "external" }, 4, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &results.Run{Options: workloadWith(t, tt.options...),
				Limit: &exhaustion.Bound{What: exhaustion.ByServer, Evidence: evidence}}
			r.Environment.TargetKind, r.Environment.Server = "embedded", scenario.ServerEcho
			if tt.change != nil {
				tt.change(r)
			}
			got := serverLimit(r, tt.cpus)
			if (got == nil) != (tt.want == "") {
				t.Fatalf("serverLimit() = %v, want %q", got, tt.want)
			}
			if got != nil && (got.Code != "server-limit" || !strings.HasSuffix(got.Text, tt.want)) {
				t.Errorf("serverLimit() = %v, want a text that ends in %q", got, tt.want)
			}
		})
	}
}
