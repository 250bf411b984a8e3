package bus

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tcpbench/lab"
)

// BenchmarkScale measures what docs/scale.md says of fleets: a hub, which is
// `tcpbench fleet hub` in a process of its own, and many agents and their coordinator in
// this one. Agents are real connections over TCP: two descriptors each, one in each
// process, so that 10,000 do with a hard limit of 20,000 files. In-process connections
// of NATS would need none, but then the hub's CPU time could not be told from theirs.
//
// It takes some minutes: `make fleet-scale`.
func BenchmarkScale(b *testing.B) {
	for _, c := range []struct {
		agents int
		keys   bool
		every  time.Duration // what agents tell of their intervals
		beat   time.Duration // that they are there
	}{
		{100, false, time.Second, beatEvery}, {100, true, time.Second, beatEvery},
		{1000, false, time.Second, beatEvery}, {1000, true, time.Second, beatEvery},
		{10_000, false, 5 * time.Second, 4 * beatEvery}, {10_000, true, 5 * time.Second, 4 * beatEvery},
	} {
		b.Run(fmt.Sprintf("agents=%d/keys=%v/every=%v", c.agents, c.keys, c.every), func(b *testing.B) {
			scale(b, c.agents, c.keys, c.every, c.beat)
		})
	}
}

const (
	// intervalBytes is a message of an agent's results of an interval: counters and three
	// histograms.
	intervalBytes = 4096
	steadyFor     = 10 * time.Second
	beatEvery     = 500 * time.Millisecond
	// namesMade is how many agents have keys of their own. More take theirs in turn: to the
	// hub they are connections like others.
	namesMade = 100
)

// scale measures one size of a fleet.
func scale(b *testing.B, agents int, keys bool, every, beat time.Duration) {
	dir := ""
	if keys {
		o := KeyOptions{}
		for i := range namesMade {
			o.Agents = append(o.Agents, fmt.Sprint("agent-", i))
		}
		dir = made(b, o)
	}
	h := startProcess(b, dir)
	s := &swarm{b: b, hub: h, dir: dir, conns: make([]*Conn, agents), heard: make([]atomic.Int64, agents)}
	defer s.close()
	empty := h.memory(b, "VmRSS")
	for b.Loop() {
		s.gather()
	}
	b.ReportMetric((h.memory(b, "VmRSS")-empty)/float64(agents)/1024, "KB-hub/agent")
	s.start()
	s.steady(every, beat)
	s.burst()
	b.ReportMetric(h.memory(b, "VmHWM")/(1<<20), "MB-hub-most")
	b.ReportMetric(0, "ns/op")
}

// swarm is the agents and their coordinator.
type swarm struct {
	b     *testing.B
	hub   *process
	dir   string
	conns []*Conn

	coordinator *Conn
	heard       []atomic.Int64 // when each agent heard the last order, in ns since the epoch
	orders      atomic.Int64   // that agents have heard, all together
	arrived     atomic.Int64   // messages of agents, at the coordinator
	sent        atomic.Int64   // in the steady state
	lost        atomic.Int64
}

func (s *swarm) name(i int) string {
	if s.dir == "" {
		return fmt.Sprint("agent-", i)
	}
	return fmt.Sprint("agent-", i%namesMade)
}

func (s *swarm) options(i int) Options {
	o := Options{URL: s.hub.url, Name: s.name(i), Lost: func() { s.lost.Add(1) }}
	if s.dir != "" {
		o.Creds = AgentCreds(s.dir, o.Name)
	}
	return o
}

// gather connects all agents, 64 at a time, until the coordinator has heard a hello of each.
func (s *swarm) gather() {
	begun, cpu := time.Now(), s.hub.cpu(s.b)
	o := Options{URL: s.hub.url, Lost: func() { s.lost.Add(1) }, Refused: func(err error) { s.b.Error(err) }}
	if s.dir != "" {
		o.Creds = CoordinatorCreds(s.dir)
	}
	s.coordinator = s.dial(o)
	s.must(s.coordinator.Subscribe(FromAll, func(string, []byte) { s.arrived.Add(1) }))
	var wg sync.WaitGroup
	next := make(chan int)
	for range 64 {
		wg.Go(func() {
			for i := range next {
				s.join(i)
			}
		})
	}
	for i := range s.conns {
		next <- i
	}
	close(next)
	wg.Wait()
	s.await(&s.arrived, int64(len(s.conns)))
	s.b.ReportMetric(time.Since(begun).Seconds(), "s-gather")
	s.b.ReportMetric((s.hub.cpu(s.b)-cpu).Seconds()*1e6/float64(len(s.conns)), "us-hub-cpu/join")
}

// join connects an agent, which hears orders and says hello.
func (s *swarm) join(i int) {
	c := s.dial(s.options(i))
	s.conns[i] = c
	order := func(string, []byte) {
		s.heard[i].Store(time.Now().UnixNano())
		s.orders.Add(1)
	}
	s.must(c.Subscribe(ToAgent(s.name(i)), order))
	s.must(c.Subscribe(ToAll, order))
	s.must(c.Publish(FromAgent(s.name(i)), []byte("hello")))
}

func (s *swarm) dial(o Options) *Conn {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := Dial(ctx, o)
	if err != nil {
		panic(err) // in a goroutine of the benchmark's; nothing can be measured without it
	}
	return c
}

// start measures how long an order takes until all agents have heard it: one to all, and
// one to each.
func (s *swarm) start() {
	n := len(s.conns)
	var toAll, toEach []float64
	for range 5 {
		toAll = append(toAll, s.order(n, func() { s.must(s.coordinator.Publish(ToAll, []byte("go"))) }))
		names := n
		if s.dir != "" {
			names = min(n, namesMade)
		}
		toEach = append(toEach, s.order(n, func() {
			for i := range names {
				s.must(s.coordinator.Publish(ToAgent(s.name(i)), make([]byte, 200)))
			}
		}))
	}
	s.b.ReportMetric(median(toAll), "ms-to-all")
	s.b.ReportMetric(median(toEach), "ms-to-each")
}

// order is how many ms pass until so many agents have heard what send sends.
func (s *swarm) order(n int, send func()) float64 {
	before, begun := s.orders.Load(), time.Now()
	send()
	s.await(&s.orders, before+int64(n))
	last := begun.UnixNano()
	for i := range s.heard {
		last = max(last, s.heard[i].Load())
	}
	return float64(last-begun.UnixNano()) / 1e6
}

// steady has each agent send the message of an interval at its own moment of it, and a
// beat at the pace of so large a fleet, as the coordinator does to all.
func (s *swarm) steady(every, beat time.Duration) {
	before, cpu, own, begun := s.arrived.Load(), s.hub.cpu(s.b), ownCPU(), time.Now()
	var wg sync.WaitGroup
	for i := range s.conns {
		wg.Go(func() { s.live(i, begun, every, beat) })
	}
	wg.Go(func() {
		for at := begun; time.Since(begun) < steadyFor; at = at.Add(beat) {
			time.Sleep(time.Until(at))
			s.must(s.coordinator.Publish(ToAll, []byte("beat")))
		}
	})
	wg.Wait()
	took := time.Since(begun).Seconds()
	s.b.ReportMetric(float64(s.arrived.Load()-before)/took, "msgs/s")
	s.b.ReportMetric((s.hub.cpu(s.b)-cpu).Seconds()/took, "cpus-hub")
	s.b.ReportMetric((ownCPU()-own).Seconds()/took, "cpus-agents")
	s.await(&s.arrived, before+s.sent.Load())
	s.b.ReportMetric(time.Since(begun).Seconds()-took, "s-behind")
}

// live is an agent during a load.
func (s *swarm) live(i int, begun time.Time, every, pace time.Duration) {
	phase := time.Duration(i) * every / time.Duration(len(s.conns))
	next, beat := begun.Add(phase), begun.Add(time.Duration(i)*pace/time.Duration(len(s.conns)))
	for {
		at := beat
		if next.Before(beat) {
			at = next
		}
		if at.Sub(begun) > steadyFor {
			return
		}
		time.Sleep(time.Until(at))
		if at.Equal(next) {
			s.publish(i)
			next = next.Add(every)
		} else {
			s.must(s.conns[i].Publish(FromAgent(s.name(i)), make([]byte, 60)))
			beat = beat.Add(pace)
		}
		s.sent.Add(1)
	}
}

// burst has all of them send at once, as they do whose intervals begin together.
func (s *swarm) burst() {
	before, begun := s.arrived.Load(), time.Now()
	var wg sync.WaitGroup
	for i := range s.conns {
		wg.Go(func() { s.publish(i) })
	}
	wg.Wait()
	s.await(&s.arrived, before+int64(len(s.conns)))
	s.b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms-burst")
	s.b.ReportMetric(float64(s.lost.Load()), "lost")
}

func (s *swarm) publish(i int) {
	message := make([]byte, intervalBytes)
	binary.BigEndian.PutUint32(message, uint32(i))
	s.must(s.conns[i].Publish(FromAgent(s.name(i)), message))
}

func (s *swarm) must(err error) {
	if err != nil {
		s.b.Error(err)
	}
}

// await waits until a count is reached; each has so long that only a fault takes longer.
func (s *swarm) await(count *atomic.Int64, want int64) {
	for end := time.Now().Add(time.Minute); count.Load() < want; runtime.Gosched() {
		if time.Now().After(end) {
			s.b.Errorf("%d of %d came", count.Load(), want)
			return
		}
		time.Sleep(100 * time.Microsecond)
	}
}

func (s *swarm) close() {
	for _, c := range append(s.conns, s.coordinator) {
		if c != nil {
			c.nats.Close()
		}
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// process is a hub that is a process of its own.
type process struct {
	url string
	pid int
}

// startProcess runs the program that `make build` builds.
func startProcess(b *testing.B, dir string) *process {
	b.Helper()
	program, err := filepath.Abs("../../../bin/tcpbench")
	if err != nil {
		b.Fatal(err)
	}
	args := []string{"fleet", "hub", "--listen", "127.0.0.1:0"}
	if dir != "" {
		args = append(args, "--dir", dir)
	}
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := lab.StartDying(cmd, &syscall.SysProcAttr{}); err != nil { // with the benchmark, where that is killed
		b.Fatalf("%v; `make build` makes it", err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it ends by itself otherwise
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, ok := strings.CutPrefix(line, "listening on ")
	if err != nil || !ok {
		b.Fatalf("the hub says %q, %v", line, err)
	}
	addr, _, _ = strings.Cut(addr, ",")
	return &process{"nats://" + addr, cmd.Process.Pid}
}

// cpu is the CPU time of all its threads, to 10 ms (proc(5), stat: utime and stime).
func (p *process) cpu(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		b.Fatal(err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memory is a line of its status in bytes: VmRSS now, VmHWM the most.
func (p *process) memory(b *testing.B, key string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kb) * 1024
		}
	}
	b.Fatalf("there is no %s in\n%s", key, text)
	return 0
}

// ownCPU is the CPU time of this process.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // getrusage(2) fails for a bad address alone
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
