package agent

import (
	"context"
	"errors"
	"flag"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/machine"
	"tcpbench/lab/labtest"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

func TestMain(m *testing.M) {
	cell.Role()
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // which there is: they wait, nearly all of the time
	os.Exit(m.Run())
}

// coordinator is the other side of an agent, without a network.
type coordinator struct {
	*testing.T
	agent *Agent
	stop  func()
	over  <-chan struct{} // closed when the agent's Run has returned
	self  message.Coordinator

	mu      sync.Mutex
	reports []message.Report
	more    chan struct{}
}

// start runs an agent until the test ends.
func start(t *testing.T, o Options) *coordinator { t.Helper(); return startFor(t, o, false, 0) }

// startFor is start for an agent that ends by itself, when its patience is over.
func startFor(t *testing.T, o Options, once bool, patience time.Duration) *coordinator {
	t.Helper()
	c := &coordinator{T: t, self: message.Coordinator{ID: "one", Name: "one"}, more: make(chan struct{}, 1)}
	o.Name, o.Say, o.Log = "a", c.hear, func(s string) { t.Log(s) }
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.agent = a
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	c.stop, c.over = cancel, over
	go func() { // ends with the test
		defer close(over)
		_ = a.Run(ctx, once, patience)
	}()
	t.Cleanup(func() { cancel(); <-over; a.Close() })
	return c
}

func (c *coordinator) hear(b []byte) error {
	r, err := message.DecodeReport(b)
	if err != nil {
		c.Errorf("the agent said %s: %v", b, err)
	}
	c.mu.Lock()
	c.reports = append(c.reports, r)
	c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
	return nil
}

func (c *coordinator) order(o message.Order) { c.Helper(); c.orderTo("", o) }

// orderTo is order for the process that has an agent's name.
func (c *coordinator) orderTo(instance string, o message.Order) {
	c.Helper()
	o.Instance = instance
	o.Version, o.Coordinator = message.Version, c.self
	b, err := message.Encode(o)
	if err != nil {
		c.Fatal(err)
	}
	c.agent.Hear(b)
}

// await returns the first report from then on that is so, while it beats.
func (c *coordinator) await(what string, so func(message.Report) bool) message.Report {
	c.Helper()
	end := time.After(20 * time.Second)
	beat := time.NewTicker(message.Beat)
	defer beat.Stop()
	for {
		c.mu.Lock()
		i := slices.IndexFunc(c.reports, so)
		if i >= 0 {
			r := c.reports[i]
			c.reports = c.reports[i+1:]
			c.mu.Unlock()
			return r
		}
		c.mu.Unlock()
		select {
		case <-c.more:
		case <-beat.C:
			c.order(message.Order{})
		case <-end:
			c.Fatalf("no report that %s within 20 s", what)
		}
	}
}

func state(s message.State) func(message.Report) bool {
	return func(r message.Report) bool { return r.Status != nil && r.Status.Job != nil && r.Status.Job.State == s }
}

func load(t *testing.T, change func(*scenario.Workload)) cell.Spec {
	t.Helper()
	target, _ := labtest.Accepting(t)
	s := cell.Spec{Workload: scenario.DefaultWorkload(), Targets: []string{target}}
	s.Workload.Concurrency, s.Workload.RequestSize, s.Workload.ResponseSize = 1, 0, 0
	s.Workload.Linger = scenario.Linger{On: true}
	change(&s.Workload)
	return s
}

func loopback() Policy { return Policy{Within: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}} }

// begin has the agent prepare a load and begin it at once.
func (c *coordinator) begin(run string, s cell.Spec) {
	c.Helper()
	c.order(message.Order{Hold: true})
	c.order(message.Order{Prepare: &message.Prepare{Run: run, Spec: s}})
	c.await("it is ready", state(message.Ready))
	now, err := machine.Monotonic()
	if err != nil {
		c.Fatal(err)
	}
	c.order(message.Order{Begin: &message.Begin{Run: run, At: now + 50*time.Millisecond}})
}

// fetch gets all that is kept of a run.
func (c *coordinator) fetch(k message.Kept) []byte {
	c.Helper()
	var data []byte
	for int64(len(data)) < k.Bytes {
		c.order(message.Order{Give: &message.Give{Run: k.Run, Offset: int64(len(data))}})
		r := c.await("has a part", func(r message.Report) bool { return r.Chunk != nil })
		data = append(data, r.Chunk.Data...)
	}
	return data
}

func TestAnAgentRunsWhatItIsGivenAndKeepsTheResultUntilItIsTaken(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Policy: loopback()})
	c.begin("r-1", load(t, func(w *scenario.Workload) { w.Count = 200 }))
	r := c.await("it is done", state(message.Done))
	if len(r.Status.Kept) != 1 || r.Status.Job.Why != "" || r.Status.Job.Began == 0 {
		t.Fatalf("%+v, %+v, want one result", r.Status, r.Status.Job)
	}
	got, err := results.Decode(c.fetch(r.Status.Kept[0]))
	if err != nil || got.Totals.Succeeded != 200 {
		t.Fatalf("the result is %+v, %v, want 200 connections", got, err)
	}
	if a := got.Agent("a"); a == nil || a.StartErrorUS == nil || *a.StartErrorUS < 0 {
		t.Errorf("the result is of %+v, want when it began", got.Agents)
	}
	if kept := c.agent.Kept(); len(kept) != 1 {
		t.Errorf("it keeps %+v before the coordinator has it all, want one", kept)
	}
	c.order(message.Order{Taken: "r-1"})
	if kept := c.agent.Kept(); len(kept) != 0 {
		t.Errorf("it keeps %+v after the coordinator has it all, want none", kept)
	}
}

func TestALoadEndsWhenNothingIsHeardOfTheCoordinator(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Policy: loopback()})
	c.begin("r-1", load(t, func(w *scenario.Workload) {
		w.Duration, w.Rate = time.Minute, scenario.Rate{From: 20, To: 20}
	}))
	c.await("it runs", state(message.Running))
	begun := time.Now()
	// The load may end a moment before the agent lets go of its coordinator.
	for (len(c.agent.Kept()) == 0 || c.agent.busy()) && time.Since(begun) < 30*time.Second {
		time.Sleep(50 * time.Millisecond)
	}
	if kept := c.agent.Kept(); len(kept) != 1 || kept[0].Journal {
		t.Fatalf("it keeps %+v, want a result", kept)
	}
	// Another coordinator can have it now, and what it kept.
	c.self = message.Coordinator{ID: "two", Name: "two"}
	c.order(message.Order{Hold: true})
	r := c.await("another has it", func(r message.Report) bool {
		return r.Status != nil && r.Status.Held != nil && r.Status.Held.ID == "two"
	})
	got, err := results.Decode(c.fetch(r.Status.Kept[0]))
	if err != nil || !got.Interrupted || got.DurationS > 20 {
		t.Errorf("the result is %+v, %v, want a run that was ended after %v", got, err, message.Lost)
	}
}

func TestAnAgentTakesOrdersOfOneCoordinator(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Policy: loopback()})
	c.order(message.Order{Hold: true})
	c.self = message.Coordinator{ID: "two", Name: "two"}
	c.order(message.Order{Hold: true})
	r := c.await("it is held", func(r message.Report) bool { return r.Status != nil && r.Status.Held != nil })
	c.order(message.Order{Prepare: &message.Prepare{Run: "r-1", Spec: load(t, func(*scenario.Workload) {})}})
	c.self = message.Coordinator{ID: "one", Name: "one"}
	c.orderTo("another process", message.Order{End: "r-1", Release: true})
	if r.Status.Held.ID != "one" || !c.agent.busy() || c.agent.job != nil {
		t.Errorf("held by %+v with %+v, want the first one, and nothing of the second", r.Status.Held, c.agent.job)
	}
}

func TestWhatTheOwnerDoesNotPermitIsRefused(t *testing.T) {
	t.Parallel()
	limited := loopback()
	limited.MaxRate, limited.MaxConnections, limited.MaxDuration = 100, 5, time.Minute
	in := func(w *scenario.Workload) { w.Count, w.Rate = 1, scenario.Rate{From: 10, To: 10} }
	tests := []struct {
		name, want string
		policy     Policy
		change     func(*cell.Spec)
	}{
		{"no address is permitted", "--allow-target", Policy{}, func(*cell.Spec) {}},
		{"another address", "not within", Policy{Within: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
			func(*cell.Spec) {}},
		{"a name of another address", "not within", Policy{Within: []netip.Prefix{netip.MustParsePrefix("::1/128")}},
			func(s *cell.Spec) { s.Targets = []string{"tcp://localhost:1"} }},
		{"the coordinator's own idea of it", "not within",
			Policy{Within: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
			func(s *cell.Spec) { s.Within = loopback().Within }},
		{"a Unix socket", "Unix socket", limited, func(s *cell.Spec) { s.Targets = []string{"unix:/run/x"} }},
		{"a server's program", "no program", limited, func(s *cell.Spec) {
			s.Targets, s.Server.Command = nil, []string{"touch", "/tmp/x"}
			s.Server.Addresses = []string{"tcp://{server}:7"}
		}},
		{"a client's program", "no program", limited, func(s *cell.Spec) { s.Client.Command = []string{"touch"} }},
		{"a proxy's program", "no program", limited, func(s *cell.Spec) { s.Proxy.Command = []string{"touch"} }},
		{"a log of requests", "no file", limited, func(s *cell.Spec) { s.Log.Path = "/etc/passwd" }},
		{"a server's key", "no file", limited, func(s *cell.Spec) { s.Workload.ServerKey = "/etc/shadow" }},
		{"what a program needs", "no program", limited, func(s *cell.Spec) {
			s.Targets, s.Server.Addresses, s.Server.Needs = nil, []string{"tcp://{server}:7"}, []string{"php:x"}
		}},
		{"a key", "no file", limited, func(s *cell.Spec) { s.Workload.Key = "/etc/shadow" }},
		{"redirects", "hey", limited, func(s *cell.Spec) { s.Workload.Engine = scenario.EngineHey }},
		{"too fast", "permits 100/s", limited, func(s *cell.Spec) { s.Workload.Rate.To = 200 }},
		{"as fast as it goes", "without --rate", limited, func(s *cell.Spec) { s.Workload.Rate = scenario.Rate{} }},
		{"too many connections", "permits 5", limited, func(s *cell.Spec) { s.Workload.Concurrency = 6 }},
		{"an HTTP library's idle connections", "12 in all, and the agent's owner permits 5", limited,
			func(s *cell.Spec) {
				d := scenario.DefaultWorkload()
				s.Targets = []string{"http://127.0.0.1:1/", "http://127.0.0.1:1/other"}
				s.Workload.Engine, s.Workload.Concurrency = scenario.EngineNetHTTP, 3
				s.Workload.RequestSize, s.Workload.ResponseSize = d.RequestSize, d.ResponseSize
			}},
		{"for too long", "permits 1m", limited, func(s *cell.Spec) { s.Workload.Duration = time.Hour }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, Options{Policy: tt.policy})
			s := load(t, in)
			tt.change(&s)
			c.order(message.Order{Hold: true})
			c.order(message.Order{Prepare: &message.Prepare{Run: "r-1", Spec: s}})
			r := c.await("it is refused", state(message.Refused))
			if !strings.Contains(r.Status.Job.Why, tt.want) || r.Status.Job.Status != 2 {
				t.Errorf("refused with status %d, because %s; want 2, and %q", r.Status.Job.Status, r.Status.Job.Why,
					tt.want)
			}
		})
	}
	t.Run("what is permitted runs", func(t *testing.T) {
		t.Parallel()
		c := start(t, Options{Policy: limited})
		c.begin("r-1", load(t, in))
		if r := c.await("it is done", state(message.Done)); r.Status.Job.Why != "" {
			t.Errorf("it ended with %s, want no error", r.Status.Job.Why)
		}
	})
	t.Run("a load without an end has the owner's", func(t *testing.T) {
		t.Parallel()
		short := loopback()
		short.MaxDuration = 500 * time.Millisecond
		c := start(t, Options{Policy: short})
		c.begin("r-1", load(t, func(w *scenario.Workload) {
			w.Count, w.Rate = 1_000_000, scenario.Rate{From: 10, To: 10}
		}))
		c.await("it is done", state(message.Done))
		got, err := results.Decode(c.fetch(c.agent.Kept()[0]))
		if err != nil || !got.Interrupted || got.DurationS > 20 {
			t.Errorf("%+v, %v, want a run that was ended after 500 ms", got, err)
		}
	})
}

// A load as long as its owner permits ends by itself.
func TestALoadThatLastsAsLongAsItMayIsNotInterrupted(t *testing.T) {
	t.Parallel()
	p := loopback()
	p.MaxDuration = time.Second
	c := start(t, Options{Policy: p})
	c.begin("r-1", load(t, func(w *scenario.Workload) {
		w.Duration, w.Rate = time.Second, scenario.Rate{From: 20, To: 20}
	}))
	c.await("it is done", state(message.Done))
	got, err := results.Decode(c.fetch(c.agent.Kept()[0]))
	if err != nil || got.Interrupted || got.DurationS < 0.9 {
		t.Errorf("%+v, %v, want a run of a second that was not interrupted", got, err)
	}
}

func TestAfterWhatTimeALoadIsCutOff(t *testing.T) {
	tests := []struct {
		name                  string
		most                  time.Duration
		count                 int
		warmup, last, timeout time.Duration
		want                  time.Duration
	}{
		{"never, without a limit", 0, 0, 0, time.Minute, time.Second, 0},
		{"when the owner's time is over, without an end", 2 * time.Second, 1, 0, 0, time.Hour, 2 * time.Second},
		{"after its last connections", 2 * time.Second, 0, time.Second, time.Second, 3 * time.Second, 6 * time.Second},
		{"before a connection that is to hang", 2 * time.Second, 0, 0, 2 * time.Second, time.Hour, 13 * time.Second},
		{"when the owner's time is over, long after its end", time.Minute, 0, 0, time.Second, time.Second, time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := scenario.DefaultWorkload()
			w.Count, w.Warmup, w.Duration, w.Timeout = int64(tt.count), tt.warmup, tt.last, tt.timeout
			if got := (Policy{MaxDuration: tt.most}).lasts(w); got != tt.want {
				t.Errorf("lasts() = %v, want %v", got, tt.want)
			}
		})
	}
}

// An agent that is to end by itself does not while a coordinator is there that it waits for.
func TestForWhomAnAgentWaits(t *testing.T) {
	one, two := message.Coordinator{ID: "one", Name: "one"}, message.Coordinator{ID: "two", Name: "two"}
	tests := []struct {
		name  string
		held  bool // by the first
		beats []message.Coordinator
		stays bool
	}{
		{"nobody is there", false, nil, false},
		{"one is there that holds nobody yet", false, []message.Coordinator{one}, true},
		{"its own is there, and another", true, []message.Coordinator{one, two}, true},
		{"its own is lost", true, nil, false},
		{"its own is lost, and another is there", true, []message.Coordinator{two}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := startFor(t, Options{Policy: loopback()}, true, time.Second)
			if tt.held {
				c.order(message.Order{Hold: true})
			}
			end := time.After(message.Lost + 3*time.Second)
			beat := time.NewTicker(message.Beat / 2)
			defer beat.Stop()
			for left := false; ; {
				select {
				case <-beat.C:
					for _, by := range tt.beats {
						c.self = by
						c.order(message.Order{})
					}
					continue
				case <-c.over:
					left = true
				case <-end:
				}
				if left == tt.stays {
					t.Errorf("it has left: %v, want that it stays: %v", left, tt.stays)
				}
				return
			}
		})
	}
}

func TestAnAgentThatIsStoppedSaysWhyItLeaves(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Policy: loopback()})
	c.order(message.Order{Hold: true})
	r := c.await("it is held", func(r message.Report) bool { return r.Status != nil && r.Status.Held != nil })
	if r.Status.Leaving != "" {
		t.Errorf("it leaves, for %q, want that it stays", r.Status.Leaving)
	}
	c.stop()
	r = c.await("it leaves", func(r message.Report) bool { return r.Status != nil && r.Status.Leaving != "" })
	<-c.over
	c.order(message.Order{Hold: true}) // too late
	if r.Status.Held != nil || r.Status.Leaving != "it was stopped there" || c.agent.busy() {
		t.Errorf("%+v, and busy: %v; want that it was stopped, and takes no orders any more", r.Status, c.agent.busy())
	}
	ctx, end := context.WithCancelCause(t.Context())
	end(errors.New("terminated signal received"))
	if got := stopped(ctx); got != "it was stopped there: terminated signal received" {
		t.Errorf("stopped() = %q, want the signal", got)
	}
}

// What is added to a host is there for the next coordinator.
func TestTheHostIsReadAgainWhenTheAgentIsHeld(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Policy: loopback()})
	c.agent.mu.Lock()
	want := c.agent.host
	c.agent.host.Addrs, c.agent.host.Ports = nil, 0 // as it was before
	c.agent.mu.Unlock()
	c.order(message.Order{Hold: true})
	r := c.await("it is held", func(r message.Report) bool { return r.Status != nil && r.Status.Held != nil })
	got := r.Status.Host
	if !slices.Equal(got.Addrs, want.Addrs) || got.Ports != want.Ports || got.Build != want.Build {
		t.Errorf("the host is %+v, want %+v", got, want)
	}
}

// A load that begins late has the owner's time from then on, and no more of it: an order that
// is far ahead does not stretch it.
func TestTheOwnersTimeIsCountedFromWhenTheLoadIsToBegin(t *testing.T) {
	t.Parallel()
	short := loopback()
	short.MaxDuration = time.Second
	c := start(t, Options{Policy: short})
	c.order(message.Order{Hold: true})
	c.order(message.Order{Prepare: &message.Prepare{Run: "r-1", Spec: load(t, func(w *scenario.Workload) {
		w.Count, w.Rate = 1_000_000, scenario.Rate{From: 10, To: 10}
	})}})
	c.await("it is ready", state(message.Ready))
	now, err := machine.Monotonic()
	if err != nil {
		t.Fatal(err)
	}
	c.order(message.Order{Begin: &message.Begin{Run: "r-1", At: now + 1500*time.Millisecond}})
	c.await("it is done", state(message.Done))
	got, err := results.Decode(c.fetch(c.agent.Kept()[0]))
	if err != nil || !got.Interrupted || got.DurationS < 0.5 || got.DurationS > 10 {
		t.Errorf("it took %v s, %v, want the owner's second after a wait of 1.5", got.DurationS, err)
	}
}

// Orders can be heard more than once, and results written late: what is taken stays taken, and
// what comes after it is a run's own.
func TestWhatIsTakenTwiceOrTooEarlyIsNotLost(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Policy: loopback()})
	c.begin("r-1", load(t, func(w *scenario.Workload) { w.Count = 20 }))
	c.order(message.Order{Taken: "r-1"}) // of which there is no result yet
	c.await("it is done", state(message.Done))
	if kept := c.agent.Kept(); len(kept) != 1 {
		t.Fatalf("it keeps %+v after its result was taken before it was there, want it", kept)
	}
	for range 2 {
		c.order(message.Order{Taken: "r-1"})
		if kept := c.agent.Kept(); len(kept) != 0 {
			t.Errorf("it keeps %+v, want none", kept)
		}
	}
	c.order(message.Order{Give: &message.Give{Run: "r-1"}}) // nothing comes of it
	c.begin("r-2", load(t, func(w *scenario.Workload) { w.Count = 20 }))
	r := c.await("the next one is done", func(r message.Report) bool {
		return r.Status != nil && r.Status.Job.Run == "r-2" && r.Status.Job.State == message.Done
	})
	if len(r.Status.Kept) != 1 || r.Status.Kept[0].Run != "r-2" {
		t.Errorf("it keeps %+v, want the second run alone", r.Status.Kept)
	}
}

// What an agent said last is how it stands: else one that was held just now would be taken for one
// that has let go.
func TestHowAnAgentStandsIsSaidInItsOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var said []*message.Status
	first, goOn := make(chan struct{}), make(chan struct{})
	var reports atomic.Int64
	a, err := New(Options{Name: "a", Dir: t.TempDir(), Say: func(b []byte) error {
		if reports.Add(1) == 1 { // it waits for a processor
			close(first)
			<-goOn
		}
		r, err := message.DecodeReport(b)
		mu.Lock()
		defer mu.Unlock()
		said = append(said, r.Status)
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var all sync.WaitGroup
	all.Go(a.tell)
	<-first
	all.Go(func() {
		b, _ := message.Encode(message.Order{Version: message.Version, Hold: true,
			Coordinator: message.Coordinator{ID: "one"}})
		a.Hear(b)
	})
	time.Sleep(50 * time.Millisecond)
	close(goOn)
	all.Wait()
	if len(said) != 2 || said[0].Held != nil || said[1].Held == nil {
		t.Errorf("it said %+v, want that it is free, and then that it is held", said)
	}
}

func TestADirectoryIsOneAgents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, Options{Dir: dir})
	_, err := New(Options{Name: "b", Dir: dir})
	if err == nil || !strings.HasSuffix(err.Error(), "give each agent a directory of its own, with --dir or --name") {
		t.Errorf("New of a directory that another agent has = %v, want what to do", err)
	}
}

func TestWhatADeadAgentLeftIsOffered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	journal, err := results.OpenJournal(results.JournalPath(dir+"/r-7.json"), results.JournalHead{})
	if err != nil {
		t.Fatal(err)
	}
	journal.Add(metrics.Interval{TS: 1, LengthS: 1, Attempted: 3})
	empty, emptyErr := results.OpenJournal(results.JournalPath(dir+"/r-6.json"), results.JournalHead{})
	if err := errors.Join(journal.Close(), emptyErr, empty.Close()); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"r-8.json": "{}", "notes.txt": "mine", "No Run.json": "{}"} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := start(t, Options{Dir: dir})
	kept := c.agent.Kept()
	if len(kept) != 2 || kept[0].Run != "r-7" || !kept[0].Journal || kept[1].Run != "r-8" || kept[1].Journal {
		t.Fatalf("Kept() = %+v, want the journal of r-7 and the result r-8", kept)
	}
	c.order(message.Order{Hold: true})
	c.order(message.Order{Taken: "r-7"})
	if _, err := os.Stat(results.JournalPath(dir + "/r-7.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the journal that was taken: %v, want it gone", err)
	}
	if _, err := os.Stat(dir + "/notes.txt"); err != nil {
		t.Errorf("what is not the agent's: %v", err)
	}
}

func TestAnAgentOfManySpeaksLessOftenAndIsPatient(t *testing.T) {
	t.Parallel()
	const every = 2 * time.Second // and so 5 s without a word
	c := start(t, Options{Policy: loopback()})
	held := func(r message.Report) bool { return r.Status != nil && r.Status.Held != nil }
	c.order(message.Order{Hold: true, Every: every})
	c.await("it is held", held)
	time.Sleep(message.Beat) // in which it may have had a beat still to go
	c.mu.Lock()
	c.reports = nil
	c.mu.Unlock()
	time.Sleep(4 * time.Second)
	c.mu.Lock()
	said := c.reports
	c.mu.Unlock()
	if len(said) < 1 || len(said) > 3 || !held(said[len(said)-1]) {
		t.Errorf("in 4 s it said %d times how it stands: %+v; want once every %v, and that it is held", len(said), said,
			every)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		c.mu.Lock()
		free := len(c.reports) > 0 && !held(c.reports[len(c.reports)-1])
		c.mu.Unlock()
		if free {
			return
		}
		if time.Now().After(end) {
			t.Fatal("it never lets go of a coordinator that is gone")
		}
	}
}

func TestIntervalsAreToldTogether(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Policy: loopback()})
	c.order(message.Order{Hold: true})
	s := load(t, func(w *scenario.Workload) {
		w.Interval, w.Duration, w.Rate = 100*time.Millisecond, 950*time.Millisecond, scenario.Rate{From: 100, To: 100}
	})
	c.order(message.Order{Prepare: &message.Prepare{Run: "r-1", Spec: s, Join: 4}})
	c.await("it is ready", state(message.Ready))
	now, err := machine.Monotonic()
	if err != nil {
		t.Fatal(err)
	}
	c.order(message.Order{Begin: &message.Begin{Run: "r-1", At: now}})
	var each []int
	done := state(message.Done)
	for {
		r := c.await("has an interval, or is done", func(r message.Report) bool { return r.Interval != nil || done(r) })
		if r.Interval == nil {
			break
		}
		iv := r.Interval.Interval
		each = append(each, max(iv.Merged, 1))
		if iv.Attempted == 0 {
			t.Errorf("an interval is %+v, want one of all that it is made of", iv)
		}
	}
	for i, n := range each {
		if n > 4 || n < 4 && i < len(each)-1 {
			t.Errorf("it told of %v intervals together, want 4 each and what is left", each)
		}
	}
	if len(each) < 2 {
		t.Errorf("it told of %v intervals, want two times at least", each)
	}
}
