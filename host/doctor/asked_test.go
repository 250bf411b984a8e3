package doctor

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseConf(t *testing.T) {
	tests := []struct {
		name string
		text string
		want []Asked
	}{
		{"name and value",
			"net.ipv4.tcp_tw_reuse = 1\n", []Asked{{File: "f", Line: 1, Name: "net.ipv4.tcp_tw_reuse", Value: "1"}}},
		{"without spaces, without the last line's end",
			"a.b=1", []Asked{{File: "f", Line: 1, Name: "a.b", Value: "1"}}},
		{"comments and empty lines count as lines",
			"# a\n\n; b\n\ta.b = 1\n", []Asked{{File: "f", Line: 4, Name: "a.b", Value: "1"}}},
		{"several fields",
			"net.ipv4.ip_local_port_range = 1024\t 65535\n", []Asked{{File: "f", Line: 1,
				Name: "net.ipv4.ip_local_port_range", Value: "1024 65535"}}},
		{"a dash ignores errors",
			"-net.ipv4.tcp_tw_recycle = 1\n", []Asked{{File: "f", Line: 1, Name: "net.ipv4.tcp_tw_recycle",
				Value: "1"}}},
		{"slashes",
			"net/ipv4/tcp_tw_reuse = 1\n", []Asked{{File: "f", Line: 1, Name: "net.ipv4.tcp_tw_reuse", Value: "1"}}},
		{"a dot in a part",
			"net/ipv4/conf/eth0.100/rp_filter = 1\n", []Asked{{File: "f", Line: 1,
				Name: "net.ipv4.conf.eth0/100.rp_filter", Value: "1"}}},
		{"a value with an equals sign",
			"kernel.core_pattern = |x --a=b\n", []Asked{{File: "f", Line: 1, Name: "kernel.core_pattern",
				Value: "|x --a=b"}}},
		{"a pattern asks for none of ours", "net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.*\n", nil},
		{"a value of nothing",
			"net.ipv4.ip_local_reserved_ports =\n", []Asked{{File: "f", Line: 1,
				Name: "net.ipv4.ip_local_reserved_ports"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, errs := ParseConf("f", tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" || errs != nil {
				t.Errorf("ParseConf(%q) = %v, (-want +got):\n%s", tt.text, errs, diff)
			}
		})
	}
}

func TestParseConfNamesLinesThatAskForNothing(t *testing.T) {
	got, errs := ParseConf("/etc/sysctl.conf", "a.b = 1\nnet.ipv4.tcp_tw_reuse 1\n= 3\n")
	if len(got) != 1 || len(errs) != 2 ||
		!strings.Contains(errs[0].Error(), `/etc/sysctl.conf:2: "net.ipv4.tcp_tw_reuse 1" is not NAME = VALUE`) {
		t.Errorf("ParseConf = %v, %v, want one setting, and lines 2 and 3 named", got, errs)
	}
}

func FuzzParseConf(f *testing.F) {
	f.Add("net.ipv4.tcp_tw_reuse = 1\n# x\n-a/b.c = 2 3\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, errs := ParseConf("f", text)
		if lines := strings.Count(text, "\n") + 1; len(got)+len(errs) > lines {
			t.Errorf("ParseConf(%q) made %d of %d lines", text, len(got)+len(errs), lines)
		}
		for _, a := range got {
			if a.Name == "" || a.Line < 1 {
				t.Errorf("ParseConf(%q) tells %+v", text, a)
			}
		}
	})
}
