package scenario

import (
	"net/netip"
	"strings"
	"testing"
)

func TestNamesStandInCommandsAndFiles(t *testing.T) {
	v4 := Names{Server: netip.MustParseAddr("198.19.0.1"), Proxy: netip.MustParseAddr("198.19.1.1"), Dir: "/tmp/x"}
	v6 := Names{Server: netip.MustParseAddr("2001:2:0:2::1"), Proxy: netip.MustParseAddr("2001:2:0:3::1")}
	tests := []struct {
		name, text string
		names      Names
		want       string
	}{
		{"an address with a port", "--listen={server}:80", v4, "--listen=198.19.0.1:80"},
		{"an IPv6 address with a port", "--listen={server}:80", v6, "--listen=[2001:2:0:2::1]:80"},
		{"an IPv6 address alone", "--host {server}", v6, "--host 2001:2:0:2::1"},
		{"an IPv6 address in a URL", "http://{proxy}/", v6, "http://[2001:2:0:3::1]/"},
		{"a directory", "-f {dir}/haproxy.cfg", v4, "-f /tmp/x/haproxy.cfg"},
		{"no directory", "{dir}", v6, "{dir}"},
		{"other braces", "http { server { listen {proxy}:80; } } # {pid}", v4,
			"http { server { listen 198.19.1.1:80; } } # {pid}"},
		{"no proxy", "{proxy}:80", Names{Server: v4.Server}, "{proxy}:80"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.names.In(tt.text); got != tt.want {
				t.Errorf("In(%q) = %q, want %q", tt.text, got, tt.want)
			}
			words := strings.Split(tt.text, " ")
			if got := strings.Join(tt.names.Words(words), " "); got != tt.want {
				t.Errorf("Words(%q) = %q, want %q", words, got, tt.want)
			}
		})
	}
}
