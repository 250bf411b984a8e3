package scenario

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// message is the text of an error, empty for nil.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParseLinger(t *testing.T) {
	tests := []struct {
		name, text string
		want       Linger
		err        string
	}{
		{"off", "off", Linger{}, ""},
		{"RST close", "0", Linger{On: true}, ""},
		{"RST close with a unit", "0s", Linger{On: true}, ""},
		{"seconds", "3s", Linger{On: true, Timeout: 3 * time.Second}, ""},
		{"whole seconds in another unit", "2000ms", Linger{On: true, Timeout: 2 * time.Second}, ""},
		{"the longest", "1h", Linger{On: true, Timeout: time.Hour}, ""},
		{"no unit", "3", Linger{}, `"3" is not off, 0 or a duration such as 3s`},
		{"another word", "on", Linger{}, `"on" is not off, 0 or a duration such as 3s`},
		{"nothing", "", Linger{}, `"" is not off, 0 or a duration such as 3s`},
		{"negative", "-1s", Linger{}, "-1s is outside 0 to 1h0m0s"},
		{"longer than the kernel keeps", "1h1s", Linger{}, "1h0m1s is outside 0 to 1h0m0s"},
		{"a part of a second", "1500ms", Linger{}, "1.5s is not whole seconds, and SO_LINGER counts seconds; use 2s"},
		{"less than a second is not rounded to RST", "400ms", Linger{},
			"400ms is not whole seconds, and SO_LINGER counts seconds; use 1s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseLinger(tt.text)
			if got != tt.want || message(err) != tt.err {
				t.Errorf("ParseLinger(%q) = %+v, %q, want %+v, %q", tt.text, got, message(err), tt.want, tt.err)
			}
		})
	}
}

func TestLingerReset(t *testing.T) {
	for text, want := range map[string]bool{"off": false, "0": true, "1s": false} {
		l, err := ParseLinger(text)
		if err != nil || l.Reset() != want {
			t.Errorf("ParseLinger(%q).Reset() = %t, %v, want %t", text, l.Reset(), err, want)
		}
	}
}

func TestParsePortRange(t *testing.T) {
	tests := []struct {
		name, text string
		want       PortRange
		length     int
		err        string
	}{
		{"none", "none", PortRange{}, 0, ""},
		{"nothing", "", PortRange{}, 0, ""},
		{"a range", "40000-40999", PortRange{40000, 40999}, 1000, ""},
		{"one port", "7-7", PortRange{7, 7}, 1, ""},
		{"every port", "1-65535", PortRange{1, 65535}, 65535, ""},
		{"spaces", "40000 - 40999", PortRange{40000, 40999}, 1000, ""},
		{"one number", "40000", PortRange{}, 0, `"40000" is not a range such as 40000-40999`},
		{"backwards", "40999-40000", PortRange{}, 0, "40999-40000 runs backwards; use 40000-40999"},
		{"port 0", "0-100", PortRange{}, 0, "port 0 is outside 1 to 65535"},
		{"beyond the last port", "1-65536", PortRange{}, 0, "port 65536 is outside 1 to 65535"},
		{"a negative end", "1--2", PortRange{}, 0, "port -2 is outside 1 to 65535"},
		{"no end", "1-", PortRange{}, 0, `port "" is not a number`},
		{"a word", "low-high", PortRange{}, 0, `port "low" is not a number`},
		{"more than an int", "1-99999999999999999999", PortRange{}, 0, `port "99999999999999999999" is not a number`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParsePortRange(tt.text)
			if got != tt.want || message(err) != tt.err {
				t.Errorf("ParsePortRange(%q) = %v, %q, want %v, %q", tt.text, got, message(err), tt.want, tt.err)
			}
			if got.Len() != tt.length || got.IsZero() != (tt.length == 0) {
				t.Errorf("ParsePortRange(%q).Len() = %d, want %d", tt.text, got.Len(), tt.length)
			}
		})
	}
}

func TestParseSources(t *testing.T) {
	tests := []struct {
		name, text string
		want       string // Sources.String()
		err        string
	}{
		{"none", "none", "none", ""},
		{"nothing", "", "none", ""},
		{"a number for the lab", "4", "4", ""},
		{"the most", "4096", "4096", ""},
		{"one address", "10.0.0.1", "10.0.0.1", ""},
		{"several, with spaces", "10.0.0.1, 10.0.0.2,10.0.0.3", "10.0.0.1,10.0.0.2,10.0.0.3", ""},
		{"both families", "10.0.0.1,fd00::1", "10.0.0.1,fd00::1", ""},
		{"an IPv4 address written as IPv6", "::ffff:10.0.0.1", "10.0.0.1", ""},
		{"a block without its network and broadcast addresses", "10.0.0.0/30", "10.0.0.1,10.0.0.2", ""},
		{"a block named by one of its hosts", "10.0.0.2/30", "10.0.0.1,10.0.0.2", ""},
		{"a /31 has two hosts", "10.0.0.4/31", "10.0.0.4,10.0.0.5", ""},
		{"a /32 is one host", "10.0.0.4/32", "10.0.0.4", ""},
		{"the last addresses of all", "255.255.255.252/30", "255.255.255.253,255.255.255.254", ""},
		{"the last address of all", "255.255.255.255/32", "255.255.255.255", ""},
		{"an IPv6 block without its router address", "fd00::/126", "fd00::1,fd00::2,fd00::3", ""},
		{"a /127 has two hosts", "fd00::/127", "fd00::,fd00::1", ""},
		{"a /128 is one host", "fd00::7/128", "fd00::7", ""},
		{"the last IPv6 address of all", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
		{"no address", "0", "", "0 addresses is outside 1 to 4096"},
		{"too many for the lab", "4097", "", "4097 addresses is outside 1 to 4096"},
		{"a negative number", "-1", "", "-1 addresses is outside 1 to 4096"},
		{"more than an int", "99999999999999999999", "",
			`"99999999999999999999" is not an address, a CIDR block or a number of addresses`},
		{"the same twice", "10.0.0.1,10.0.0.1", "", "10.0.0.1 is there twice"},
		{"the same in two forms", "10.0.0.1,::ffff:10.0.0.1", "", "10.0.0.1 is there twice"},
		{"an empty part", "10.0.0.1,", "", `"" is not an address, a CIDR block or a number of addresses`},
		{"a host name", "localhost", "", `"localhost" is not an address, a CIDR block or a number of addresses`},
		{"a block too large", "10.0.0.0/19", "", "10.0.0.0/19 has more than 4096 addresses"},
		{"an IPv6 block too large", "fd00::/64", "", "fd00::/64 has more than 4096 addresses"},
		{"a block of more bits than there are", "10.0.0.0/33", "",
			`"10.0.0.0/33" is not a CIDR block such as 10.0.0.0/28`},
		{"a list of blocks", "10.0.0.0/30,10.0.1.0/30", "",
			`"10.0.0.0/30,10.0.1.0/30" is not a CIDR block such as 10.0.0.0/28`},
		{"an IPv4 block written as IPv6", "::ffff:10.0.0.0/126", "",
			`"::ffff:10.0.0.0/126" is not a CIDR block such as 10.0.0.0/28`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseSources(tt.text)
			if tt.err != "" {
				if message(err) != tt.err || !got.IsZero() {
					t.Errorf("ParseSources(%q) = %v, %q, want %q", tt.text, got, message(err), tt.err)
				}
				return
			}
			if err != nil || got.String() != tt.want {
				t.Errorf("ParseSources(%q) = %v, %v, want %s", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestSourcesLen(t *testing.T) {
	for text, want := range map[string]int{"none": 0, "7": 7, "10.0.0.1,10.0.0.2": 2, "10.0.0.0/20": 4094,
		"fd00::/116": 4095} {
		s, err := ParseSources(text)
		if err != nil || s.Len() != want || s.IsZero() != (want == 0) {
			t.Errorf("ParseSources(%q).Len() = %d, %v, want %d", text, s.Len(), err, want)
		}
	}
}

func TestParseSourcesBoundsAList(t *testing.T) {
	var addrs []string
	for a := netip.MustParseAddr("10.0.0.0"); len(addrs) <= MaxSources; a = a.Next() {
		addrs = append(addrs, a.String())
	}
	if _, err := ParseSources(strings.Join(addrs, ",")); message(err) != "4097 addresses is more than 4096" {
		t.Errorf("ParseSources(4097 addresses) = %v, want too many", err)
	}
	if s, err := ParseSources(strings.Join(addrs[1:], ",")); err != nil || s.Len() != MaxSources {
		t.Errorf("ParseSources(4096 addresses) = %d addresses, %v, want all", s.Len(), err)
	}
}

func TestParseCount(t *testing.T) {
	tests := []struct {
		name, text string
		want       int64
		ok         bool
	}{
		{"a number", "5000", 5000, true},
		{"thousands", "10k", 10_000, true},
		{"millions", "1m", 1_000_000, true},
		{"negative", "-3k", -3000, true},
		{"the largest", "9223372036854775807", math.MaxInt64, true},
		{"the most thousands", "9223372036854775k", 9223372036854775000, true},
		{"one thousand more", "9223372036854776k", 0, false},
		{"the fewest thousands", "-9223372036854775k", -9223372036854775000, true},
		{"one thousand fewer", "-9223372036854776k", 0, false},
		{"the smallest, a thousandfold", "-9223372036854775808k", 0, false},
		{"more than an int64", "9223372036854775808", 0, false},
		{"a unit alone", "k", 0, false},
		{"two units", "1km", 0, false},
		{"a capital unit", "1K", 0, false},
		{"a part", "1.5k", 0, false},
		{"nothing", "", 0, false},
		{"a space", "1 k", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseCount(tt.text)
			want := ""
			if !tt.ok {
				want = fmt.Sprintf("%q is not a count such as 5000, 10k or 1m", tt.text)
			}
			if got != tt.want || message(err) != want {
				t.Errorf("ParseCount(%q) = %d, %q, want %d, %q", tt.text, got, message(err), tt.want, want)
			}
		})
	}
}

func TestParseDuration(t *testing.T) {
	tests := []struct {
		name, text string
		want       time.Duration
		err        string
	}{
		{"seconds", "10s", 10 * time.Second, ""},
		{"mixed", "1m30s", 90 * time.Second, ""},
		{"nothing of time", "0", 0, ""},
		{"a number without a unit", "10", 0, `"10" has no unit; use 10s or 10ms`},
		{"a part without a unit", "1.5", 0, `"1.5" has no unit; use 1.5s or 1.5ms`},
		{"a power is no duration", "1e3", 0, `"1e3" is not a duration such as 10s or 250ms`},
		{"no number", "nan", 0, `"nan" is not a duration such as 10s or 250ms`},
		{"a word", "soon", 0, `"soon" is not a duration such as 10s or 250ms`},
		{"days", "1d", 0, `"1d" is not a duration such as 10s or 250ms`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseDuration(tt.text)
			if got != tt.want || message(err) != tt.err {
				t.Errorf("parseDuration(%q) = %v, %q, want %v, %q", tt.text, got, message(err), tt.want, tt.err)
			}
		})
	}
}

// What a value is printed as is read as the same value.
func TestPrintedValuesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLinger(t)
		if got, err := ParseLinger(l.String()); got != l || err != nil {
			t.Fatalf("ParseLinger(%q) = %v, %v, want %v", l, got, err, l)
		}
		r := drawPortRange(t)
		if got, err := ParsePortRange(r.String()); got != r || err != nil {
			t.Fatalf("ParsePortRange(%q) = %v, %v, want %v", r, got, err, r)
		}
		s := drawSources(t, IPv4)
		if got, err := ParseSources(s.String()); got.String() != s.String() || err != nil {
			t.Fatalf("ParseSources(%q) = %v, %v, want %v", s, got, err, s)
		}
	})
}

func FuzzParsePortRange(f *testing.F) {
	for _, s := range []string{"40000-40999", "none", "", "1-65535", "2-1", "-", "0-0", " 7 - 8 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParsePortRange(s)
		if err != nil {
			return
		}
		if !r.IsZero() && (r.Lo < 1 || r.Lo > r.Hi) {
			t.Errorf("ParsePortRange(%q) = %v, which is no range", s, r)
		}
		if again, err := ParsePortRange(r.String()); again != r || err != nil {
			t.Errorf("ParsePortRange(%q) = %v, %v, want %v", r.String(), again, err, r)
		}
	})
}

func FuzzParseSources(f *testing.F) {
	for _, s := range []string{"4", "none", "10.0.0.1,10.0.0.2", "10.0.0.0/28", "fd00::/120",
		"255.255.255.255/32", "::/0",
		"::ffff:1.2.3.4", "fe80::1%eth0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		src, err := ParseSources(s)
		if err != nil {
			return
		}
		if src.Len() > MaxSources || src.Count != 0 && src.Addrs != nil {
			t.Errorf("ParseSources(%q) = %d addresses, count %d, want at most %d and not both", s,
				len(src.Addrs), src.Count,
				MaxSources)
		}
		if again, err := ParseSources(src.String()); again.String() != src.String() || err != nil {
			t.Errorf("ParseSources(%q) = %v, %v, want %v", src.String(), again, err, src)
		}
	})
}

func FuzzParseLinger(f *testing.F) {
	for _, s := range []string{"off", "0", "3s", "400ms", "1h", "-1s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLinger(s)
		if err != nil {
			return
		}
		if l.Timeout%time.Second != 0 || l.Timeout < 0 || l.Timeout > MaxLinger || l.Timeout > 0 && !l.On {
			t.Errorf("ParseLinger(%q) = %+v, want whole seconds up to %v", s, l, MaxLinger)
		}
		if again, err := ParseLinger(l.String()); again != l || err != nil {
			t.Errorf("ParseLinger(%q) = %v, %v, want %v", l.String(), again, err, l)
		}
	})
}
