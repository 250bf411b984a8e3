package cell

import (
	"net"
	"testing"
	"time"

	"tcpbench/internal/procnet"
	"tcpbench/lab"
	"tcpbench/lab/labtest"
	"tcpbench/results"
	"tcpbench/scenario"
)

func TestAHostIsAtRestWithListenersAndTheTimeWaitsThatItIsKnownToHave(t *testing.T) {
	if !labtest.Bare(t) {
		return
	}
	if err := lab.Up(lab.Host{}); err != nil {
		t.Fatal(err)
	}
	h := newWatched("client", procnet.Hosts{PID: "self"})
	if h.open(); h.err != nil {
		t.Fatal(h.err)
	}
	want := func(what string, timeWaits int, want bool) {
		t.Helper()
		h.ended = timeWaits
		for end := time.Now().Add(5 * time.Second); h.atRest() != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("with %s, and %d TIME_WAITs known, atRest() = %t, want %t", what, timeWaits, !want, want)
			}
		}
		if n, err := h.closing(); err != nil || want && len(n) > 0 {
			t.Fatalf("with %s, %v are being closed, %v; want none", what, n, err)
		}
	}
	want("nothing", 0, true)
	want("nothing", 1, false)
	listeners := make([]net.Listener, 2)
	for i, address := range []string{"127.0.0.1:0", "[::]:0"} {
		var err error
		if listeners[i], err = net.Listen("tcp", address); err != nil {
			t.Fatal(err)
		}
	}
	want("listeners", 0, true)
	client, err := net.Dial("tcp", listeners[0].Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listeners[0].Accept()
	if err != nil {
		t.Fatal(err)
	}
	want("a connection", 0, false)
	client.Close()
	want("one that the server has yet to close", 0, false)
	want("one that the server has yet to close", 1, false)
	if n, err := h.closing(); err != nil || len(n) != 2 {
		t.Fatalf("%v are being closed, %v; want both ends", n, err)
	}
	server.Close()
	want("a TIME_WAIT", 1, true)
	want("a TIME_WAIT", 0, false)
}

// Each moment in which the last connection ends is tried, as far as so many rounds go.
func TestWhereNoneIsBeingClosedAllTimeWaitsAreCounted(t *testing.T) {
	if !labtest.Inside(t) {
		return
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h := newWatched("client", procnet.Hosts{PID: "self"})
	if h.open(); h.err != nil {
		t.Fatal(h.err)
	}
	defer h.sockets.Close()
	for range 500 {
		var last results.HostSample
		labtest.EndMeanwhile(t, l, func() {
			for closing := true; closing; {
				last, closing = h.sample(0)
			}
		})
		n, err := h.hosts.TimeWaits() // fewer than rounds, where a connect took one over
		if err != nil || h.err != nil {
			t.Fatal(err, h.err)
		}
		if *last.TimeWait != n {
			t.Fatalf("of %d TIME_WAITs, the last sample has %d", n, *last.TimeWait)
		}
	}
}

// What others have besides the client and its server is not known to be over.
func TestOnlyTheServerOfALabOfTwoIsKnownToBeQuiet(t *testing.T) {
	self := procnet.Hosts{PID: "self"}
	w := &watch{watched: []*watched{newWatched("client", self), newWatched("server", self)}}
	one := &peer{}
	for name, p := range map[string]*Place{
		"no lab":               {},
		"one host":             {server: one, shared: true},
		"a proxy":              {server: one, proxy: one},
		"a link that may lose": {server: one, link: one},
		"a NAT":                {server: one, nat: one},
		"a client's program":   {server: one, program: &clientProgram{peer: one}},
	} {
		if w.quiet(p) != nil {
			t.Errorf("with %s there is an answer, want none", name)
		}
	}
	quiet := w.quiet(&Place{server: one})
	if quiet == nil || quiet() {
		t.Error("a server that cannot be asked is quiet, want that it is not known to be")
	}
}

// A server ends early where nothing is seen of how it ends.
func TestAServerIsDismissedWhereItsEndIsNotSeen(t *testing.T) {
	others := &peer{stdin: nobody{}}
	for _, tt := range []struct {
		name  string
		place func(server *peer) *Place
		w     scenario.Workload
		want  bool
	}{
		{"a lab of two", func(s *peer) *Place { return &Place{server: s} }, scenario.Workload{}, true},
		{"a capture", func(s *peer) *Place { return &Place{server: s} }, scenario.Workload{Capture: 1}, false},
		{"a proxy", func(s *peer) *Place { return &Place{server: s, proxy: others} }, scenario.Workload{}, false},
		{"a NAT", func(s *peer) *Place { return &Place{server: s, nat: others} }, scenario.Workload{}, false},
		{"a link", func(s *peer) *Place { return &Place{server: s, link: others} }, scenario.Workload{}, false},
	} {
		server := &peer{stdin: nobody{}, exited: make(chan struct{})}
		close(server.exited)
		tt.place(server).dismiss(tt.w)
		if got := server.leaves.Load(); got != tt.want {
			t.Errorf("%s: the server is told to end: %t, want %t", tt.name, got, tt.want)
		}
		if tt.want && server.ended() != nil {
			t.Errorf("%s: the end of a server that was told to is a failure", tt.name)
		}
	}
	(&Place{}).dismiss(scenario.Workload{}) // there is none
}

// nobody listens.
type nobody struct{}

func (nobody) Write(p []byte) (int, error) { return len(p), nil }
func (nobody) Close() error                { return nil }
