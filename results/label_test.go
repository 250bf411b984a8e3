package results_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/results"
)

func TestCellLabels(t *testing.T) {
	cell := func(pairs ...string) *results.Run {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return &results.Run{Cell: m}
	}
	const reuse, ports = "sysctl.net.ipv4.tcp_tw_reuse", "sysctl.net.ipv4.ip_local_port_range"
	tests := []struct {
		name string
		runs []*results.Run
		want []string
	}{
		{"the prefix of sysctls is dropped", []*results.Run{cell(reuse, "0"), cell(reuse, "1")},
			[]string{"tcp_tw_reuse=0", "tcp_tw_reuse=1"}},
		{"what is the same in all cells is left out",
			[]*results.Run{cell("linger", "0", reuse, "0"), cell("linger", "0", reuse, "1")},
			[]string{"tcp_tw_reuse=0", "tcp_tw_reuse=1"}},
		{"one cell has all of its settings", []*results.Run{cell("linger", "0", ports, "40000 40999")},
			[]string{"linger=0 ip_local_port_range=40000-40999"}},
		{"a setting that one cell lacks", []*results.Run{cell("linger", "0"), cell()}, []string{"linger=0", "run"}},
		{"repeats are numbered", []*results.Run{cell("linger", "0"), cell("linger", "off"), cell("linger", "0")},
			[]string{"linger=0 #1", "linger=off", "linger=0 #2"}},
		{"runs without a cell are numbered", []*results.Run{{}, {}}, []string{"run #1", "run #2"}},
		{"control characters have no place in a label", []*results.Run{cell("linger", "a\x00b\xff")},
			[]string{"linger=a?b?"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, results.CellLabels(tt.runs)); diff != "" {
				t.Errorf("CellLabels() (-want +got):\n%s", diff)
			}
		})
	}
}
