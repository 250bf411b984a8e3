package doctor

import (
	"strings"
	"testing"
)

func TestInVain(t *testing.T) {
	asked := func(name, value, now string) Asked {
		return Asked{File: "/etc/sysctl.conf", Line: 1, Name: name, Value: value, Exists: now != "", Now: now}
	}
	tests := []struct {
		name  string
		asked []Asked
		want  string // of the first line; "" when it has an effect
	}{
		{"tcp_tw_recycle is gone", []Asked{asked("net.ipv4.tcp_tw_recycle", "1", "")}, "gone since Linux 4.12"},
		{"an old kernel's tcp_tw_recycle does harm",
			[]Asked{asked("net.ipv4.tcp_tw_recycle", "1", "1")}, "refuses connections of clients behind NAT"},
		{"tcp_tw_timeout is a vendor's",
			[]Asked{asked("net.ipv4.tcp_tw_timeout", "5", "")}, "only some vendors' kernels"},
		{"on that vendor's kernel it works", []Asked{asked("net.ipv4.tcp_tw_timeout", "5", "5")}, ""},
		{"tcp_fin_timeout does something else",
			[]Asked{asked("net.ipv4.tcp_fin_timeout", "15", "15")}, "does not shorten TIME_WAIT"},
		{"the default of tcp_fin_timeout hopes for nothing",
			[]Asked{asked("net.ipv4.tcp_fin_timeout", "60", "60")}, ""},
		{"tcp_tw_reuse without timestamps",
			[]Asked{asked("net.ipv4.tcp_tw_reuse", "1", "1")}, "needs net.ipv4.tcp_timestamps"},
		{"tcp_tw_reuse=0 needs nothing", []Asked{asked("net.ipv4.tcp_tw_reuse", "0", "0")}, ""},
		{"conntrack's name of long ago",
			[]Asked{asked("net.ipv4.ip_conntrack_max", "1", "")}, "net.netfilter.nf_conntrack_max"},
		{"conntrack that is not loaded",
			[]Asked{asked("net.netfilter.nf_conntrack_max", "1", "")}, "module nf_conntrack"},
		{"a misspelt name",
			[]Asked{asked("net.ipv4.tcp_max_tw_bukets", "1", "")}, `did you mean "net.ipv4.tcp_max_tw_buckets"?`},
		{"another value in force", []Asked{asked("net.core.somaxconn", "65535", "4096")}, "the kernel has 4096"},
		{"the same value in force", []Asked{asked("net.core.somaxconn", "65535", "65535")}, ""},
		{"a later line counts",
			[]Asked{asked("net.core.somaxconn", "1", "2"), asked("net.core.somaxconn", "2", "2")}, "sets 2 later"},
		{"a later line with the same value",
			[]Asked{asked("net.core.somaxconn", "2", "2"), asked("net.core.somaxconn", "2", "2")}, ""},
		{"what does not matter here", []Asked{asked("kernel.sysrq", "1", "438"), asked("vm.nonsense", "1", "")}, ""},
		{"a value that cannot be read", []Asked{{Name: "net.ipv4.tcp_fastopen_key", Value: "x", Exists: true}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := inVain(Facts{Asked: tt.asked})
			switch {
			case tt.want == "" && len(got) != 0:
				t.Errorf("inVain(%+v) = %q, want none", tt.asked, got[0].Why)
			case tt.want != "" &&
				(len(got) != 1 || got[0].Asked != tt.asked[0] || !strings.Contains(got[0].Why, tt.want)):
				t.Errorf("inVain(%+v) = %+v, want the first alone, because %q", tt.asked, got, tt.want)
			}
		})
	}
}

// systemd applies files by their names, of which sysctl.conf may be none: what is in force is
// not in vain, and what comes later is.
func TestALineThatIsInForceIsNotInVain(t *testing.T) {
	line := func(n int, value string) Asked {
		return Asked{File: "/etc/sysctl.conf", Line: n, Name: "net.core.somaxconn", Value: value, Exists: true,
			Now: "2"}
	}
	got := inVain(Facts{Asked: []Asked{line(1, "2"), line(2, "1")}})
	if len(got) != 1 || got[0].Line != 2 || !strings.Contains(got[0].Why, "the kernel has 2") {
		t.Errorf("inVain() = %+v, want the second line alone, as the kernel has the first", got)
	}
}
