package cell

import (
	"fmt"
	"math"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/machine"
	"tcpbench/internal/procsched"
	"tcpbench/lab/labtest"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// served is a run in a lab whose server speaks a protocol.
func served(t *testing.T, protocol string, options ...string) *results.Run {
	t.Helper()
	s := Spec{Workload: workloadWith(t, options...)}
	s.Server.Protocol = protocol
	return measured(t, s)
}

// What a server spins is told apart from what it works, and cannot be more than all it
// used, which is not more than its threads can use.
func TestWhatTheServerCostsIsInTheResult(t *testing.T) {
	tests := []struct {
		name, protocol string
		options        []string
		spins, knows   bool
	}{
		{"short connections", scenario.ServerEcho, []string{"linger=0"}, machine.CPUs() > 1, true},
		{"held ones", scenario.ServerHTTP, []string{"mode=keepalive", "concurrency=2"}, machine.CPUs() > 1, true},
		{"a client with a thread for each processor", scenario.ServerEcho,
			[]string{"linger=0", fmt.Sprint("threads=", machine.CPUs())}, false, true},
		{"https", scenario.ServerHTTPS, nil, false, false},
	}
	for _, tt := range raced(tests) {
		t.Run(tt.name, func(t *testing.T) {
			r := served(t, tt.protocol, append(tt.options, "duration=400ms", "interval=100ms")...)
			c := r.Server
			if c == nil || c.BusyShare == nil {
				t.Fatalf("server = %+v, want what it cost, and how busy it was", c)
			}
			cpu := c.CPUUserS + c.CPUSystemS
			if most := (r.DurationS + r.DrainS) * float64(runtime.NumCPU()); cpu <= 0 || cpu > 1.1*most {
				t.Errorf("the server used %v s, want more than 0 and less than %v", cpu, most)
			}
			if *c.BusyShare <= 0 || *c.BusyShare > 1 {
				t.Errorf("busy share = %v, want 0 to 1", *c.BusyShare)
			}
			if (c.SpunS != nil) != tt.knows {
				t.Fatalf("spun_s = %v, want one: %t", c.SpunS, tt.knows)
			}
			if c.SpunS != nil && ((*c.SpunS > 0) != tt.spins || *c.SpunS > cpu) {
				t.Errorf("it spun %v of %v s, want some of it: %t", *c.SpunS, cpu, tt.spins)
			}
		})
	}
}

// What the server reports is that of its threads as the client sees them.
func TestWhatThreadsSpinIsOfThoseThatDid(t *testing.T) {
	if !labtest.Bare(t) {
		return
	}
	s := Spec{Workload: workloadWith(t, "response-size=0")}
	p := opened(t, s)
	sum := func(spun map[int]time.Duration) (all time.Duration) {
		for _, d := range spun {
			all += d
		}
		return all
	}
	// On a busy machine it may find nothing to look for in the first ones.
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		c, err := net.Dial("tcp", p.Destinations[0].String())
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		if !p.spins(s) || sum(p.serverCost.meters.Spun()) > 0 {
			break
		}
	}
	least := sum(p.serverCost.meters.Spun())
	threads, err := p.serverCost.threads()
	if err != nil {
		t.Fatal(err)
	}
	var got time.Duration
	for id, one := range threads {
		if got += one.Spun; one.Spun > one.Ran+tick {
			t.Errorf("thread %s spun %v, want no more than it ran, %v", id, one.Spun, one.Ran)
		}
	}
	if most := sum(p.serverCost.meters.Spun()); got < least || got > most || p.spins(s) && got == 0 {
		t.Errorf("threads spun %v, want %v to %v, as they report", got, least, most)
	}
}

// tick is how late at most the kernel counts what a thread that runs has used.
const tick = 10 * time.Millisecond

func TestWhatAThreadSpunIsNoWork(t *testing.T) {
	start := time.Now()
	c := &processors{start: start, first: map[string]procsched.Threads{"server": {"7": {Ran: time.Second}}},
		last: map[string]reading{"server": {procsched.Threads{"7": {Ran: 1970 * time.Millisecond,
			Waited: 20 * time.Millisecond, Spun: 560 * time.Millisecond}}, start.Add(time.Second)}}}
	got := c.busy("server")
	if want := (exhaustion.Busy{Ran: 0.41, Waited: 0.02, Spun: 0.56}); math.Abs(got.Ran-want.Ran) > 1e-9 ||
		math.Abs(got.Waited-want.Waited) > 1e-9 || math.Abs(got.Spun-want.Spun) > 1e-9 {
		t.Errorf("busy() = %+v, want %+v", got, want)
	}
}

// A load that leaves a server asleep for most of the time does not keep it awake.
func TestAServerWithLittleToDoSleeps(t *testing.T) {
	for _, tt := range raced([]struct {
		name    string
		options []string
	}{
		{"connections", []string{"rate=500", "linger=0"}},
		{"requests", []string{"rate=500", "mode=keepalive"}},
		{"held connections", []string{"mode=idle"}},
	}) {
		t.Run(tt.name, func(t *testing.T) {
			r := served(t, scenario.ServerHTTP, append(tt.options, "duration=1s")...)
			if c := r.Server; c == nil || c.SpunS == nil || *c.SpunS > 0.01 {
				t.Errorf("server = %+v, want one that spun for 1 %% of a second at most", c)
			}
		})
	}
}

// A program that is the server reports nothing of the kind, nor does a target.
func TestOnlyTheEmbeddedServersCostIsKnown(t *testing.T) {
	c, err := newServerCost(1, 0)
	if c != nil || err != nil {
		t.Fatalf("newServerCost(no meters) = %v, %v, want none", c, err)
	}
	c.begin()
	c.end()
	if got := c.result(exhaustion.Busy{Ran: 0.5}); got != nil {
		t.Errorf("result() = %+v, want none", got)
	}
}

// A client may begin before the threads of a server that answers have said anything.
func TestWhatAServerSpunCountsFromItsBeginning(t *testing.T) {
	ms := func(n int) *time.Duration { return new(time.Duration(n) * time.Millisecond) }
	for _, tt := range []struct {
		name          string
		before, after *time.Duration
		want          *float64
	}{
		{"its threads had begun", ms(10), ms(30), new(0.02)},
		{"they had yet to begin", nil, ms(30), new(0.03)},
		{"they never did", nil, nil, nil},
	} {
		c := &serverCost{before: spending{spun: tt.before}, after: spending{spun: tt.after}}
		if got := c.result(exhaustion.Busy{}).SpunS; (got == nil) != (tt.want == nil) ||
			got != nil && math.Abs(*got-*tt.want) > 1e-9 {
			t.Errorf("%s: spun_s = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestServerThreadsShareTheConnections(t *testing.T) {
	r := served(t, scenario.ServerEcho, "server-threads=3", "linger=0", "count=3000", "duration=20s")
	if r.Totals.Succeeded != 3000 || r.Delivery == nil || r.Delivery.RequestsAnswered != 3000 {
		t.Errorf("3 threads answered %+v of %d, want all 3000", r.Delivery, r.Totals.Succeeded)
	}
}

func TestServerThreadsAreRefusedWhereThereAreNone(t *testing.T) {
	server, proxy := programs()
	for _, tt := range []struct {
		name string
		spec Spec
		want string // "" for nothing
	}{
		{"a program", server, "nginx has as many as its own options say"},
		{"a target", Spec{Targets: []string{"tcp://127.0.0.1:1"}}, "it is for a lab's server"},
		{"the embedded server behind a proxy", proxy, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.spec.Workload = workloadWith(t, "server-threads=2")
			err, want := tt.spec.Validate(), "server-threads: "+tt.want
			if tt.want == "" && err != nil {
				t.Errorf("Validate() = %v, want nil", err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("Validate() = %v, want an error with %q", err, want)
			}
			tt.spec.Workload = workloadWith(t, "server-threads=1")
			if err := tt.spec.Validate(); err != nil {
				t.Errorf("Validate(one thread) = %v, want nil", err)
			}
		})
	}
}

// A program has often ended when the last interval has, and then one reads less of it.
func TestHowBusyAProgramWasIsKnownAfterItsEnd(t *testing.T) {
	ran := func(d time.Duration) procsched.Threads { return procsched.Threads{"1": {}, "7": {Ran: d}} }
	readings := []procsched.Threads{ran(400 * time.Millisecond), ran(900 * time.Millisecond), {"1": {}}, nil}
	start := time.Now()
	c := &processors{start: start, first: map[string]procsched.Threads{"client": ran(0)}}
	c.programs = map[string]func() (procsched.Threads, error){"client": func() (procsched.Threads, error) {
		next := readings[0]
		readings = readings[1:]
		if next == nil {
			return nil, os.ErrNotExist
		}
		return next, nil
	}}
	for i := range len(readings) {
		c.again(start.Add(time.Duration(i+1) * time.Second))
	}
	if got, want := c.busy("client").Ran, 0.45; math.Abs(got-want) > 1e-9 {
		t.Errorf("busy() = %v, want %v: 900 ms in the 2 s until the last reading of its thread", got, want)
	}
}
