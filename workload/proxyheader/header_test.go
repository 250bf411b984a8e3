package proxyheader

import (
	"net/netip"
	"testing"
)

// The bytes are those of haproxy's doc/proxy-protocol.txt, 2.1 and 2.2.
func TestHeaders(t *testing.T) {
	tests := []struct {
		name     string
		src, dst string
		v1, v2   string
	}{
		{"IPv4", "192.168.0.1:56324", "192.168.0.11:443", "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
			"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\xa8\x00\x01\xc0\xa8\x00\x0b\xdc\x04\x01\xbb"},
		{"IPv6", "[2001:db8::1]:1", "[::1]:65535", "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n",
			"\r\n\r\n\x00\r\nQUIT\n\x21\x21\x00\x24\x20\x01\x0d\xb8" + zeros(11) + "\x01" + zeros(15) +
				"\x01\x00\x01\xff\xff"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:80", "10.0.0.2:8080", "PROXY TCP4 10.0.0.1 10.0.0.2 80 8080\r\n",
			"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x0a\x00\x00\x01\x0a\x00\x00\x02\x00\x50\x1f\x90"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, dst := netip.MustParseAddrPort(tt.src), netip.MustParseAddrPort(tt.dst)
			if got := string(AppendV1([]byte("x"), src, dst)); got != "x"+tt.v1 {
				t.Errorf("AppendV1 = %q, want %q", got, "x"+tt.v1)
			}
			if got := string(AppendV2([]byte("x"), src, dst)); got != "x"+tt.v2 {
				t.Errorf("AppendV2 = %q, want %q", got, "x"+tt.v2)
			}
		})
	}
}

func zeros(n int) string { return string(make([]byte, n)) }

func TestNoHeaderIsLongerThanMaxSize(t *testing.T) {
	long := netip.MustParseAddrPort("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")
	v1, v2 := AppendV1(nil, long, long), AppendV2(nil, long, long)
	if len(v1) > MaxSize || len(v2) > MaxSize {
		t.Errorf("headers of %d and %d bytes, want at most %d", len(v1), len(v2), MaxSize)
	}
}
