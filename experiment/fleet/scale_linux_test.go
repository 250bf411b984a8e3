package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/bus"
	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/machine"
	"tcpbench/lab"
	"tcpbench/lab/labtest"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// BenchmarkFleetScale measures what docs/scale.md says of a coordinator: it is this process, hub
// included, and does all that a run takes with agents that are in one other process. Those say
// and answer over TCP what agents do, but have no load: each has the same result.
//
// It takes some minutes: `make fleet-scale`.
func BenchmarkFleetScale(b *testing.B) {
	for _, agents := range []int{100, 1000, 10_000} {
		for _, keys := range []bool{false, true} {
			b.Run(fmt.Sprintf("agents=%d/keys=%v", agents, keys), func(b *testing.B) {
				for b.Loop() {
					scale(b, agents, keys)
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// swarm is what the process with the agents is told.
type swarm struct {
	URL, Keys, Result string
	Agents            int
}

// swarmEnv has the test binary be that process.
const swarmEnv = "TCPBENCH_SWARM"

func (s swarm) name(i int) string { return fmt.Sprintf("agent-%05d", i) }

const scaledRun = 10 * time.Second

// scale has a coordinator gather so many agents, and measure with them.
func scale(b *testing.B, agents int, keys bool) {
	s := swarm{Agents: agents, Result: oneResult(b)}
	o := bus.HubOptions{Listen: "127.0.0.1:0"}
	if keys {
		s.Keys = b.TempDir()
		o.Keys = s.Keys
		k := bus.KeyOptions{}
		for i := range agents {
			k.Agents = append(k.Agents, s.name(i))
		}
		begun := time.Now()
		must(b, bus.Make(s.Keys, k))
		b.ReportMetric(time.Since(begun).Seconds(), "s-keys")
	}
	hub, err := bus.StartHub(o)
	must(b, err)
	defer hub.Close()
	s.URL = hub.URL()
	line := &counted{}
	creds := ""
	if keys {
		creds = bus.CoordinatorCreds(s.Keys)
	}
	line.Conn, err = bus.Dial(b.Context(), bus.Options{URL: s.URL, Creds: creds,
		Refused: func(err error) { b.Error(err) }})
	must(b, err)
	defer line.Conn.Close()
	resetMemory(b)
	t := &timer{b: b, at: time.Now(), cpu: ownCPU()}
	defer s.begin(b)()
	f, err := Open(b.Context(), Options{Line: line, Agents: agents, Wait: 5 * time.Minute, ClockBound: time.Second,
		Dir: b.TempDir(), Tell: func(text string) { b.Log(text) }})
	must(b, err)
	defer f.Close()
	t.lap("gather")
	measure(b, f, line, t, agents)
	b.ReportMetric(ownMemory(b, "VmHWM")/(1<<20), "MB-most")
}

// measure does what Fleet.Measure does, and times it.
func measure(b *testing.B, f *Fleet, line *counted, t *timer, agents int) {
	m := &measurement{Fleet: f, run: runName(), whole: scaledSpec("10.0.0.1:80", agents),
		agents: map[string]*results.Agent{}}
	must(b, m.renew(b.Context()))
	must(b, m.prepare(b.Context()))
	t.lap("prepare")
	must(b, m.start(b.Context()))
	t.lap("clocks")
	before, begun := line.came.Load(), time.Now()
	m.follow(b.Context(), nil)
	b.ReportMetric(float64(line.came.Load()-before)/time.Since(begun).Seconds(), "msgs/s")
	b.ReportMetric(t.lap("run")/time.Since(begun).Seconds(), "cpus-run")
	m.drift(b.Context())
	must(b, m.fetch(b.Context()))
	t.lap("fetch")
	r, err := m.merge()
	must(b, err)
	t.lap("merge")
	lost := 0
	var bounds []float64
	for _, a := range r.Agents {
		if a.Lost != nil {
			lost++
			b.Errorf("%s: %s", a.Name, a.Lost.Why)
			continue
		}
		bounds = append(bounds, a.Clock.BoundUS)
	}
	if len(r.Agents) != agents || lost > 0 || r.Degraded {
		b.Errorf("%d agents are in the result, %d of them lost, want %d", len(r.Agents), lost, agents)
	}
	slices.Sort(bounds)
	b.ReportMetric(bounds[len(bounds)/2]/1e3, "ms-bound-p50")
	b.ReportMetric(bounds[len(bounds)-1]/1e3, "ms-bound-max")
}

// timer tells how long each part took, and what CPU time.
type timer struct {
	b   *testing.B
	at  time.Time
	cpu time.Duration
}

// lap reports a part that is over; it returns its CPU time in seconds.
func (t *timer) lap(part string) float64 {
	cpu := ownCPU()
	spent := (cpu - t.cpu).Seconds()
	t.b.ReportMetric(time.Since(t.at).Seconds(), "s-"+part)
	t.b.ReportMetric(spent, "cpu-s-"+part)
	fmt.Fprintf(os.Stderr, "%s: %s %.1f s, %.1f s of CPU\n", t.b.Name(), part, time.Since(t.at).Seconds(), spent)
	t.at, t.cpu = time.Now(), cpu
	return spent
}

// counted is the line of a coordinator over NATS, which counts what comes.
type counted struct {
	bus.Line
	came atomic.Int64
}

func (l *counted) Listen(f func(string, []byte)) error {
	return l.Line.Listen(func(name string, b []byte) {
		l.came.Add(1)
		f(name, b)
	})
}

func scaledSpec(target string, agents int) cell.Spec {
	return load(target, func(w *scenario.Workload) {
		w.Concurrency, w.Rate, w.Duration = agents, scenario.Rate{}, scaledRun
		w.RequestSize, w.ResponseSize = 64, 64
	})
}

// oneResult is the file of what one agent measured in truth.
func oneResult(b *testing.B) string {
	target, _ := labtest.Accepting(b)
	s := scaledSpec(target, 1)
	s.Workload.RequestSize, s.Workload.ResponseSize = 0, 0
	r, err := cell.Measure(b.Context(), s, nil)
	must(b, err)
	path := filepath.Join(b.TempDir(), "result.json")
	text, err := json.Marshal(r)
	must(b, err)
	must(b, os.WriteFile(path, text, 0o600))
	return path
}

// begin starts the process with the agents, until the function that it returns is called.
func (s swarm) begin(b *testing.B) (end func()) {
	text, err := json.Marshal(s)
	must(b, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), swarmEnv+"="+string(text))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	must(b, lab.StartDying(cmd, &syscall.SysProcAttr{}))
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// beSwarm is that process, until it is killed.
func beSwarm(text string) {
	var s swarm
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		panic(err)
	}
	kept, err := os.ReadFile(s.Result)
	if err != nil {
		panic(err)
	}
	r, err := results.ReadEither(s.Result)
	if err != nil {
		panic(err)
	}
	build, err := cell.Build()
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(kept)
	turn := make(chan struct{}, 64)
	joined := joins(r.Intervals)
	for i := range s.Agents {
		p := &pretender{swarm: s, number: i, name: s.name(i), joined: joined,
			result: kept, sum: hex.EncodeToString(sum[:]),
			host: message.Host{Tool: cell.ToolVersion(), Build: build, Name: s.name(i), Kernel: "Linux 6.18", CPUs: 2,
				Network: s.name(i), Addrs: []string{"10.0.0.7", "fe80::1"}, Ports: 28232, Files: 1024},
			every: message.Beat, turn: turn}
		go p.live() // ends with the process
	}
	select {}
}

// joins are intervals so many as one: put together once, as hosts of their own have processors of
// their own.
func joins(intervals []metrics.Interval) func(int) []metrics.Interval {
	var mu sync.Mutex
	made := map[int][]metrics.Interval{}
	return func(n int) []metrics.Interval {
		mu.Lock()
		defer mu.Unlock()
		if made[n] == nil {
			for some := range slices.Chunk(intervals, n) {
				all := some[0]
				for _, next := range some[1:] {
					all = all.Join(next)
				}
				made[n] = append(made[n], all)
			}
		}
		return made[n]
	}
}

// pretender says and answers what an agent does.
type pretender struct {
	swarm
	number int
	name   string
	host   message.Host
	result []byte
	sum    string
	joined func(int) []metrics.Interval
	conn   *bus.Conn
	turn   chan struct{} // of those that connect: hosts of their own have processors of their own

	mu    sync.Mutex
	held  *message.Coordinator
	every time.Duration
	job   *message.Job
	join  int
	kept  []message.Kept
	begun bool
}

func (p *pretender) live() {
	o := bus.Options{URL: p.URL, Name: p.name, Lost: func() { fmt.Fprintln(os.Stderr, p.name, "is cut off") }}
	if p.Keys != "" {
		o.Creds = bus.AgentCreds(p.Keys, p.name)
	}
	var err error
	p.turn <- struct{}{}
	if p.conn, err = bus.Dial(context.Background(), o); err != nil {
		panic(err)
	}
	<-p.turn
	for _, subject := range []string{bus.ToAgent(p.name), bus.ToAll} {
		if err := p.conn.Subscribe(subject, func(_ string, b []byte) { p.hear(b) }); err != nil {
			panic(err)
		}
	}
	for n := 0; ; n++ {
		p.mu.Lock()
		every, say := p.every, p.held != nil || n%4 == 0
		p.mu.Unlock()
		if say {
			p.tell()
		}
		time.Sleep(every)
	}
}

func (p *pretender) say(r message.Report) {
	r.Version, r.Instance = message.Version, p.name
	if b, err := message.Encode(r); err == nil {
		_ = p.conn.Publish(bus.FromAgent(p.name), b)
	}
}

func (p *pretender) tell() {
	p.mu.Lock()
	s := message.Status{Host: p.host, Held: p.held, Kept: p.kept}
	if p.job != nil {
		job := *p.job
		s.Job = &job
	}
	p.mu.Unlock()
	p.say(message.Report{Status: &s})
}

func (p *pretender) hear(b []byte) {
	o, err := message.DecodeOrder(b)
	if err != nil {
		panic(err)
	}
	if o.Ping != 0 {
		now, _ := machine.Monotonic()
		p.say(message.Report{Pong: &message.Pong{Ping: o.Ping, At: now}})
		return
	}
	p.mu.Lock()
	tells := p.obey(o)
	p.mu.Unlock()
	if o.Give != nil {
		p.say(message.Report{Chunk: &message.Chunk{Run: o.Give.Run, Offset: o.Give.Offset,
			Data: p.result[o.Give.Offset:min(o.Give.Offset+message.ChunkBytes, int64(len(p.result)))]}})
	}
	if tells {
		p.tell()
	}
}

// obey does what an order says, and reports whether it is to tell how it stands. With the lock
// held.
func (p *pretender) obey(o message.Order) bool {
	if p.held == nil && !o.Hold {
		return true
	}
	p.every = max(o.Every, message.Beat)
	switch {
	case o.Hold:
		p.held = &o.Coordinator
	case o.Prepare != nil && (p.job == nil || p.job.Run != o.Prepare.Run):
		p.job, p.begun, p.join = &message.Job{Run: o.Prepare.Run, State: message.Ready}, false, max(o.Prepare.Join, 1)
	case o.Begin != nil && !p.begun:
		p.begun = true
		go p.load(*o.Begin, p.job) // ends with the run
	case o.Taken != "":
		p.kept = nil
	case o.Prepare == nil && o.Begin == nil:
		return false
	}
	return true
}

// load is a run: its states, and its intervals.
func (p *pretender) load(begin message.Begin, job *message.Job) {
	now, _ := machine.Monotonic()
	time.Sleep(begin.At - now)
	begun := time.Now()
	set := func(state message.State, kept []message.Kept) {
		p.mu.Lock()
		job.State, job.Began, p.kept = state, begin.At, kept
		p.mu.Unlock()
		p.tell()
	}
	// In turn, as in workload.
	time.Sleep(100*time.Millisecond + time.Duration(p.number)*400*time.Millisecond/time.Duration(p.Agents))
	set(message.Running, nil)
	for _, all := range p.joined(p.join) {
		time.Sleep(time.Until(begun.Add(time.Duration(all.TS * float64(time.Second)))))
		p.say(message.Report{Interval: &message.Interval{Run: begin.Run, Interval: all}})
	}
	set(message.Done, []message.Kept{{Run: begin.Run, Bytes: int64(len(p.result)), Sum: p.sum}})
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// ownCPU is the CPU time of this process.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // getrusage(2) fails for a bad address alone
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ownMemory is a line of this process's status in bytes.
func ownMemory(b *testing.B, key string) float64 {
	text, err := os.ReadFile("/proc/self/status")
	must(b, err)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(value)[0])
			must(b, err)
			return float64(kb) * 1024
		}
	}
	b.Fatalf("there is no %s", key)
	return 0
}

// resetMemory has VmHWM be what is in use now (proc(5), clear_refs).
func resetMemory(b *testing.B) {
	debug.FreeOSMemory()
	must(b, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0))
}
