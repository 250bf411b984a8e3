package fleet

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/agent"
	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/fault"
	"tcpbench/lab/labtest"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(swarmEnv); text != "" {
		beSwarm(text)
	}
	cell.Role()
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // which there is: they wait, nearly all of the time
	os.Exit(m.Run())
}

// waits marks a test that waits for silence: the race detector has the same goroutines in
// others.
func waits(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it waits for seconds, on goroutines that other tests have, too")
	}
	t.Parallel()
}

// wire joins coordinators and agents in this process. What one says is decoded by the others,
// as over a network.
type wire struct {
	mu     sync.Mutex
	agents map[string]*wired
	up     []func(string, []byte)
	loses  func(name string, order []byte) bool // nil loses none
}

// wired is an agent on the wire; cut, nothing passes either way.
type wired struct {
	*agent.Agent
	cut   atomic.Bool
	leave func()
}

func (w *wire) Tell(name string, order []byte) error {
	w.mu.Lock()
	var to []*wired
	for n, a := range w.agents {
		if (name == "" || n == name) && !a.cut.Load() && (w.loses == nil || !w.loses(name, order)) {
			to = append(to, a)
		}
	}
	w.mu.Unlock()
	for _, a := range to {
		a.Hear(order)
	}
	return nil
}

func (w *wire) Listen(f func(string, []byte)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.up = append(w.up, f)
	return nil
}

// join starts an agent with a directory, until the function that it returns is called.
func (w *wire) join(t *testing.T, name, dir string) (a *wired, leave func()) {
	t.Helper()
	a = &wired{}
	say := func(b []byte) error {
		w.mu.Lock()
		all := slices.Clone(w.up)
		w.mu.Unlock()
		for _, up := range all {
			if !a.cut.Load() {
				up(name, b)
			}
		}
		return nil
	}
	var err error
	a.Agent, err = agent.New(agent.Options{Name: name, Dir: dir, Say: say,
		Policy: agent.Policy{Within: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { // ends with leave
		defer close(over)
		_ = a.Run(ctx, false, 0)
	}()
	w.mu.Lock()
	w.agents[name] = a
	w.mu.Unlock()
	a.leave = sync.OnceFunc(func() {
		w.mu.Lock()
		delete(w.agents, name)
		w.mu.Unlock()
		cancel()
		<-over
		a.Close()
	})
	t.Cleanup(a.leave)
	return a, a.leave
}

// gathered is a fleet of agents a, b and c on a wire.
func gathered(t *testing.T, change func(*Options)) (*Fleet, *wire) {
	t.Helper()
	w := &wire{agents: map[string]*wired{}}
	for _, name := range []string{"a", "b", "c"} {
		w.join(t, name, t.TempDir())
	}
	o := Options{Line: w, Agents: 3, Wait: 10 * time.Second, ClockBound: time.Second, Dir: t.TempDir(),
		SameHost: true, Tell: func(s string) { t.Log(s) }}
	change(&o)
	f, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	if testing.Short() { // the race detector has some wait for a processor for longer than agents wait for a word
		f.announce(func() { f.pace = 4 * message.Beat })
	}
	return f, w
}

func load(target string, change func(*scenario.Workload)) cell.Spec {
	s := cell.Spec{Workload: scenario.DefaultWorkload(), Targets: []string{target}}
	w := &s.Workload
	w.Concurrency, w.RequestSize, w.ResponseSize, w.Linger = 3, 0, 0, scenario.Linger{On: true}
	w.Rate, w.Duration, w.Interval = scenario.Rate{From: 90, To: 90}, 30*time.Second, 200*time.Millisecond
	change(w)
	return s
}

func TestAFleetMeasuresAsOne(t *testing.T) {
	t.Parallel()
	f, _ := gathered(t, func(*Options) {})
	target, accepted := labtest.Accepting(t)
	s := load(target, func(w *scenario.Workload) { w.Count, w.Rate = 1000, scenario.Rate{From: 2000, To: 2000} })
	plan, err := f.Plan(t.Context(), s)
	if err != nil || len(plan) != 3 || plan[0].Share.Workload.Count != 334 || plan[2].Share.Workload.Count != 333 {
		t.Errorf("Plan() = %+v, %v, want three shares, with what the law says", plan, err)
	}
	for range 2 { // a fleet measures as often as one likes
		before := accepted.Load()
		r, err := f.Measure(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := accepted.Load() - before
		if got != 1000 || r.Totals.Succeeded != 1000 || r.Degraded || len(r.Agents) != 3 {
			t.Errorf("the target accepted %d, and the result has %d of %d agents; want 1000 of 3", got,
				r.Totals.Succeeded, len(r.Agents))
		}
		for _, a := range r.Agents {
			if a.StartErrorUS == nil || *a.StartErrorUS < 0 || a.Lost != nil || a.Clock == nil ||
				a.Clock.DriftUS == nil {
				t.Errorf("agent %s: %+v, want a clock, its drift, when it began, and no loss", a.Name, a)
			}
		}
	}
	if err := f.Forget(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(f.options.Dir); err == nil && len(left) > 0 {
		t.Errorf("%v is left of runs whose results are known", left)
	}
}

// silence is what an agent's name must be with in a result that is without it.
func silence(t *testing.T, r *results.Run, name, why string) {
	t.Helper()
	a := r.Agent(name)
	if !r.Degraded || a == nil || a.Lost == nil || !strings.Contains(a.Lost.Why, why) || a.Lost.AtS == nil {
		t.Errorf("degraded: %v, agent %s: %+v; want it degraded, and the agent lost: %s", r.Degraded, name, a, why)
	}
}

// whileItRuns calls f once, when the first interval of a run comes.
func whileItRuns(f func()) func(metrics.Interval) {
	once := sync.OnceFunc(f)
	return func(metrics.Interval) { once() }
}

// agent is one of the wire's.
func (w *wire) agent(name string) *wired {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.agents[name]
}

func TestALostAgentEndsTheRunUnlessItIsToGoOn(t *testing.T) {
	for _, degrade := range []bool{false, true} {
		t.Run(fmt.Sprintf("degrade=%v", degrade), func(t *testing.T) {
			if degrade {
				waits(t)
			} else {
				t.Parallel()
			}
			f, w := gathered(t, func(o *Options) { o.Degrade = degrade })
			target, _ := labtest.Accepting(t)
			s := load(target, func(w *scenario.Workload) {
				if degrade {
					w.Duration = 5 * time.Second
				}
			})
			r, err := f.Measure(t.Context(), s, whileItRuns(func() { w.agent("b").cut.Store(true) }))
			if err != nil {
				t.Fatal(err)
			}
			silence(t, r, "b", "nothing was heard of it")
			lasts := s.Workload.Duration.Seconds()
			if others := r.Agent("c"); others.DurationS == nil || *others.DurationS > 0.9*lasts != degrade {
				t.Errorf("the others are %+v, want that they went on to the end of %v s: %v", others, lasts, degrade)
			}
			if len(f.Lost()) != 1 {
				t.Errorf("Lost() = %v, want b", f.Lost())
			}
			// Who collects its result knows when it was lost.
			states, err := readStates(f.options.Dir)
			if err != nil || len(states) != 1 || states[0].Agents[1].Lost == nil ||
				states[0].Agents[1].Lost.AtS == nil {
				t.Errorf("the state is %+v, %v, want when b was lost", states, err)
			}
		})
	}
}

// The only agent of a fleet is stopped: that is said, and how what it has is got.
func TestWhatTheOnlyAgentHasThatIsStoppedIsCollected(t *testing.T) {
	waits(t)
	w, dir := &wire{agents: map[string]*wired{}}, t.TempDir()
	_, leave := w.join(t, "a", dir)
	o := Options{Line: w, Agents: 1, Wait: 10 * time.Second, ClockBound: time.Second, Dir: t.TempDir(),
		Collect: "the command"}
	f, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	target, accepted := labtest.Accepting(t)
	begun := time.Now()
	r, err := f.Measure(t.Context(), load(target, func(*scenario.Workload) {}), whileItRuns(func() { go leave() }))
	if took := time.Since(begun); err == nil || took > 10*time.Second ||
		!strings.Contains(err.Error(), "a was lost: it was stopped there; what agents of the run may still have is") ||
		!strings.Contains(err.Error(), "by the command") {
		t.Fatalf("Measure() = %+v, %v after %v; want that a was stopped, and how the rest is got", r, err, took)
	}
	f.Close()
	leave() // has returned
	w.join(t, "a", dir)
	runs := 0
	err = Collect(t.Context(), o, func(r *results.Run) error {
		runs++
		if a := r.Agent("a"); !r.Degraded || a.Lost == nil || !strings.Contains(a.Lost.Why, "it was stopped there") ||
			r.Totals.Attempted == 0 || r.Totals.Attempted != accepted.Load() {
			t.Errorf("%+v, degraded %v, %d connections; want that a was stopped, and the %d that were accepted", a,
				r.Degraded, r.Totals.Attempted, accepted.Load())
		}
		return nil
	})
	if err != nil || runs != 1 {
		t.Errorf("Collect() = %v with %d runs, want one", err, runs)
	}
}

func TestAnAgentThatComesBackHasWhatItMeasuredUntilThen(t *testing.T) {
	waits(t)
	f, w := gathered(t, func(o *Options) { o.Degrade = true })
	target, accepted := labtest.Accepting(t)
	b := w.agent("b")
	r, err := f.Measure(t.Context(), load(target, func(w *scenario.Workload) { w.Duration = 6 * time.Second }),
		whileItRuns(func() {
			b.cut.Store(true)
			time.AfterFunc(4*time.Second, func() { b.cut.Store(false) })
		}))
	if err != nil {
		t.Fatal(err)
	}
	silence(t, r, "b", "nothing was heard of it")
	own := r.Agent("b").Totals
	if own == nil || own.Attempted == 0 || own.Attempted > 6*30*3/4 || r.Totals.Attempted != accepted.Load() {
		t.Errorf("%+v of %d connections, and the target accepted %d; want what it did in some 3 of 6 s, and all in "+
			"the sum", own, r.Totals.Attempted, accepted.Load())
	}
}

func TestAnOrderToBeginThatIsLostIsGivenAgain(t *testing.T) {
	t.Parallel()
	f, w := gathered(t, func(*Options) {})
	lost := 0
	w.mu.Lock()
	w.loses = func(name string, order []byte) bool {
		if name == "b" && lost == 0 && strings.Contains(string(order), `"at_ns"`) {
			lost++
			return true
		}
		return false
	}
	w.mu.Unlock()
	target, accepted := labtest.Accepting(t)
	s := load(target, func(w *scenario.Workload) {
		w.Count, w.Interval = 90, 10*time.Second // late by whole intervals is at its time: here by a part of one
	})
	r, err := f.Measure(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b := r.Agent("b"); lost != 1 || r.Degraded || b.StartErrorUS == nil || *b.StartErrorUS < 1e5 || !b.Late ||
		r.Totals.Succeeded != 90 || accepted.Load() != 90 {
		t.Errorf("%d orders lost, b %+v, %d of 90 connections; want one, b late, and all", lost, b, r.Totals.Succeeded)
	}
}

func TestAnAgentThatIsGoneIsMissingInLaterCellsToo(t *testing.T) {
	waits(t)
	var f *Fleet
	f, w := gathered(t, func(o *Options) {
		// Who is told may ask how agents stand.
		o.Degrade, o.Tell = true, func(s string) { t.Log(s, len(f.Standings())) }
	})
	target, _ := labtest.Accepting(t)
	for _, lasts := range []time.Duration{4 * time.Second, 300 * time.Millisecond} {
		s := load(target, func(w *scenario.Workload) { w.Duration = lasts })
		r, err := f.Measure(t.Context(), s, whileItRuns(func() { w.agent("b").cut.Store(true) }))
		if err != nil {
			t.Fatal(err)
		}
		if said := fmt.Sprint(r.Warnings, r.Agent("b")); !r.Degraded || !strings.Contains(said, "b") {
			t.Errorf("degraded: %v, warnings %v; want it degraded, and b named", r.Degraded, r.Warnings)
		}
	}
}

func TestAnAgentThatIsBackIsMissingInNoLaterCell(t *testing.T) {
	waits(t)
	f, w := gathered(t, func(o *Options) { o.Degrade = true })
	target, _ := labtest.Accepting(t)
	for i, away := range []bool{true, false} {
		w.agent("b").cut.Store(away)
		if away {
			f.await(t.Context(), 5*time.Second, func() bool { return f.peers["b"].silent() })
		}
		r, err := f.Measure(t.Context(), load(target, func(w *scenario.Workload) { w.Duration = time.Second }), nil)
		if err != nil {
			t.Fatal(err)
		}
		if said := fmt.Sprint(r.Warnings); r.Degraded != away || strings.Contains(said, "was missing") != away {
			t.Errorf("cell %d, b away %v: degraded %v, %s; want it where b is away alone", i, away, r.Degraded, said)
		}
		if h := r.Verdict.Headline; strings.HasPrefix(h, "Degraded: an agent was missing") != away {
			t.Errorf("cell %d, b away %v: %q, want it to begin with who was missing where b was", i, away, h)
		}
	}
	if lost := f.Lost(); len(lost) != 1 || !strings.Contains(lost[0], "b: ") {
		t.Errorf("Lost() = %q, want that b was", lost)
	}
}

// An agent that dies before the beginning is one that the others go on without, where they are to.
func TestTheOthersBeginWithoutAnAgentThatDiesBefore(t *testing.T) {
	tests := []struct {
		name, order string // the first that it does not hear
		degrade     bool
		want        string // of its loss, or of the error
	}{
		{"when it is to be held", `"hold"`, true, "b: nothing is heard of it"},
		{"when it is to get ready", `"prepare"`, true, "before the start: nothing was heard of it"},
		{"when its clock is asked", `"ping"`, true, "before the start: "},
		{"when its clock is asked, and it must be there", `"ping"`, false, "agent b: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			waits(t)
			w := &wire{agents: map[string]*wired{}}
			for _, name := range []string{"a", "b", "c"} {
				w.join(t, name, t.TempDir())
			}
			b := w.agent("b")
			w.loses = func(name string, order []byte) bool {
				if name == "b" && strings.Contains(string(order), tt.order) {
					b.cut.Store(true)
				}
				return name == "b" && b.cut.Load()
			}
			f, err := Open(t.Context(), Options{Line: w, Agents: 3, Wait: 4 * time.Second, ClockBound: time.Second,
				Dir: t.TempDir(), SameHost: true, Degrade: tt.degrade})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			target, _ := labtest.Accepting(t)
			r, err := f.Measure(t.Context(), load(target, func(w *scenario.Workload) { w.Duration = time.Second }), nil)
			if !tt.degrade {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("Measure() = %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			said := fmt.Sprint(r.Warnings)
			if a := r.Agent("b"); a != nil && a.Lost != nil {
				said = a.Lost.Why
			}
			if !r.Degraded || r.Totals.Succeeded == 0 || !strings.Contains(said, tt.want) {
				t.Errorf("degraded %v, %d connections, %s; want those of the others, and %q", r.Degraded,
					r.Totals.Succeeded, said, tt.want)
			}
		})
	}
}

// Ports of the run before are waited for once: by the fleet, or by who asks how many are held.
func TestPortsAreWaitedForInOnePlace(t *testing.T) {
	waits(t)
	f, w := gathered(t, func(*Options) {})
	target, _ := labtest.Accepting(t)
	s := load(target, func(w *scenario.Workload) { w.Count, w.Rate = 3, scenario.Rate{} })
	asked := map[string]bool{} // an order that is late is given again
	w.mu.Lock()
	w.loses = func(name string, order []byte) bool {
		if o, err := message.DecodeOrder(order); err == nil && name == "a" && o.Prepare != nil && o.Prepare.Only {
			asked[o.Prepare.Run] = true
		}
		return false
	}
	w.mu.Unlock()
	measured := func() int {
		t.Helper()
		before := len(asked)
		if _, err := f.Measure(t.Context(), s, nil); err != nil {
			t.Fatal(err)
		}
		return len(asked) - before
	}
	first, second := measured(), measured()
	if _, _, err := f.Held(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if third, fourth := measured(), measured(); first != 0 || second != 1 || third != 0 || fourth != 1 {
		t.Errorf("an agent was asked for its ports %d, %d, %d and %d times, want not before the first run, "+
			"once before the second, not where somebody has asked, and once again", first, second, third, fourth)
	}
}

func TestAResultThatCannotBeReadIsItsAgentsLoss(t *testing.T) {
	for name, text := range map[string]string{"damaged": "{", "of something else": `{"schema":"x"}`} {
		m := &measurement{Fleet: &Fleet{options: Options{Dir: t.TempDir()}}, run: "r-1"}
		path := m.partPath("r-1", "b", false)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		p := m.partOf(results.Agent{Name: "b"})
		if p.Run != nil || p.Agent.Lost == nil || !strings.Contains(p.Agent.Lost.Why, "cannot be read") {
			t.Errorf("%s: %+v, want an agent that is lost for that", name, p)
		}
		if m.haveMade(); len(m.made) > 0 {
			t.Errorf("%s: the run is to be forgotten, with the part that cannot be read", name)
		}
	}
}

func TestAnIntervalOfNoTimeHoldsNobodyUp(t *testing.T) {
	l := newTogether(time.Second, 1)
	for _, at := range []float64{1e15, math.Inf(1), math.NaN(), -5, 9e8, 1} {
		l.add("b", metrics.Interval{TS: at})
	}
	l.since[899999999] = time.Now().Add(-time.Hour)
	if got := l.ready(false, []string{"b"}); len(got) != 2 || len(l.of) != 0 {
		t.Errorf("ready() = %d intervals, with %d left, want the two that have a time", len(got), len(l.of))
	}
}

func TestIntervalsThatAreToldTogetherAreShownInTheirPlaces(t *testing.T) {
	l := newTogether(time.Second, 5)
	for _, at := range []float64{5.01, 10, 12.02} { // the last is of two
		l.add("a", metrics.Interval{TS: at})
	}
	if got := l.ready(true, []string{"a"}); len(got) != 3 {
		t.Errorf("ready() = %d intervals, want 3", len(got))
	}
}

// answering is a line to agents that answer pings after a while.
type answering struct {
	mu        sync.Mutex
	up        func(string, []byte)
	now, most int // pings without an answer
}

func (l *answering) Listen(f func(string, []byte)) error { l.up = f; return nil }

func (l *answering) Tell(name string, order []byte) error {
	o, err := message.DecodeOrder(order)
	if err != nil || o.Ping == 0 {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now++
	l.most = max(l.most, l.now)
	time.AfterFunc(2*time.Millisecond, func() {
		l.mu.Lock()
		l.now--
		l.mu.Unlock()
		l.say(name, message.Report{Pong: &message.Pong{Ping: o.Ping}})
	})
	return nil
}

func (l *answering) say(name string, r message.Report) {
	r.Version, r.Instance = message.Version, name
	if b, err := message.Encode(r); err == nil {
		l.up(name, b)
	}
}

func TestPingsWaitForThoseBeforeThem(t *testing.T) {
	l := &answering{}
	f, err := newFleet(Options{Line: l})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const agents = 300
	for i := range agents {
		l.say(fmt.Sprint("agent-", i), message.Report{Status: &message.Status{Held: &f.self}})
	}
	f.mu.Lock()
	f.members = f.byName()
	f.mu.Unlock()
	m := &measurement{Fleet: f, run: "r-1"}
	got, err := m.askClocks(t.Context())
	if err != nil || len(got) != agents {
		t.Fatalf("askClocks() = %d offsets, %v, want %d", len(got), err, agents)
	}
	if l.most > mostPings {
		t.Errorf("%d pings were on their way at once, want %d at most", l.most, mostPings)
	}
}

func TestAFleetIsRefusedByName(t *testing.T) {
	t.Parallel()
	w := &wire{agents: map[string]*wired{}}
	w.join(t, "a", t.TempDir())
	w.join(t, "b", t.TempDir())
	w.join(t, "c", t.TempDir())
	first := Options{Line: w, Names: []string{"a"}, Wait: 5 * time.Second, ClockBound: time.Second, Dir: t.TempDir()}
	f, err := Open(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tests := []struct {
		name, want string
		options    Options
	}{
		{"one that is missing", "zz: nothing is heard of it", Options{Names: []string{"a", "zz"}}},
		{"too few", "2 more have not joined; start each with `tcpbench agent", Options{Agents: 5}},
		{"one too few", "1 more has not joined; start it with `tcpbench agent", Options{Agents: 4}},
		{"one that another has", "a: it takes orders of", Options{Names: []string{"a"}}},
		{"two of one host", "c: it shares the ports of its host with b", Options{Names: []string{"b", "c"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// The wire has one coordinator that hears; the other one goes on to beat.
			tt.options.Line, tt.options.Wait, tt.options.ClockBound = w, time.Second, time.Second
			tt.options.Dir = t.TempDir()
			got, err := Open(t.Context(), tt.options)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open() = %v, %v, want an error with %q", got, err, tt.want)
			}
		})
	}
}

func TestAShareThatAnAgentRefusesNamesIt(t *testing.T) {
	t.Parallel()
	f, _ := gathered(t, func(*Options) {})
	s := load("tcp://192.0.2.1:7", func(*scenario.Workload) {})
	_, err := f.Measure(t.Context(), s, nil)
	if err == nil || !strings.Contains(err.Error(), "agent b: ") || !strings.Contains(err.Error(), "not within") {
		t.Errorf("Measure(192.0.2.1) = %v, want that each agent refuses it", err)
	}
	if left, err := os.ReadDir(f.options.Dir); err == nil && len(left) > 0 {
		t.Errorf("%v is left of a run that did not begin", left)
	}
}

func TestAShareForWhichThereAreTooFewPortsIsRefused(t *testing.T) {
	t.Parallel()
	f, _ := gathered(t, func(*Options) {})
	target, accepted := labtest.Accepting(t)
	hold := func(connections int, until scenario.Until) error {
		s := load(target, func(w *scenario.Workload) {
			d := scenario.DefaultWorkload()
			w.Mode, w.Rate, w.Concurrency, w.Until = scenario.ModeIdle, scenario.Rate{}, connections, until
			w.RequestSize, w.ResponseSize = d.RequestSize, d.ResponseSize
		})
		if err := s.Workload.Set("source-ports", "40000-40019"); err != nil {
			t.Fatal(err)
		}
		_, err := f.Plan(t.Context(), s)
		return err
	}
	if err := hold(63, scenario.UntilDuration); err == nil || fault.Status(err) != fault.StatusUsage ||
		!strings.Contains(err.Error(), "agent c: its share is 21 connections that are held, and it has 20 ports free") {
		t.Errorf("21 held connections on each of three agents with 20 ports: %v, want it refused", err)
	}
	if err := hold(60, scenario.UntilDuration); err != nil {
		t.Errorf("20 held connections on each: %v, want it planned", err)
	}
	if err := hold(63, scenario.UntilExhausted); err != nil || accepted.Load() > 0 {
		t.Errorf("21 that are to run out: %v, and %d connections; want it planned, and none", err, accepted.Load())
	}
}

// What does not go into a message is refused before anything begins, with what to do.
func TestAShareThatIsTooLongForAMessageIsRefused(t *testing.T) {
	t.Parallel()
	f, _ := gathered(t, func(*Options) {})
	target, accepted := labtest.Accepting(t)
	s := load("http://"+strings.TrimPrefix(target, "tcp://")+"/", func(w *scenario.Workload) {
		d := scenario.DefaultWorkload()
		w.RequestSize, w.ResponseSize, w.Method = d.RequestSize, d.ResponseSize, "POST"
		w.Body = strings.Repeat("x", message.MaxBytes)
	})
	_, err := f.Measure(t.Context(), s, nil)
	if err == nil || fault.Status(err) != fault.StatusUsage || accepted.Load() > 0 ||
		!strings.Contains(err.Error(), "the share of agent a: ") || !strings.Contains(err.Error(), "a shorter body") {
		t.Errorf("Measure() = %v after %d connections, want that the share is too long, and none", err, accepted.Load())
	}
}

func TestAClockThatIsNotKnownWellEnoughIsRefused(t *testing.T) {
	t.Parallel()
	f, _ := gathered(t, func(o *Options) { o.ClockBound = time.Nanosecond })
	target, accepted := labtest.Accepting(t)
	_, err := f.Measure(t.Context(), load(target, func(*scenario.Workload) {}), nil)
	if err == nil || !strings.Contains(err.Error(), "agent a: its clock is known to") || accepted.Load() != 0 {
		t.Errorf("Measure() = %v after %d connections, want that the clock is refused, and none", err, accepted.Load())
	}
}

func TestTheNATThatAllAreBehindBoundsWhatTheFleetCanDo(t *testing.T) {
	waits(t)
	target, _ := labtest.Accepting(t)
	sizes, page := scenario.DefaultWorkload(), "http://"+strings.TrimPrefix(target, "tcp://")
	s := load(page+"/a", func(w *scenario.Workload) {
		w.Count, w.Concurrency, w.Rate, w.Linger = 60, 30, scenario.Rate{}, scenario.Linger{}
		w.RequestSize, w.ResponseSize = sizes.RequestSize, sizes.ResponseSize
	})
	s.Targets = append(s.Targets, page+"/b") // which is the same destination
	ports := func(nat int) int64 {
		f, _ := gathered(t, func(o *Options) { o.SharedNAT = nat })
		r, err := f.Measure(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		// They share one host's ports, which count once.
		first := r.Agents[0].Prediction.ConnectionsUntilExhaustion
		if nat == 0 && r.Prediction.ConnectionsUntilExhaustion != first || r.Agents[2].SharesPortsWith != "a" {
			t.Errorf("the law of three agents on a host is %+v, and %+v of one; want the same",
				r.Prediction, r.Agents[2])
		}
		return r.Prediction.ConnectionsUntilExhaustion
	}
	if none, behind, more := ports(0), ports(20), ports(31); none <= 31 || behind != 20 || more != none {
		t.Errorf("the law of the fleet has %d ports, %d behind a NAT of 20, and %d behind one of more than are in "+
			"flight; want more, 20, and as many as without", none, behind, more)
	}
}

func TestARunThatIsCollectedHasItsNATItsClocksAndWhoWasMissing(t *testing.T) {
	t.Parallel()
	f, _ := gathered(t, func(o *Options) { o.SharedNAT = 2 })
	target, _ := labtest.Accepting(t)
	s := load(target, func(w *scenario.Workload) { w.Count, w.Rate = 30, scenario.Rate{} })
	f.mu.Lock()
	f.missing = []string{"d: it has not come"}
	f.mu.Unlock()
	want, err := f.Measure(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Close() // before Forget
	o := f.options
	o.SharedNAT = 0
	runs := 0
	err = Collect(t.Context(), o, func(r *results.Run) error {
		runs++
		if got := r.Prediction.ConnectionsUntilExhaustion; got != 2 {
			t.Errorf("the law has %d ports, want the NAT's 2", got)
		}
		const missing = "Degraded: an agent was missing from the beginning (d: it has not come). "
		if !r.Degraded || !want.Degraded || !strings.HasPrefix(r.Verdict.Headline, missing) ||
			!strings.HasPrefix(want.Verdict.Headline, missing) {
			t.Errorf("collected, degraded %v: %s\nmeasured, degraded %v: %s\nwant both to say %s", r.Degraded,
				r.Verdict.Headline, want.Degraded, want.Verdict.Headline, missing)
		}
		for i, a := range r.Agents {
			was := want.Agents[i].Clock
			if a.Clock == nil || a.Clock.OffsetUS != was.OffsetUS || a.Clock.Pings != was.Pings {
				t.Errorf("agent %s has the clock %+v, want %+v", a.Name, a.Clock, was)
			}
		}
		return nil
	})
	if left, dirErr := os.ReadDir(o.Dir); err != nil || runs != 1 || len(left) > 0 {
		t.Errorf("Collect() = %v with %d runs, and %v is left, %v; want one, and nothing", err, runs, left, dirErr)
	}
}

// measured is a fleet that has measured a run, and was closed before it has forgotten it.
func measured(t *testing.T) (f *Fleet, w *wire, run string) {
	t.Helper()
	f, w = gathered(t, func(*Options) {})
	target, _ := labtest.Accepting(t)
	s := load(target, func(w *scenario.Workload) { w.Count, w.Rate = 30, scenario.Rate{} })
	if _, err := f.Measure(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	run = f.made[0]
	f.Close()
	return f, w, run
}

// An agent that is there and keeps nothing of a run is not waited for, nor asked again.
func TestWhatAnAgentDoesNotKeepIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	f, w, run := measured(t)
	if err := os.Remove(f.partPath(run, "b", false)); err != nil {
		t.Fatal(err)
	}
	runs, begun := 0, time.Now()
	o := Options{Line: w, Wait: 20 * time.Second, Dir: f.options.Dir}
	err := Collect(t.Context(), o, func(r *results.Run) error {
		runs++
		if b := r.Agent("b"); !r.Degraded || b.Lost == nil || b.Lost.Why != "it keeps nothing of the run" {
			t.Errorf("degraded %v, b %+v; want that it keeps nothing", r.Degraded, b.Lost)
		}
		return nil
	})
	took := time.Since(begun)
	if left, dirErr := os.ReadDir(o.Dir); err != nil || runs != 1 || len(left) > 0 || took > o.Wait/2 {
		t.Errorf("Collect() = %v with %d runs after %v, and %v is left, %v; want one, soon, and nothing", err, runs,
			took, left, dirErr)
	}
}

// Of an agent that answers no more the result is not collected; those of the others are.
func TestOneThatDoesNotAnswerKeepsNobodyFromBeingCollected(t *testing.T) {
	t.Parallel()
	f, w, run := measured(t)
	for _, name := range []string{"a", "b"} { // which have their results again
		dir := t.TempDir()
		if err := os.Rename(f.partPath(run, name, false), filepath.Join(dir, run+".json")); err != nil {
			t.Fatal(err)
		}
		w.agent(name).leave()
		w.join(t, name, dir)
	}
	w.mu.Lock()
	w.loses = func(name string, order []byte) bool { return name == "b" && strings.Contains(string(order), `"hold"`) }
	w.mu.Unlock()
	runs := 0
	o := Options{Line: w, Wait: 2 * time.Second, Dir: f.options.Dir}
	err := Collect(t.Context(), o, func(r *results.Run) error {
		runs++
		if a, b := r.Agent("a"), r.Agent("b"); a.Lost != nil || b.Lost == nil || b.Totals != nil {
			t.Errorf("a lost: %+v, b lost: %+v; want b's result missing alone", a.Lost, b.Lost)
		}
		return nil
	})
	if states, stateErr := readStates(f.options.Dir); err != nil || runs != 1 || stateErr != nil || len(states) != 1 {
		t.Errorf("Collect() = %v with %d runs, and %v, %v are left; want one, and that it can be collected again", err,
			runs, states, stateErr)
	}
}

// Who collects while a run goes on leaves it to its coordinator.
func TestARunThatGoesOnIsNotCollected(t *testing.T) {
	t.Parallel()
	f, w := gathered(t, func(*Options) {})
	target, accepted := labtest.Accepting(t)
	s := load(target, func(w *scenario.Workload) { w.Duration = 2 * time.Second })
	r, err := f.Measure(t.Context(), s, whileItRuns(func() {
		o := Options{Line: w, Wait: 500 * time.Millisecond, Dir: f.options.Dir}
		err := Collect(t.Context(), o, func(*results.Run) error { return errors.New("it was collected") })
		if err == nil || !strings.Contains(err.Error(), "is left to process "+fmt.Sprint(os.Getpid())) {
			t.Errorf("Collect() = %v, want that the run is left to this process", err)
		}
	}))
	if err != nil || r.Degraded || r.Totals.Attempted != accepted.Load() {
		t.Errorf("Measure() = %+v, %v, and the target accepted %d; want all of them", r, err, accepted.Load())
	}
}

func TestThePasswordOfATargetIsTheAgentsAlone(t *testing.T) {
	waits(t)
	f, _ := gathered(t, func(*Options) {})
	target, _ := labtest.Accepting(t)
	sizes := scenario.DefaultWorkload()
	s := load("http://user:secret@"+strings.TrimPrefix(target, "tcp://")+"/", func(w *scenario.Workload) {
		w.Count, w.RequestSize, w.ResponseSize = 3, sizes.RequestSize, sizes.ResponseSize
	})
	r, err := f.Measure(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(f.options.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), "secret") {
			t.Errorf("%s has the password", path)
		}
		return err
	})
	var b strings.Builder
	if err := errors.Join(err, results.Encode(&b, r)); err != nil || strings.Contains(b.String(), "secret") {
		t.Errorf("the result has the password: %v, %v", strings.Contains(b.String(), "secret"), err)
	}
}

func TestAFleetThatIsInterruptedKeepsWhatItMeasured(t *testing.T) {
	t.Parallel()
	f, _ := gathered(t, func(*Options) {})
	target, accepted := labtest.Accepting(t)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := f.Measure(ctx, load(target, func(*scenario.Workload) {}), whileItRuns(cancel))
	if err != nil || !r.Interrupted || r.Degraded || r.Totals.Attempted == 0 {
		t.Fatalf("Measure() = %+v, %v, want an interrupted run", r, err)
	}
	// The kernel has opened what the target is still to accept.
	for end := time.Now().Add(10 * time.Second); accepted.Load() < r.Totals.Attempted && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if got := accepted.Load(); got != r.Totals.Attempted {
		t.Errorf("the target accepted %d of %d connections, want all", got, r.Totals.Attempted)
	}
}

// Whenever a signal comes it is an interruption, and nobody keeps anything of it.
func TestAFleetThatIsInterruptedAtItsStartSaysSo(t *testing.T) {
	tests := []struct {
		name string
		at   func(message.Order) bool // the order that the signal comes with
		has  bool                     // a result
	}{
		{"at once", func(message.Order) bool { return true }, false},
		{"while agents get ready", func(o message.Order) bool { return o.Prepare != nil }, false},
		{"while clocks are measured", func(o message.Order) bool { return o.Ping == 40 }, false},
		{"with the order to begin", func(o message.Order) bool { return o.Begin != nil }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, w := gathered(t, func(*Options) {})
			target, _ := labtest.Accepting(t)
			ctx, cancel := context.WithCancel(t.Context())
			w.mu.Lock()
			w.loses = func(_ string, order []byte) bool {
				if o, err := message.DecodeOrder(order); err == nil && tt.at(o) {
					cancel()
				}
				return false
			}
			w.mu.Unlock()
			r, err := f.Measure(ctx, load(target, func(*scenario.Workload) {}), nil)
			switch {
			case tt.has && (err != nil || !r.Interrupted || r.Degraded || len(r.Agents) != 3):
				t.Errorf("Measure() = %+v, %v; want the interrupted run of three agents", r, err)
			case !tt.has && fault.Status(err) != fault.StatusInterrupted:
				t.Errorf("Measure() = %+v, %v; want an interruption", r, err)
			}
			if left, err := os.ReadDir(f.options.Dir); !tt.has && (err != nil || len(left) > 0) {
				t.Errorf("%v is left, %v, of a run that did not begin", left, err)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			for _, p := range f.members {
				if len(p.status.Kept) > 0 {
					t.Errorf("agent %s keeps %+v", p.name, p.status.Kept)
				}
			}
		})
	}
}

func TestWaitingForAgentsEndsAsAnInterruption(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	o := Options{Line: &wire{}, Agents: 1, Wait: time.Minute, Dir: t.TempDir()}
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := Open(ctx, o); fault.Status(err) != fault.StatusInterrupted {
		t.Errorf("Open() = %v, want an interruption", err)
	}
	dir := filepath.Join(o.Dir, "r-1")
	err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, stateFile),
		[]byte(`{"run": "r-1", "agents": [{"name": "a"}]}`), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if err := Collect(ctx, o, nil); fault.Status(err) != fault.StatusInterrupted || !there(dir) {
		t.Errorf("Collect() = %v, want an interruption, and the run still there", err)
	}
}
