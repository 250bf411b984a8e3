package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/uring/uringtest"
	"tcpbench/results"
)

// narrow leaves the client 1000 ports: 40000-40999.
const narrow = `--sysctl=net.ipv4.ip_local_port_range=40000 40999`

// limit is what a row of the table of limits expects.
type limit struct {
	name string
	args []string

	// after is the number of connections that found a port before the first
	// that did not; failure is what that one got, empty for none.
	after   int64
	failure string

	// succeeded is how many did all they were opened for; 0 leaves it to after.
	succeeded int64

	// client are counters of the client's namespace; absent ones are 0.
	client map[string]int64

	// timeWait is how many TIME_WAITs the client's namespace ends with.
	timeWait int

	// resets: where the kernel drops TIME_WAITs, it answers a server's late FIN
	// with RST, as often as it happens.
	resets bool
}

const (
	noAddress = "connect: EADDRNOTAVAIL"
	inUse     = "bind: EADDRINUSE"
)

func limits() []limit {
	// Until it happens, however slow the machine is.
	until := func(args ...string) []string {
		return append([]string{narrow, "--until=exhausted", "--steady=0", "-z=120s"}, args...)
	}
	// Twice as many connections as there are ports.
	count := func(args ...string) []string { return append(until("-n=2000"), args...) }
	return []limit{
		{name: "tcp_tw_reuse=2, the default, does not reuse across a veth", args: until(),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
		{name: "tcp_tw_reuse=0", args: until("--sysctl=net.ipv4.tcp_tw_reuse=0"),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
		{name: "one connection in flight", args: until("-c=1"),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
		{name: "more in flight than a tenth of the ports", args: until("-c=200"),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
		{name: "two threads", args: until("--threads=2"),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
		{name: "four threads and two destinations", args: until("--threads=4", "--destinations=2"),
			after: 2000, failure: noAddress, client: map[string]int64{"TcpExtTW": 2000}, timeWait: 2000},
		{name: "RST close leaves no TIME_WAIT", args: count("--linger=0"),
			succeeded: 2000, client: map[string]int64{"TcpOutRsts": 2000}},
		{name: "tcp_tw_reuse needs timestamps",
			args:  until("--sysctl=net.ipv4.tcp_tw_reuse=1", "--sysctl=net.ipv4.tcp_timestamps=0"),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
		{name: "tcp_max_tw_buckets=100", args: count("--sysctl=net.ipv4.tcp_max_tw_buckets=100"),
			succeeded: 2000, client: map[string]int64{"TcpExtTW": 100, "TcpExtTCPTimeWaitOverflow": 1900},
			timeWait: 100, resets: true},
		{name: "the server closes first and holds the TIME_WAITs", args: count("--close=server"),
			succeeded: 2000},
		{name: "shutdown, end of file, close: still the active closer", args: until("--close=shutdown"),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
		{name: "two destinations: the limit is per 4-tuple", args: until("--destinations=2"),
			after: 2000, failure: noAddress, client: map[string]int64{"TcpExtTW": 2000}, timeWait: 2000},
		{name: "two sources bound with port 0 take ports for every destination",
			args:  until("--source=2", "--destinations=2", "--bind-no-port=false"),
			after: 2000, failure: inUse, client: map[string]int64{"TcpExtTW": 2000}, timeWait: 2000},
		{name: "two sources with IP_BIND_ADDRESS_NO_PORT", args: until("--source=2", "--destinations=2"),
			after: 4000, failure: noAddress, client: map[string]int64{"TcpExtTW": 4000}, timeWait: 4000},
		{name: "IP_LOCAL_PORT_RANGE inside the range", args: until("--source-ports=40100-40299"),
			after: 200, failure: noAddress, client: map[string]int64{"TcpExtTW": 200}, timeWait: 200},
		{name: "IP_LOCAL_PORT_RANGE half outside the range", args: until("--source-ports=40900-41099"),
			after: 100, failure: noAddress, client: map[string]int64{"TcpExtTW": 100}, timeWait: 100},
		{name: "ip_local_reserved_ports", args: until("--sysctl=net.ipv4.ip_local_reserved_ports=40000-40099"),
			after: 900, failure: noAddress, client: map[string]int64{"TcpExtTW": 900}, timeWait: 900},
		{name: "IPv6 has the same law", args: until("--ip=6"),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
		{name: "IPv6 with two sources and IP_LOCAL_PORT_RANGE",
			args:  until("--ip=6", "--source=2", "--source-ports=40100-40299"),
			after: 400, failure: noAddress, client: map[string]int64{"TcpExtTW": 400}, timeWait: 400},
		{name: "SO_LINGER 0 after a shutdown is too late for RST", args: until("--linger=0", "--close=shutdown"),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
		{name: "timestamps that the server does not want",
			args:  until("--sysctl=net.ipv4.tcp_tw_reuse=1", "--server-sysctl=net.ipv4.tcp_timestamps=0"),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
		{name: "tcp_max_tw_buckets=0 keeps no TIME_WAIT", args: count("--sysctl=net.ipv4.tcp_max_tw_buckets=0"),
			succeeded: 2000, client: map[string]int64{"TcpExtTCPTimeWaitOverflow": 2000}, resets: true},
		{name: "a walk without timestamps ends when every port was tried",
			args:  until("--port-select=walk", "--sysctl=net.ipv4.tcp_timestamps=0"),
			after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000}, timeWait: 1000},
	}
}

func TestLimitsAreTheKernels(t *testing.T) {
	for _, engine := range engines(t) {
		for _, sockets := range []string{"fresh", "keep"}[:kinds(engine)] {
			t.Run(engine+", "+sockets, func(t *testing.T) {
				for _, tt := range limits() {
					t.Run(tt.name, func(t *testing.T) {
						t.Parallel()
						r := measure(t, slices.Concat(tt.args,
							[]string{noRSTEnds, "--engine=" + engine, "--sockets=" + sockets})...)
						checkLimit(t, tt, r)
						answered(t, tt.name, engine+", "+sockets, tt.answer(r), tt.usual())
					})
				}
			})
		}
	}
}

// kinds is how many kinds of sockets an engine has: all of io_uring's are fresh.
func kinds(engine string) int {
	if engine == "epoll" {
		return 2
	}
	return 1
}

// usual is the row's answer in words.
func (l limit) usual() string {
	failure := fmt.Sprintf("no failure in %d", l.succeeded)
	if l.failure != "" {
		failure = fmt.Sprintf("%d, then %s", l.after, l.failure)
	}
	return l.words(failure, l.client)
}

// answer is what a run gave, in the same words.
func (l limit) answer(r *results.Run) string { return l.words(ranOut(r), l.counters(r)) }

// counters are the client's. A segment that the server sends again, because its
// CPU stood still and not because it was lost, is answered with an RST where its
// socket is gone: these are left out.
func (l limit) counters(r *results.Run) map[string]int64 {
	const resets = "TcpOutRsts"
	out := maps.Clone(r.Kernel.Client)
	more := out[resets] - l.client[resets]
	if l.resets || more > 0 && more <= r.Kernel.Server["TcpRetransSegs"] {
		out[resets] = l.client[resets]
	}
	return out
}

// noRSTEnds is the argument with which no RST ends a TIME_WAIT (RFC 1337). The server
// answers with one what comes once its socket is gone: on an emulated CPU, which stands
// still for longer than a FIN waits for its ACK, a FIN that was sent again (1001
// connections on 1000 ports, with one RST), and on a busy host probably an ACK that
// another CPU overtook (1012, with 12).
const noRSTEnds = "--sysctl=net.ipv4.tcp_rfc1337=1"

// ranOut says after how many connections the first failed, if any did.
func ranOut(r *results.Run) string {
	if ex := r.Exhaustion; ex.Exhausted {
		return fmt.Sprintf("%s, then %s: %s", optional(ex.AfterConnections), ex.Call, ex.Errno)
	}
	return fmt.Sprintf("no failure in %d", r.Totals.Succeeded)
}

func (l limit) words(failure string, counters map[string]int64) string {
	for _, name := range limitCounters() {
		if n := counters[name]; n > 0 {
			failure += fmt.Sprintf("; %s %d", strings.TrimPrefix(name, "TcpExt"), n)
		}
	}
	return failure
}

func limitCounters() []string {
	return []string{"TcpExtTW", "TcpExtTWRecycled", "TcpOutRsts", "TcpExtTCPTimeWaitOverflow"}
}

// engines are those that run here.
func engines(t *testing.T) []string {
	all := []string{"epoll"}
	t.Run("io_uring runs here", func(t *testing.T) {
		uringtest.Require(t)
		all = append(all, "io_uring")
	})
	return all
}

func checkLimit(t *testing.T, want limit, r *results.Run) {
	t.Helper()
	ex := r.Exhaustion
	if got := fmt.Sprintf("%s: %s", ex.Call, ex.Errno); ex.Exhausted && got != want.failure ||
		ex.Exhausted != (want.failure != "") {
		t.Fatalf("exhausted = %v by %q, want %q", ex.Exhausted, got, want.failure)
	}
	if ex.Exhausted && *ex.AfterConnections != want.after {
		t.Errorf("after_connections = %d, want %d", *ex.AfterConnections, want.after)
	}
	succeeded := want.succeeded
	if succeeded == 0 {
		succeeded = want.after
	}
	if r.Totals.Succeeded != succeeded {
		t.Errorf("succeeded = %d, want %d; errors %v", r.Totals.Succeeded, succeeded, r.Totals.Errors)
	}
	counters := want.counters(r)
	for _, name := range limitCounters() {
		if got := counters[name]; got != want.client[name] {
			t.Errorf("client %s = %d, want %d", name, got, want.client[name])
		}
	}
	if got := *r.Intervals[len(r.Intervals)-1].TimeWait; got != want.timeWait {
		t.Errorf("time_wait at the end = %d, want %d", got, want.timeWait)
	}
	if ex.Exhausted && r.Prediction.ConnectionsUntilExhaustion != want.after {
		t.Errorf("predicted %d connections, want %d", r.Prediction.ConnectionsUntilExhaustion, want.after)
	}
	checkCounts(t, r)
	if t.Failed() {
		t.Logf("client %v\nserver %v", r.Kernel.Client, r.Kernel.Server)
	}
}

// Where the kernel keeps fewer TIME_WAITs than there are ports (8192 with 2 GiB
// of memory), these never run out, and the run says why.
func TestFewTimeWaitsAreWhyPortsDoNotRunOut(t *testing.T) {
	t.Parallel()
	const why = "tcp_max_tw_buckets drops TIME_WAITs before the ports run out"
	r := measure(t, "--until=exhausted", "--steady=0", "-n=1300", "-z=120s",
		"--sysctl=net.ipv4.tcp_max_tw_buckets=1000")
	few := limit{succeeded: 1300, resets: true,
		client: map[string]int64{"TcpExtTW": 1000, "TcpExtTCPTimeWaitOverflow": 300}}
	answered(t, "tcp_max_tw_buckets=1000 and 28232 ports", "auto", few.answer(r), few.usual())
	if r.Prediction.Reason != why || !strings.Contains(r.Verdict.Headline, why) {
		t.Errorf("predicted %q, headline %q, want both to say that %s", r.Prediction.Reason, r.Verdict.Headline, why)
	}
	checkCounts(t, r)
	r = measure(t, "--until=exhausted", "-n=10")
	buckets := r.Environment.Sysctls["net.ipv4.tcp_max_tw_buckets"]
	t.Logf("this host: tcp_max_tw_buckets = %s", buckets)
	if n, err := strconv.Atoi(buckets); err != nil || (n < 28232) != (r.Prediction.Reason == why) {
		t.Errorf("tcp_max_tw_buckets = %q, predicted %q", buckets, r.Prediction.Reason)
	}
}

// RST close throws away what has not been delivered; a FIN does not.
func TestDelivery(t *testing.T) {
	// A server with a small window leaves most of a request with the client.
	big := []string{"--request-size=1048576", "--response-size=0", "-n=100", "-c=8",
		"--server-sysctl=net.ipv4.tcp_rmem=4096 8192 8192"}
	tests := []struct {
		name  string
		args  []string
		loses bool
	}{
		{"FIN delivers all", nil, false},
		{"a linger time delivers all", []string{"--linger=5s"}, false},
		{"RST loses what is on its way", []string{"--linger=0"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measure(t, append(big, tt.args...)...)
			d := r.Delivery
			if d == nil {
				t.Fatal("delivery was not measured")
			}
			if d.SentBytes != 100<<20 || d.SentBytes != d.ArrivedBytes+d.LostBytes {
				t.Errorf("delivery = %+v, want 100 MiB sent, arrived or lost", *d)
			}
			if (d.LostBytes > 0) != tt.loses || (d.LostConnections > 0) != tt.loses {
				t.Errorf("delivery = %+v, want loss: %v", *d, tt.loses)
			}
		})
	}
}

// checkCounts compares the tool's own counts with each other and with the
// kernel's.
func checkCounts(t *testing.T, r *results.Run) {
	t.Helper()
	tot := r.Totals
	var failed int64
	for _, n := range tot.Errors {
		failed += n
	}
	if failed != tot.Failed || tot.Succeeded+tot.Failed != tot.Attempted {
		t.Errorf("attempted %d, succeeded %d, failed %d, errors add up to %d", tot.Attempted, tot.Succeeded,
			tot.Failed, failed)
	}
	if got := r.Kernel.Client["TcpActiveOpens"]; got != tot.Obtained {
		t.Errorf("client TcpActiveOpens = %d, want %d, the connects that obtained a port", got, tot.Obtained)
	}
	// Where two CPUs race to finish one handshake the kernel counts both
	// (tcp_create_openreq_child), so there may be more.
	if got := r.Kernel.Server["TcpPassiveOpens"]; got < tot.Obtained {
		t.Errorf("server TcpPassiveOpens = %d, want %d", got, tot.Obtained)
	}
	if n := r.Kernel.Server["TcpExtListenOverflows"]; n != 0 {
		t.Errorf("server TcpExtListenOverflows = %d, want 0: the server must not be the limit", n)
	}
	var intervals int64
	for _, iv := range r.Intervals {
		intervals += iv.Succeeded
	}
	if intervals != tot.Succeeded {
		t.Errorf("the intervals' succeeded add up to %d, want %d", intervals, tot.Succeeded)
	}
}

// The kernel frees ports in batches at exact times, so that no run may have more than
// the figure. Each has it, unless the generator was not run, or was slow, as the result
// says: what is freed late makes a run miss a batch for each period of that.
func TestReuseFreesPortsInBatches(t *testing.T) {
	if testing.Short() {
		t.Skip("timed; the full suite runs it")
	}
	tests := []struct {
		name      string
		args      []string
		period    time.Duration
		succeeded int64
	}{
		{"tcp_tw_reuse=1: 1000 in each second", []string{"-z=5s"}, time.Second, 5000},
		{"tcp_tw_reuse_delay=200: 1000 in each 200 ms", []string{"-z=3s", "--sysctl=net.ipv4.tcp_tw_reuse_delay=200"},
			200 * time.Millisecond, 15000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := measure(t, append([]string{narrow, "--until=exhausted", "--on-exhausted=continue",
				"--sysctl=net.ipv4.tcp_tw_reuse=1"}, tt.args...)...)
			checkCounts(t, r)
			if r.Exhaustion.AfterSeconds == nil {
				t.Fatalf("%d connections, and ports did not run out: %s", r.Totals.Succeeded, r.Verdict.Headline)
			}
			n := r.Totals.Succeeded
			stalled := time.Duration(r.Stalls.TotalUS) * time.Microsecond
			batch := time.Duration(*r.Exhaustion.AfterSeconds * float64(time.Second)) // some 35 ms
			missed := int64((stalled + tt.period - 1) / tt.period)
			if batch > tt.period/3 {
				missed++
			}
			if n > tt.succeeded || n < tt.succeeded-1000*missed {
				t.Errorf("succeeded = %d, want %d, less at most %d batches: the generator was not run for %v, and "+
					"took %v for the first", n, tt.succeeded, missed, stalled, batch)
			}
			if rec := r.Kernel.Client["TcpExtTWRecycled"]; rec != n-1000 {
				t.Errorf("client TcpExtTWRecycled = %d, want %d, all but the first 1000", rec, n-1000)
			}
			ranOutBefore(t, r, 1000, tt.period)
		})
	}
}

// ranOutBefore wants a run out of so many ports, each of which it has once; more often where
// a machine was so slow that the first one was free again.
func ranOutBefore(t *testing.T, r *results.Run, ports int64, free time.Duration) {
	t.Helper()
	got, at := *r.Exhaustion.AfterConnections, *r.Exhaustion.AfterSeconds
	if got != ports && !(got > ports && at > free.Seconds()) {
		t.Errorf("after_connections = %d at %v s, want %d: ports are free again after %v", got, at, ports, free)
	}
}

// However fast the machine is, every connection but the first on each port is on
// one in TIME_WAIT.
func TestReuseTakesOverTimeWaits(t *testing.T) {
	t.Parallel()
	const usual = "more connections than ports, all but the first on each take over a TIME_WAIT"
	r := measure(t, narrow, "--until=exhausted", "--steady=0", "--on-exhausted=continue", "-n=3000", "-z=50s",
		"--sysctl=net.ipv4.tcp_tw_reuse=1")
	n, taken := r.Totals.Succeeded, r.Kernel.Client["TcpExtTWRecycled"]
	held := *r.Intervals[len(r.Intervals)-1].TimeWait
	got := fmt.Sprintf("%d connections, of which %d take over a TIME_WAIT, and %d are left", n, taken, held)
	if n > 1000 && held <= 1000 && taken+int64(held) == n {
		got = usual
	}
	answered(t, "tcp_tw_reuse=1 takes over TIME_WAITs", "auto", got, usual)
	checkCounts(t, r)
}

func TestTheShortestReuseDelayNeverExhausts(t *testing.T) {
	const delay = "net.ipv4.tcp_tw_reuse_delay"
	args := []string{narrow, "--until=exhausted", "--steady=0", "-n=20000", "-z=120s",
		"--sysctl=net.ipv4.tcp_tw_reuse=1", "--sysctl=" + delay + "=1"}
	if older(kernelRelease(t), [2]int{6, 14}) {
		status, _, said := command(append([]string{"run", "-o", t.TempDir() + "/r.json"}, args...)...)
		want := "unknown sysctl " + delay + "; this kernel does not have it"
		if status != 2 || !strings.Contains(said, want) {
			t.Errorf("exit status %d, want 2 with %q: %s", status, want, said)
		}
		answered(t, rowDelay, "none", "refused: this kernel does not have it", "no failure in 20000")
		return
	}
	r := measure(t, args...)
	checkCounts(t, r)
	answered(t, rowDelay, "auto", ranOut(r), "no failure in 20000")
}

// tcp_fin_timeout governs FIN_WAIT_2: with 5 s, TIME_WAIT lasts 60 s all the same.
func TestFinTimeoutDoesNotShortenTimeWait(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute; the full suite runs it")
	}
	t.Parallel()
	r := measure(t, narrow, "--until=exhausted", "--on-exhausted=recover", "-z=120s",
		"--sysctl=net.ipv4.tcp_fin_timeout=5")
	checkCounts(t, r)
	if got := *r.Exhaustion.AfterConnections; got != 1000 {
		t.Errorf("after_connections = %d, want 1000", got)
	}
	if got := r.Exhaustion.RecoveredAfterSeconds; got == nil || *got < 58 || *got > 66 {
		t.Errorf("recovered_after_seconds = %v, want about 61", optional(got))
	}
}

func optional[T any](p *T) string {
	if p == nil {
		return "none"
	}
	return fmt.Sprint(*p)
}

func TestThePortWalkTakesOverTimeWaits(t *testing.T) {
	r := measure(t, narrow, "--until=exhausted", "--steady=0", "-n=10000", "-z=120s", "--port-select=walk",
		"--sysctl=net.ipv4.tcp_tw_reuse=0")
	answered(t, "a walk takes over TIME_WAITs", "auto", ranOut(r), "no failure in 10000")
	checkCounts(t, r)
}

func TestSourcePortsWhollyOutsideTheRangeAreRefused(t *testing.T) {
	status, stdout, stderr := command("run", "--format=json", "-o", t.TempDir()+"/r.json", narrow, "--until=exhausted",
		"--source-ports=50000-50299")
	if status != 2 || stdout != "" ||
		!strings.Contains(stderr, "source-ports: 50000-50299 lies wholly outside "+
			"net.ipv4.ip_local_port_range (40000-40999)") {
		t.Errorf("exit status %d, want 2; stdout %q, stderr %q", status, stdout, stderr)
	}
}

// The kernel's search rounds an odd number of ports down, from a random
// start: one port is passed over.
func TestOfAnOddRangeOnePortLessIsAsPredicted(t *testing.T) {
	t.Parallel()
	r := measure(t, "--sysctl=net.ipv4.ip_local_port_range=40000 40100", "--until=exhausted")
	got := "100 or 101"
	if n := *r.Exhaustion.AfterConnections; n != 100 && n != 101 {
		got = fmt.Sprint(n)
	}
	answered(t, "an odd range of 101 ports", "auto", got, "100 or 101")
	if !strings.Contains(r.Verdict.Headline, "exactly as predicted") || r.Prediction.ConnectionsAtLeast != 100 ||
		warning(r, "odd-range") != "" {
		t.Errorf("%s; prediction %+v, warnings %v, want 100 or 101 as predicted, without a warning of it",
			r.Verdict.Headline, r.Prediction, r.Warnings)
	}
}

func TestIPv6LosesNoTimeAtTheStart(t *testing.T) {
	r := measure(t, narrow, "--until=exhausted", "--ip=6")
	if n := r.Kernel.Client["TcpExtTCPTimeouts"]; n != 0 {
		t.Errorf("client TcpExtTCPTimeouts = %d, want 0: no SYN is lost", n)
	}
}

func TestThousandsOfSources(t *testing.T) {
	r := measure(t, "--source=4096", "-n=10000", "-z=120s", "--linger=0")
	answered(t, "4096 sources, RST close", "auto", ranOut(r), "no failure in 10000")
	checkCounts(t, r)
}

func TestTheThreeOutcomes(t *testing.T) {
	tests := []struct {
		name, want string
		args       []string
	}{
		{"ports run out", "exhausted", []string{narrow}},
		{"a short look at ports that grow proves nothing", "exhausted",
			[]string{narrow, "--steady=20ms", "--interval=10ms", "-c=1"}},
		{"ports in use stop growing", "sustained", []string{narrow, "--linger=0", "--steady=1s", "--interval=200ms"}},
		{"the time is over before either", "undecided", []string{narrow, "--linger=0", "--steady=10s", "-z=300ms"}},
		{"the count is reached before either", "undecided", []string{narrow, "-n=10"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measure(t, append(tt.args, "--until=exhausted")...)
			if got := string(r.Exhaustion.Outcome); got != tt.want {
				t.Errorf("outcome = %s, want %s: %s", got, tt.want, r.Verdict.Headline)
			}
			checkCounts(t, r)
		})
	}
}
