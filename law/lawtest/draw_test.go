package lawtest

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/experiment/cell"
	"tcpbench/law/capacity"
	"tcpbench/scenario"
)

// draws is how many worlds a property is tried on, all together some 10,000, and in
// the short tests, which the race detector slows down. `go test ./law/lawtest
// -rapid.checks 100000 -timeout 2h` takes more, of each.
const (
	draws      = 4_000
	shortDraws = 200
)

// check tries a property whose worlds cost so many times as much as those of others.
// They are the same ones each time, unless a number of them is asked for, or a seed.
func check(t *testing.T, cost int, property func(*rapid.T)) {
	t.Helper()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // none was asked for
		set(t, f, worlds(cost))
		if f := flag.Lookup("rapid.seed"); f.Value.String() == f.DefValue {
			set(t, f, "1") // a rare world is for who looks for it, not for who changed something else
		}
	}
	rapid.Check(t, property)
}

// set sets a flag until the end of a test.
func set(t *testing.T, f *flag.Flag, value string) {
	t.Helper()
	if err := f.Value.Set(value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}

// worlds is how many there are of a property by default.
func worlds(cost int) string {
	if testing.Short() {
		return fmt.Sprint(shortDraws / cost)
	}
	return fmt.Sprint(draws / cost)
}

// one draws a value that is rare: true in one of n.
func one(t *rapid.T, n int, label string) bool { return rapid.IntRange(1, n).Draw(t, label) == n }

// few draws a number of ports: mostly so few that every case of them comes up.
func few(t *rapid.T, label string) int {
	if one(t, 20, label+", many") {
		return rapid.IntRange(25, 300).Draw(t, label)
	}
	return rapid.IntRange(1, 24).Draw(t, label)
}

// drawSetup draws what may be set, together where it may be.
func drawSetup(t *rapid.T) Setup {
	lo := rapid.IntRange(40000, 40003).Draw(t, "first port")
	hi := lo + few(t, "ports") - 1
	s := Setup{
		HZ:           rapid.SampledFrom([]int{100, 250, 300, 1000}).Draw(t, "HZ"),
		Sysctls:      map[string]string{"ip_local_port_range": fmt.Sprintf("%d %d", lo, hi)},
		Loopback:     one(t, 8, "loopback"),
		Destinations: 1,
		BindNoPort:   true,
		Linger0:      one(t, 12, "linger 0"),
		Close:        rapid.SampledFrom([]string{"client", "client", "client", "shutdown", "server"}).Draw(t, "close"),
		ServerClose:  "eof",
		Concurrency:  rapid.IntRange(1, 12).Draw(t, "concurrency"),
		Timeout:      5 * time.Second,
	}
	if one(t, 4, "reserved") {
		from := rapid.IntRange(lo-1, hi).Draw(t, "reserved from")
		s.Sysctls["ip_local_reserved_ports"] = fmt.Sprintf("%d-%d,%d", from,
			from+rapid.IntRange(0, 3).Draw(t, "reserved more"), rapid.IntRange(lo, hi+1).Draw(t, "reserved too"))
	}
	if one(t, 3, "several") {
		s.Source = rapid.IntRange(0, 3).Draw(t, "source")
		s.Destinations = rapid.IntRange(1, 3).Draw(t, "destinations")
		s.BindNoPort = rapid.Bool().Draw(t, "bind no port")
	}
	if one(t, 6, "source ports") {
		from := rapid.IntRange(lo, hi).Draw(t, "source ports from")
		s.SourcePorts = [2]int{from, rapid.IntRange(from, hi+5).Draw(t, "source ports to")}
	}
	s.Walk = s.SourcePorts == [2]int{} && one(t, 10, "walk")
	drawKernel(t, &s, hi-lo+1)
	return s
}

// drawKernel draws the sysctls that are not about which ports there are.
func drawKernel(t *rapid.T, s *Setup, ports int) {
	set := func(name string, value int) { s.Sysctls[name] = fmt.Sprint(value) }
	if one(t, 2, "reuse") {
		set("tcp_tw_reuse", rapid.IntRange(0, 2).Draw(t, "tcp_tw_reuse"))
		set("tcp_tw_reuse_delay", rapid.SampledFrom([]int{1, 7, 200, 1000, 5000, 60000}).Draw(t, "delay"))
	}
	if one(t, 8, "timestamps") {
		set("tcp_timestamps", 0)
	}
	if one(t, 10, "server's timestamps") {
		s.ServerSysctls = map[string]string{"tcp_timestamps": "0"}
	}
	if one(t, 5, "server keeps open") && s.Close == "client" && !s.Linger0 && !s.Walk {
		s.ServerClose = "never"
		set("tcp_fin_timeout", rapid.IntRange(1, 90).Draw(t, "fin timeout"))
	}
	if one(t, 8, "max buckets") {
		set("tcp_max_tw_buckets", rapid.IntRange(0, 2*ports+s.Concurrency).Draw(t, "tcp_max_tw_buckets"))
	}
}

// asked is the setup in the words of `run`.
func (s Setup) asked() scenario.Workload {
	w := scenario.DefaultWorkload()
	w.Concurrency, w.Timeout = s.Concurrency, s.Timeout
	w.Source.Count, w.Destinations, w.BindNoPort = s.Source, s.Destinations, s.BindNoPort
	w.SourcePorts = scenario.PortRange{Lo: uint16(s.SourcePorts[0]), Hi: uint16(s.SourcePorts[1])}
	w.Linger.On = s.Linger0
	w.Close, w.ServerClose = scenario.ClosePolicy(s.Close), scenario.ServerClose(s.ServerClose)
	w.Link.Loopback = s.Loopback
	if s.Walk {
		w.PortSelect = scenario.PortSelectWalk
	}
	w.Sysctl, w.ServerSysctl = scenario.Sysctls{}, scenario.Sysctls{}
	for name, value := range s.Sysctls {
		w.Sysctl["net.ipv4."+name] = value
	}
	for name, value := range s.ServerSysctls {
		w.ServerSysctl["net.ipv4."+name] = value
	}
	if s.Keepalive {
		w.Mode = scenario.ModeKeepalive
		w.RequestsPerConn = scenario.Span{Min: int32(s.Requests), Max: int32(s.Requests)}
	}
	return w
}

// law is what the program's own code makes of a setup: as `run` in a lab does.
func law(t *rapid.T, s Setup) capacity.Settings {
	sysctls := capacity.DefaultSysctls()
	sysctls["net.ipv4.tcp_max_tw_buckets"] = "131072"
	set, err := cell.Law(cell.Spec{Workload: s.asked()}, sysctls)
	if err != nil {
		t.Fatalf("cell.Law(%+v): %v", s, err)
	}
	return set.On(s.HZ, "Linux 6.18.5")
}

// drawBoot draws how long the kernel has run: it decides how late timers are.
func drawBoot(t *rapid.T) time.Duration {
	return time.Duration(rapid.Int64Range(0, int64(100*time.Second)).Draw(t, "boot"))
}

func drawSeed(t *rapid.T) uint64 { return rapid.Uint64().Draw(t, "seed") }

// seconds is a time.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
