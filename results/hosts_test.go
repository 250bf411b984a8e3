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
			r := &Run{DurationS: 10, Kernel: Kernel{Proxy: map[string]int64{"TcpActiveOpens": tt.opened}}}
			r.Options.Concurrency = 8
			r.Hosts = &Hosts{Proxy: &Host{Prediction: &law, Samples: []HostSample{{PortsInUse: &tt.held}}}}
			if _, got := r.ProxyMayRunOut(); got != tt.want {
				t.Errorf("ProxyMayRunOut() = %v with %d opened and %d held, want %v", got, tt.opened, tt.held, tt.want)
			}
		})
	}
	if _, got := (&Run{}).ProxyMayRunOut(); got {
		t.Error("ProxyMayRunOut() without a lab = true")
	}
}
