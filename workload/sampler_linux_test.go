package workload

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"tcpbench/internal/procnet"
	"tcpbench/scenario"
)

func TestALoadKeepsThePortsOfConnectionsThatItHolds(t *testing.T) {
	s := sample{left: 30, held: 5030}
	for mode, want := range map[scenario.Mode]int{
		scenario.ModeShort:     30,
		scenario.ModeKeepalive: 5030,
		scenario.ModeIdle:      5030,
	} {
		if got := s.kept(Options{Workload: scenario.Workload{Mode: mode}}); got != want {
			t.Errorf("%s: kept = %d of 5000 open connections and 30 TIME_WAITs, want %d", mode, got, want)
		}
	}
}

func TestASampleKnowsWhenAllConnectionsAreTimeWaits(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := newSampler(Options{Destinations: []netip.AddrPort{l.Addr().(*net.TCPAddr).AddrPort()}})
	defer s.close()
	want := func(what string, now sample, inUse, ended int) {
		t.Helper()
		if now.inUse == nil || *now.inUse != inUse {
			t.Fatalf("with %s, ports in use are %v, want %d; %v", what, now.inUse, inUse, s.errs())
		}
		if ended < 0 && now.ended != nil || ended >= 0 && (now.ended == nil || *now.ended != ended) {
			t.Fatalf("with %s, all have ended: %v, want %d", what, now.ended, ended)
		}
	}
	want("none", s.settled(), 0, 0)
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	want("one", s.take(), 1, -1)
	client.Close()
	want("one that the server has yet to close", s.take(), 1, -1)
	late := time.AfterFunc(50*time.Millisecond, func() { server.Close() })
	defer late.Stop()
	want("one that the server closes now", s.settled(), 1, 1)
}

func TestTimeWaitsNeedNotBeListedWhereNothingElseCanBe(t *testing.T) {
	quiet, busy := func() bool { return true }, func() bool { return false }
	for _, tt := range []struct {
		name string
		s    sampler
		n    procnet.SocketCount
		want bool
	}{
		{"all that this host has, and none at the other end", sampler{ended: true, fresh: true, quiet: quiet},
			procnet.SocketCount{TimeWaits: 3}, true},
		{"one is open",
			sampler{ended: true, fresh: true, quiet: quiet}, procnet.SocketCount{InUse: 1, TimeWaits: 3}, false},
		{"the other end is not closed",
			sampler{ended: true, fresh: true, quiet: busy}, procnet.SocketCount{TimeWaits: 3}, false},
		{"nothing is known of the other end",
			sampler{ended: true, fresh: true}, procnet.SocketCount{TimeWaits: 3}, false},
		{"there were others before", sampler{ended: true, quiet: quiet}, procnet.SocketCount{TimeWaits: 3}, false},
		{"none was listed yet", sampler{fresh: true, quiet: quiet}, procnet.SocketCount{TimeWaits: 3}, false},
		{"most were in FIN_WAIT_2, which count as TIME_WAITs", sampler{ended: true, finWait2: true, fresh: true,
			quiet: quiet}, procnet.SocketCount{TimeWaits: 3}, false},
		{"their age matters", sampler{ended: true, fresh: true, quiet: quiet, reuseAfter: time.Second},
			procnet.SocketCount{TimeWaits: 3}, false},
	} {
		if got := tt.s.allEnded(tt.n); got != tt.want {
			t.Errorf("%s: allEnded(%+v) = %t, want %t", tt.name, tt.n, got, tt.want)
		}
	}
}

func TestTheStateOfMostIsLearnt(t *testing.T) {
	for _, tt := range []struct {
		name            string
		p               ports
		finWait2, ended bool
	}{
		{"TIME_WAITs", ports{over: 40, timeWait: 38, finWait2: 2}, false, true},
		{"a server that does not close", ports{over: 40, timeWait: 3, finWait2: 37}, true, false},
		{"too few to tell", ports{over: 5, finWait2: 5}, false, false},
		{"some of either", ports{over: 40, timeWait: 20, finWait2: 20}, false, false},
	} {
		var s sampler
		if s.learn(tt.p); s.finWait2 != tt.finWait2 || s.ended != tt.ended {
			t.Errorf("%s: FIN_WAIT_2 %t, TIME_WAIT %t; want %t, %t", tt.name,
				s.finWait2, s.ended, tt.finWait2, tt.ended)
		}
		if s.learn(ports{}); s.finWait2 != tt.finWait2 || s.ended != tt.ended {
			t.Errorf("%s: forgotten when none is left", tt.name)
		}
	}
}
