package results

import (
	"testing"

	"tcpbench/law/capacity"
)

func TestWhetherAProxysPortsMayRunOut(t *testing.T) {
	law := capacity.Prediction{Ports: 1000, Sources: 1, Destinations: 1, HoldSeconds: 60, HoldSecondsMax: 62,
		ConnectionsUntilExhaustion: 1000, ConnectionsAtLeast: 1000, SafeCPS: 16, SustainableCPS: 16.6}
	tests := []struct {
		name   string
		opened int64
		held   int
		want   bool
	}{
		{"a port for each request", 700, 700, true},
		{"connections that are kept", 8, 8, false},
		{"its server closes first and has the TIME_WAITs", 700, 8, false},
		{"slower than the law", 100, 92, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			counters := map[string]int64{"TcpActiveOpens": tt.opened}
			host := &Host{Prediction: &law, Samples: []HostSample{{PortsInUse: &tt.held}}}
			for name, r := range map[string]*Run{
				"proxy":  {DurationS: 10, Kernel: Kernel{Proxy: counters}, Hosts: &Hosts{Proxy: host, Server: &Host{}}},
				"server": {DurationS: 10, Kernel: Kernel{Server: counters}, Hosts: &Hosts{Server: host}},
			} {
				r.Options.Concurrency = 8
				if other, got := r.OtherMayRunOut(); got != tt.want || got && other.Host != name {
					t.Errorf("OtherMayRunOut() = %v, %v with %d opened and %d held on the %s, want %v", other, got,
						tt.opened, tt.held, name, tt.want)
				}
			}
		})
	}
	if _, got := (&Run{}).OtherMayRunOut(); got {
		t.Error("OtherMayRunOut() without a lab = true")
	}
}
