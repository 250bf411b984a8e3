package capacity

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFromSysctls(t *testing.T) {
	tests := []struct {
		name    string
		sysctls map[string]string
		want    Settings
	}{
		{"Linux 6.18 as it comes",
			map[string]string{"net.ipv4.tcp_tw_reuse": "2", "net.ipv4.tcp_tw_reuse_delay": "1000", "net.ipv4.tcp_timestamps": "1", "net.ipv4.tcp_max_tw_buckets": "131072"},
			Settings{FinTimeout: time.Minute, Reuse: 2, ReuseDelay: time.Second, Timestamps: true, MaxTimeWaits: 131072}},
		{"a kernel without tcp_tw_reuse_delay waits for a second",
			map[string]string{"net.ipv4.tcp_tw_reuse": "1", "net.ipv4.tcp_timestamps": "0"},
			Settings{FinTimeout: time.Minute, Reuse: 1, ReuseDelay: time.Second}},
		{"no TIME_WAIT at all is not the same as not known",
			map[string]string{"net.ipv4.tcp_max_tw_buckets": "0"},
			Settings{FinTimeout: time.Minute, Reuse: 2, ReuseDelay: time.Second, Timestamps: true, MaxTimeWaits: -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, FromSysctls(tt.sysctls)); diff != "" {
				t.Errorf("FromSysctls(%v) (-want +got):\n%s", tt.sysctls, diff)
			}
		})
	}
}

func TestPortsFromSysctlsNeedsTheRange(t *testing.T) {
	if _, _, err := PortsFromSysctls(map[string]string{}); !errors.Is(err, ErrNoRange) {
		t.Errorf("PortsFromSysctls of nothing = %v, want ErrNoRange", err)
	}
	local, reserved, err := PortsFromSysctls(map[string]string{"net.ipv4.ip_local_port_range": "40000\t40999", "net.ipv4.ip_local_reserved_ports": "40000-40099"})
	if n := len(Ports(local, Range{}, reserved)); n != 900 || err != nil {
		t.Errorf("40000-40999 less 40000-40099 are %d ports, %v, want 900", n, err)
	}
}

// Every remedy that is a sysctl comes with its line for a sysctl.conf.
func TestRemediesHaveTheirSysctlLines(t *testing.T) {
	tests := []struct {
		name     string
		settings Settings
		want     []string
	}{
		{"the defaults", thousand(), []string{"net.ipv4.ip_local_port_range = 1024 65535", "net.ipv4.tcp_tw_reuse = 1"}},
		{"without timestamps", with(func(s *Settings) { s.Timestamps = false }), []string{"net.ipv4.ip_local_port_range = 1024 65535", "net.ipv4.tcp_tw_reuse = 1", "net.ipv4.tcp_timestamps = 1"}},
		{"with reuse", with(func(s *Settings) { s.Reuse = 1 }), []string{"net.ipv4.ip_local_port_range = 1024 65535", "net.ipv4.tcp_tw_reuse_delay = 100"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range Remedies(tt.settings) {
				got = append(got, r.Sysctls...)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("lines of Remedies(%+v) (-want +got):\n%s", tt.settings, diff)
			}
		})
	}
}
