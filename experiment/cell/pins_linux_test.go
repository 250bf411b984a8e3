package cell

import (
	"net"
	"net/netip"
	"slices"
	"testing"

	"tcpbench/internal/machine"
	"tcpbench/scenario"
)

// ownAddress is one of this host's that is not of loopback, as others reach it; false
// where it has none.
func ownAddress(t *testing.T) (netip.Addr, bool) {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() {
			addr, _ := netip.AddrFromSlice(n.IP)
			return addr.Unmap(), true
		}
	}
	return netip.Addr{}, false
}

func TestWhichOtherProgramsNeedProcessors(t *testing.T) {
	elsewhere, here := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("127.0.0.1")
	target, nginx := []string{"tcp://192.0.2.1:80"}, scenario.Server{}
	nginx.Command = []string{"nginx"}
	embedded := func(name string, threads int) (Spec, *Place) {
		s := Spec{Workload: scenario.DefaultWorkload()}
		s.Server.Protocol, s.Workload.ServerThreads = name, threads
		return s, &Place{server: &peer{}, speaks: s.Server.Speaks()}
	}
	tests := []struct {
		name string
		make func() (Spec, *Place)
		to   []netip.Addr
		want int
	}{
		{"a target on another host", func() (Spec, *Place) { return Spec{Targets: target}, &Place{} },
			[]netip.Addr{elsewhere}, 0},
		{"one on this host, over loopback", func() (Spec, *Place) { return Spec{Targets: target}, &Place{} },
			[]netip.Addr{here}, -1},
		{"one of two on this host", func() (Spec, *Place) { return Spec{Targets: target}, &Place{} },
			[]netip.Addr{elsewhere, here}, -1},
		{"the embedded server", func() (Spec, *Place) { return embedded(scenario.ServerEcho, 3) }, nil, 3},
		{"one that runs on Go's threads", func() (Spec, *Place) { return embedded(scenario.ServerHTTPS, 1) }, nil, -1},
		{"a link's process", func() (Spec, *Place) {
			s, p := embedded(scenario.ServerEcho, 1)
			p.link = &peer{}
			return s, p
		}, nil, -1},
		{"a program of the user", func() (Spec, *Place) {
			s, p := embedded(scenario.ServerEcho, 1)
			s.Server = nginx
			return s, p
		}, nil, -1},
		{"a proxy", func() (Spec, *Place) {
			s, p := embedded(scenario.ServerEcho, 1)
			s.Proxy.Command = []string{"haproxy"}
			return s, p
		}, nil, -1},
	}
	if own, ok := ownAddress(t); ok {
		tests = append(tests, slices.Clone(tests[:1])...)
		tests[len(tests)-1].name, tests[len(tests)-1].to, tests[len(tests)-1].want =
			"one on this host, over an address of it", []netip.Addr{own}, -1
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, p := tt.make()
			for _, a := range tt.to {
				p.Destinations = append(p.Destinations, netip.AddrPortFrom(a, 80))
			}
			if got := p.others(s); got != tt.want {
				t.Errorf("others() = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestThreadsOfALibraryAreNotPinned(t *testing.T) {
	p := &Place{Destinations: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:80")}}
	s := Spec{Workload: scenario.DefaultWorkload(), Targets: []string{"http://192.0.2.1:80"}}
	s.Workload.Threads = 2
	library, _ := scenario.EngineNetHTTP.Engine()
	if got := p.pins(s, library); got != nil {
		t.Errorf("pins() of engine nethttp = %v, want none", got)
	}
	own, _ := scenario.EngineEpoll.Engine()
	if got := p.pins(s, own); (len(got) == 2) != (machine.CPUs() >= 2) {
		t.Errorf("pins() of two threads of engine epoll = %v on %d processors", got, machine.CPUs())
	}
}
