package capacity

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseLocalPortRange(t *testing.T) {
	tests := []struct {
		name, text string
		want       Range
		err        string
	}{
		{"as the kernel prints it", "32768\t60999\n", Range{32768, 60999}, ""},
		{"as people write it", "1024 65535", Range{1024, 65535}, ""},
		{"one port", "40000 40000", Range{40000, 40000}, ""},
		{"nothing", "", Range{}, `parse ip_local_port_range "": want two ports`},
		{"one number", "40000", Range{}, `parse ip_local_port_range "40000": want two ports`},
		{"three numbers", "1 2 3", Range{}, `parse ip_local_port_range "1 2 3": want two ports`},
		{"backwards", "60999 32768", Range{}, "port range 60999-32768 runs backwards"},
		{"not a number", "low 60999", Range{}, `"low" is not a port`},
		{"beyond the last port", "1024 65536", Range{}, `"65536" is not a port`},
		{"below the first", "-1 60999", Range{}, `"-1" is not a port`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseLocalPortRange(tt.text)
			if got != tt.want || message(err) != tt.err {
				t.Errorf("ParseLocalPortRange(%q) = %v, %q, want %v, %q", tt.text, got, message(err), tt.want, tt.err)
			}
		})
	}
}

func TestParseReservedPorts(t *testing.T) {
	tests := []struct {
		name, text string
		want       []Range
		err        string
	}{
		{"none, as the kernel prints it", "\n", nil, ""},
		{"one port", "8080", []Range{{8080, 8080}}, ""},
		{"ports and ranges", "8080,9000-9999,40000-40099\n", []Range{{8080, 8080}, {9000, 9999}, {40000, 40099}}, ""},
		{"spaces after the commas", "8080, 9000-9999", []Range{{8080, 8080}, {9000, 9999}}, ""},
		{"an empty part", "8080,,9000", nil, `parse ip_local_reserved_ports: "" is not a port`},
		{"backwards", "9999-9000", nil, "parse ip_local_reserved_ports: port range 9999-9000 runs backwards"},
		{"no end", "9000-", nil, `parse ip_local_reserved_ports: "" is not a port`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseReservedPorts(tt.text)
			if !cmp.Equal(got, tt.want) || message(err) != tt.err {
				t.Errorf("ParseReservedPorts(%q) = %v, %q, want %v, %q", tt.text, got, message(err), tt.want, tt.err)
			}
		})
	}
}

// message is the text of an error, empty for nil.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestPortsCount(t *testing.T) {
	local := Range{40000, 40999}
	tests := []struct {
		name     string
		limit    Range
		reserved []Range
		want     int
	}{
		{"the whole range", Range{}, nil, 1000},
		{"within a limit", Range{40100, 40299}, nil, 200},
		{"a limit that ends where the range begins", Range{39000, 40000}, nil, 1},
		{"a limit that begins after the range", Range{41000, 41999}, nil, 1000},
		{"reserved ports that overlap", Range{}, []Range{{40000, 40099}, {40050, 40149}}, 850},
		{"reserved ports outside", Range{}, []Range{{1, 1024}, {65535, 65535}}, 1000},
		{"everything is reserved", Range{}, []Range{{0, 65535}}, 0},
		{"a limit of which half is reserved", Range{40000, 40009}, []Range{{40000, 40004}}, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := len(Ports(local, tt.limit, tt.reserved)); got != tt.want {
				t.Errorf("len(Ports(%v, %v, %v)) = %d, want %d", local, tt.limit, tt.reserved, got, tt.want)
			}
		})
	}
}

// A limit of 0 and 0 is none, as for the kernel, even to a range that has port 0.
func TestAZeroLimitIsNone(t *testing.T) {
	local := Range{0, 1}
	if got := Ports(local, Range{}, nil); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("Ports(%v, %v, nil) = %v, want both", local, Range{}, got)
	}
}

func drawRange(t *rapid.T, name string) Range {
	lo := rapid.IntRange(0, 65535).Draw(t, name+" lo")
	return Range{lo, rapid.IntRange(lo, 65535).Draw(t, name+" hi")}
}

func TestPortsAreThoseThatQualify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local, limit, reserved := drawRange(t, "local"), drawRange(t, "limit"), drawRange(t, "reserved")
		ports := Ports(local, limit, []Range{reserved})
		has := func(r Range, p int) bool { return r.Lo <= p && p <= r.Hi }
		limited := limit != Range{} && Overlaps(local, limit)
		qualifies := func(p int) bool { return has(local, p) && (!limited || has(limit, p)) && !has(reserved, p) }
		for i, p := range ports {
			if !qualifies(p) {
				t.Fatalf("Ports(%v, %v, %v) has %d", local, limit, reserved, p)
			}
			if i > 0 && p <= ports[i-1] {
				t.Fatalf("Ports(%v, %v, %v) has %d after %d", local, limit, reserved, p, ports[i-1])
			}
		}
		probe := rapid.IntRange(local.Lo, local.Hi).Draw(t, "probe")
		if qualifies(probe) && !slices.Contains(ports, probe) {
			t.Fatalf("Ports(%v, %v, %v) lacks %d", local, limit, reserved, probe)
		}
	})
}

func TestBarred(t *testing.T) {
	tests := []struct {
		name     string
		r        Range
		reserved []Range
		want     int
	}{
		{"none reserved", Range{10, 19}, nil, 0},
		{"within", Range{10, 19}, []Range{{12, 13}}, 2},
		{"beyond both ends", Range{10, 19}, []Range{{1, 11}, {19, 30}}, 3},
		{"twice the same, and in any order", Range{10, 19}, []Range{{15, 16}, {11, 15}, {15, 15}}, 6},
		{"outside", Range{10, 19}, []Range{{1, 9}, {20, 30}}, 0},
		{"all", Range{10, 19}, []Range{{1, 40}, {12, 13}}, 10},
	}
	for _, tt := range tests {
		if got := Barred(tt.r, tt.reserved); got != tt.want {
			t.Errorf("%s: Barred(%v, %v) = %d, want %d", tt.name, tt.r, tt.reserved, got, tt.want)
		}
	}
}

// A search of 7 ports leaves out the first or the last; where neither can be had
// anyway, it finds all.
func TestMisses(t *testing.T) {
	tests := []struct {
		name  string
		r     Range
		ports []int
		want  bool
	}{
		{"an even number", Range{10, 15}, []int{10, 11, 12, 13, 14, 15}, false},
		{"an odd number", Range{10, 16}, []int{10, 11, 12, 13, 14, 15, 16}, true},
		{"the first is reserved", Range{10, 16}, []int{11, 12, 13, 14, 15, 16}, true},
		{"the last is reserved", Range{10, 16}, []int{10, 11, 12}, true},
		{"both are", Range{10, 16}, []int{11, 12, 15}, false},
		{"one port", Range{10, 10}, []int{10}, false},
		{"none left", Range{10, 16}, nil, false},
	}
	for _, tt := range tests {
		if got := tt.r.Misses(tt.ports); got != tt.want {
			t.Errorf("%s: %v.Misses(%v) = %t, want %t", tt.name, tt.r, tt.ports, got, tt.want)
		}
	}
}

func TestSearchesInTurn(t *testing.T) {
	tests := []struct {
		name   string
		s      Settings
		kernel string
		want   bool
	}{
		{"a range of its own", Settings{Limited: true}, "Linux 6.18.5", true},
		{"the first kernel that does", Settings{Limited: true}, "Linux 6.8.0-31-generic", true},
		{"the last that does not", Settings{Limited: true}, "Linux 6.7.12", false},
		{"a kernel to come", Settings{Limited: true}, "Linux 7.0.0", true},
		{"a kernel that is not known", Settings{Limited: true}, "", false},
		{"the host's range", Settings{}, "Linux 6.18.5", false},
		{"bind(2) looks for the port", Settings{Limited: true, BindReserves: true}, "Linux 6.18.5", false},
	}
	for _, tt := range tests {
		tt.s.Ports, tt.s.Sources, tt.s.Destinations, tt.s.OddRange = 333, 1, 1, true
		s := tt.s.On(250, tt.kernel)
		_, knee := PredictKnee(s, TypicalSearch())
		if got := s.SearchesInTurn(); got != tt.want || knee == tt.want || (s.SafePorts() == 333) != tt.want {
			t.Errorf("%s: SearchesInTurn() = %t, knee %t, %d ports for sure; want in turn %t, or else a knee and "+
				"332 ports", tt.name, got, knee, s.SafePorts(), tt.want)
		}
	}
}
