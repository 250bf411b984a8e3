package results

import (
	"testing"
	"time"

	"tcpbench/scenario"
)

func TestKeepaliveGivesUpAfterIdleAndAllProbes(t *testing.T) {
	defaults := map[string]string{"net.ipv4.tcp_keepalive_time": "7200", "net.ipv4.tcp_keepalive_intvl": "75",
		"net.ipv4.tcp_keepalive_probes": "9"}
	tests := []struct {
		name      string
		keepalive scenario.TCPKeepalive
		sysctls   map[string]string
		want      time.Duration
		known     bool
	}{
		{"off", scenario.TCPKeepalive{}, defaults, 0, false},
		{"values of its own", scenario.TCPKeepalive{Idle: time.Minute, Interval: 10 * time.Second, Count: 3}, defaults,
			90 * time.Second, true},
		{"the kernel's values", scenario.TCPKeepalive{Alone: true}, defaults, 7875 * time.Second, true},
		{"the kernel's values, which nobody has read", scenario.TCPKeepalive{Alone: true}, nil, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &Run{Environment: Environment{Sysctls: tt.sysctls}}
			r.Options.TCPKeepalive = tt.keepalive
			if got, known := r.KeepaliveLimit(); got != tt.want || known != tt.known {
				t.Errorf("KeepaliveLimit() = %v, %t, want %v, %t", got, known, tt.want, tt.known)
			}
		})
	}
}
