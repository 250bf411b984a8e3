package cell

import (
	"testing"

	"tcpbench/results"
)

func TestTheProxysPortsAreWarnedOfWhereSomethingFailed(t *testing.T) {
	tests := []struct {
		name   string
		totals results.Totals
		inUse  int
		want   int
	}{
		{"all in use, and nothing failed: it binds others", results.Totals{}, 1000, 0},
		{"all in use, and answers were errors", results.Totals{Status: map[string]int64{"503": 1}}, 1000, 1},
		{"all in use, and connections failed", totalsWithFailed(1), 1000, 1},
		{"all in use, and requests failed", results.Totals{FailedRequests: new(int64(1))}, 1000, 1},
		{"some in use, and connections failed", totalsWithFailed(1), 999, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			proxy := &results.Host{PortsCapacity: new(1000),
				Samples: []results.HostSample{{TS: 1, PortsInUse: &tt.inUse}}}
			r := &results.Run{Totals: tt.totals, Hosts: &results.Hosts{Proxy: proxy}}
			if got := portsWarning(r); len(got) != tt.want {
				t.Errorf("portsWarning() = %v, want %d", got, tt.want)
			}
		})
	}
}

func totalsWithFailed(n int64) results.Totals {
	var out results.Totals
	out.Failed = n
	return out
}
