package main

import (
	"testing"

	"tcpbench/experiment/cell"
	"tcpbench/scenario"
)

func TestForecastTellsHeldConnectionsFromThoseThatCome(t *testing.T) {
	proxy := scenario.Program{Command: []string{"haproxy"}, Addresses: []string{"http://{proxy}:80/"}}
	tests := []struct {
		name  string
		set   map[string]string
		proxy scenario.Program
		want  string
	}{
		{"one after the other", nil, scenario.Program{},
			"runs out after 28232 connections that come faster than 470/s, never at 432/s or less " +
				"(TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only)"},
		{"held", map[string]string{"mode": "keepalive"}, scenario.Program{}, "holds 50 connections"},
		{"held, and opened again", map[string]string{"mode": "keepalive", "requests-per-conn": "5", "linger": "0"},
			scenario.Program{}, "never runs out of ports (RST close leaves no TIME_WAIT)"},
		{"a pool that keeps two", map[string]string{"mode": "keepalive", "engine": "nethttp", "linger": "0"}, proxy,
			"never runs out of ports (RST close leaves no TIME_WAIT); the proxy's ports are not predicted"},
		{"a pool that keeps all", map[string]string{"mode": "keepalive", "engine": "hey"}, proxy,
			"holds 50 connections; the proxy's ports are not predicted"},
		{"through a NAT", map[string]string{"mode": "idle", "nat": "20000-20063"}, scenario.Program{},
			"holds 50 connections; the NAT runs out when 64 connections are open at a time (the NAT's ports, one for " +
				"each connection that is open or half closed)"},
		{"through a NAT that holds ports", map[string]string{"linger": "0", "nat": "20000-20063", "nat-hold": "10s"},
			scenario.Program{}, "never runs out of ports (RST close leaves no TIME_WAIT); the NAT runs out after 64 " +
				"connections that come faster than 6.4/s, never at 6.4/s or less (the NAT's ports, one for each " +
				"connection that is open, and for 10 s after it)"},
		{"more held than there are ports", map[string]string{"mode": "idle", "concurrency": "30000"},
			scenario.Program{}, "runs out after 28232 connections that come faster than 470/s, and no rate is safe " +
				"(TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := scenario.DefaultWorkload()
			for key, value := range tt.set {
				if err := w.Set(key, value); err != nil {
					t.Fatal(err)
				}
			}
			got, err := forecast(cell.Spec{Workload: w, Programs: scenario.Programs{Proxy: tt.proxy}})
			if err != nil || got != tt.want {
				t.Errorf("forecast() = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}
