package capacity

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckSysctl(t *testing.T) {
	tests := []struct{ name, key, value, err string }{
		{"a range", sysctlRange, "40000 40999", ""},
		{"a range of one number", sysctlRange, "40000", "net.ipv4.ip_local_port_range: parse ip_local_port_range \"40000\": want two ports"},
		{"a range from port 0", sysctlRange, "0 100", "begins with port 0"},
		{"reserved ports", sysctlReserved, "8080,9000-9999", ""},
		{"reserved ports that are none", sysctlReserved, "http", `"http" is not a port`},
		{"reuse", sysctlReuse, "1", ""},
		{"reuse that no kernel has", sysctlReuse, "3", `net.ipv4.tcp_tw_reuse: "3" is not a whole number from 0 to 2`},
		{"reuse as a word", sysctlReuse, "on", `"on" is not a whole number`},
		{"the shortest delay", sysctlReuseDelay, "1", ""},
		{"no delay", sysctlReuseDelay, "0", `"0" is not a whole number from 1 to 60000`},
		{"a delay beyond TIME_WAIT", sysctlReuseDelay, "60001", "from 1 to 60000"},
		{"no TIME_WAIT at all", sysctlTimeWaits, "0", ""},
		{"fewer than none", sysctlTimeWaits, "-1", "from 0 to 2147483647"},
		{"one that has no part", "net.core.somaxconn", "5", "net.core.somaxconn has no part in the law of ports; those that have are net.ipv4.ip_local_port_range, "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := message(CheckSysctl(tt.key, tt.value))
			if (got == "") != (tt.err == "") || !strings.Contains(got, tt.err) {
				t.Errorf("CheckSysctl(%q, %q) = %q, want %q", tt.key, tt.value, got, tt.err)
			}
		})
	}
}

// What is checked is what the law reads without falling back to a default.
func FuzzCheckSysctl(f *testing.F) {
	for _, s := range []string{"1", "1024 65535", "8080,9000-9999", "", "-1", "1e3", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, name := range SysctlNames() {
			if CheckSysctl(name, value) != nil {
				continue
			}
			with := map[string]string{sysctlRange: "1024 65535"}
			with[name] = value
			if local, _, err := PortsFromSysctls(with); err != nil || local.Lo < 1 {
				t.Errorf("CheckSysctl(%q, %q) = nil, and PortsFromSysctls says %v, %v", name, value, local, err)
			}
			s := FromSysctls(with)
			if s.Reuse < 0 || s.Reuse > 2 || s.ReuseDelay <= 0 || s.ReuseDelay > TimeWait {
				t.Errorf("CheckSysctl(%q, %q) = nil, and FromSysctls says %+v", name, value, s)
			}
		}
	})
}

func TestLawSysctlsLeaveOutTheOthers(t *testing.T) {
	got := LawSysctls(map[string]string{sysctlReuse: "1", "net.core.somaxconn": "5"})
	if diff := cmp.Diff(map[string]string{sysctlReuse: "1"}, got); diff != "" {
		t.Errorf("LawSysctls (-want +got):\n%s", diff)
	}
}
