package capacity

import (
	"errors"
	"strings"
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
			map[string]string{"net.ipv4.tcp_tw_reuse": "2", "net.ipv4.tcp_tw_reuse_delay": "1000",
				"net.ipv4.tcp_timestamps": "1", "net.ipv4.tcp_max_tw_buckets": "131072"},
			Settings{FinTimeout: time.Minute, Reuse: 2, ReuseDelay: time.Second, Timestamps: true,
				MaxTimeWaits: 131072}},
		{"a kernel without tcp_tw_reuse_delay waits for a second",
			map[string]string{"net.ipv4.tcp_tw_reuse": "1", "net.ipv4.tcp_timestamps": "0"},
			Settings{FinTimeout: time.Minute, Reuse: 1, ReuseDelay: time.Second}},
		{"no TIME_WAIT at all is not the same as not known",
			map[string]string{"net.ipv4.tcp_max_tw_buckets": "0"},
			Settings{FinTimeout: time.Minute, Reuse: 2, ReuseDelay: time.Second, Timestamps: true, MaxTimeWaits: -1}},
		{"FIN_WAIT_2 lasts for 3.5 retransmission timeouts at least",
			map[string]string{"net.ipv4.tcp_fin_timeout": "0"},
			Settings{FinTimeout: 700 * time.Millisecond, Reuse: 2, ReuseDelay: time.Second, Timestamps: true}},
		{"FIN_WAIT_2 of more than 60 s lasts for twice what is beyond them",
			map[string]string{"net.ipv4.tcp_fin_timeout": "62"},
			Settings{FinTimeout: 4 * time.Second, FinTwice: true, Reuse: 2, ReuseDelay: time.Second, Timestamps: true}},
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
	local, reserved, err := PortsFromSysctls(map[string]string{"net.ipv4.ip_local_port_range": "40000\t40999",
		"net.ipv4.ip_local_reserved_ports": "40000-40099"})
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
		{"the defaults",
			thousand(), []string{"net.ipv4.tcp_tw_reuse = 1", "net.ipv4.ip_local_port_range = 1024 65535"}},
		{"without timestamps", with(func(s *Settings) { s.Timestamps = false }),
			[]string{"net.ipv4.tcp_tw_reuse = 1", "net.ipv4.tcp_timestamps = 1",
				"net.ipv4.ip_local_port_range = 1024 65535"}},
		{"with reuse",
			with(func(s *Settings) { s.Reuse = 1 }),
			[]string{"net.ipv4.ip_local_port_range = 1024 65535", "net.ipv4.tcp_tw_reuse_delay = 99"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range Remedies(tt.settings, TypicalClient()) {
				got = append(got, r.Sysctls...)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("lines of Remedies(%+v) (-want +got):\n%s", tt.settings, diff)
			}
		})
	}
}

func TestCheckSysctl(t *testing.T) {
	tests := []struct{ name, key, value, err string }{
		{"a range", sysctlRange, "40000 40999", ""},
		{"a range of one number", sysctlRange, "40000",
			`net.ipv4.ip_local_port_range: parse ip_local_port_range "40000": want two ports`},
		{"a range from port 0", sysctlRange, "0 100", "begins with port 0"},
		{"reserved ports", sysctlReserved, "8080,9000-9999", ""},
		{"reserved ports that are none", sysctlReserved, "http", `"http" is not a port`},
		{"reuse", sysctlReuse, "1", ""},
		{"reuse that no kernel has", sysctlReuse, "3", `net.ipv4.tcp_tw_reuse: "3" is not a whole number from 0 to 2`},
		{"reuse as a word", sysctlReuse, "on", `"on" is not a whole number`},
		{"the shortest delay", sysctlReuseDelay, "1", ""},
		{"no delay", sysctlReuseDelay, "0", `"0" is not a whole number from 1 to 60000`},
		{"a delay beyond TIME_WAIT", sysctlReuseDelay, "60001", "from 1 to 60000"},
		{"no TIME_WAIT at all", "net.ipv4.tcp_max_tw_buckets", "0", ""},
		{"fewer than none, which is none to the kernel", "net.ipv4.tcp_max_tw_buckets", "-1", ""},
		{"more than an int", "net.ipv4.tcp_max_tw_buckets", "2147483648", "from -2147483647 to 2147483647"},
		{"any timestamps", sysctlTimestamps, "255", ""},
		{"timestamps beyond a byte", sysctlTimestamps, "256", "from 0 to 255"},
		{"a wait in FIN_WAIT_2", "net.ipv4.tcp_fin_timeout", "15", ""},
		{"a wait that no kernel can count in jiffies",
			"net.ipv4.tcp_fin_timeout", "99999999", "net.ipv4.tcp_fin_timeout: "},
		{"one that has no part", "net.core.somaxconn", "5",
			"net.core.somaxconn has no part in the law of ports; those that have are net.ipv4.ip_local_port_range, "},
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
			if s.Reuse < 0 || s.Reuse > 2 || s.ReuseDelay <= 0 || s.ReuseDelay > TimeWait || s.FinTimeout <= 0 {
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

// A row without a default that the kernel would take is one that depends on
// the machine, and every row says what it means, whatever its value.
func TestEverySysctlOfTheLawIsWhole(t *testing.T) {
	for _, row := range Sysctls() {
		_, hasDefault := DefaultSysctls()[row.Name]
		if hasDefault != (row.Name != "net.ipv4.tcp_max_tw_buckets") {
			t.Errorf("%s has the default %q: %t", row.Name, row.Default, hasDefault)
		}
		for _, value := range []string{row.Default, "0", "1", "2", "60", "no number", "32768 60999", ""} {
			got := row.Means(Host{Settings: thousand()}, value)
			if got == "" || strings.Contains(got, "%!") {
				t.Errorf("%s = %q means %q", row.Name, value, got)
			}
		}
	}
	if diff := cmp.Diff(FromSysctls(nil), FromSysctls(DefaultSysctls())); diff != "" {
		t.Errorf("FromSysctls of no setting, and of the defaults (-nothing +defaults):\n%s", diff)
	}
}

// Whatever reserved ports say, there are never more ports than the range has.
func FuzzParseReservedPorts(f *testing.F) {
	for _, s := range []string{"", "8080,9000-9999", "0-65535", ",", "1-", "-1", "32768-32769,32768"} {
		f.Add("32768 60999", s)
	}
	f.Fuzz(func(t *testing.T, local, reserved string) {
		r, err := ParseLocalPortRange(local)
		if err != nil {
			return
		}
		taken, err := ParseReservedPorts(reserved)
		if err != nil {
			return
		}
		if n := len(Ports(r, Range{}, taken)); n > r.Len() {
			t.Errorf("of %q without %q there are %d ports, want %d at most", local, reserved, n, r.Len())
		}
	})
}
