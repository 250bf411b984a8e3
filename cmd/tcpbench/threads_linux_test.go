package main

import (
	"slices"
	"testing"

	"tcpbench/results"
)

// threadsCase is a run of several threads until ports run out.
type threadsCase struct {
	limit
	threads int
	owns    *results.Part // of each thread
}

func threadsCases() []threadsCase {
	until := func(args ...string) []string {
		return append([]string{narrow, noRSTEnds, "--until=exhausted", "--steady=0", "-z=120s"}, args...)
	}
	fails := func(name string, after int64, failure string, args ...string) limit {
		return limit{name: name, args: until(args...), after: after, failure: failure,
			client: map[string]int64{"TcpExtTW": after}, timeWait: int(after)}
	}
	return []threadsCase{
		{fails("one port space", 1000, noAddress, "--threads=4"), 4, nil},
		{fails("a source each", 2000, noAddress, "--threads=2", "--source=2"), 2, &results.Part{Sources: 1}},
		{fails("two sources each, towards two destinations", 8000, noAddress, "--threads=2", "--source=4",
			"--destinations=2"), 2, &results.Part{Sources: 2}},
		{fails("two threads on each source", 2000, noAddress, "--threads=4", "--source=2"), 4, nil},
		{fails("a destination each", 2000, noAddress, "--threads=2", "--destinations=2"), 2,
			&results.Part{Destinations: 1}},
		{fails("two destinations each", 8000, noAddress, "--threads=4", "--destinations=8"), 4,
			&results.Part{Destinations: 2}},
		{fails("a pair each", 4000, noAddress, "--threads=4", "--source=2", "--destinations=2"), 4,
			&results.Part{Pairs: 1}},
		{fails("a source that is taken for every destination", 3000, inUse, "--threads=3", "--source=3",
			"--destinations=3", "--bind-no-port=false"), 3, &results.Part{Sources: 1}},
		{fails("fewer such sources than threads", 2000, inUse, "--threads=4", "--source=2", "--destinations=3",
			"--bind-no-port=false"), 4, nil},
		{fails("as many in flight as a quarter of the ports", 2000, noAddress, "--threads=2", "--source=2", "-c=500"),
			2, &results.Part{Sources: 1}},
		{fails("IPv6", 2000, noAddress, "--threads=2", "--source=2", "--ip=6"), 2, &results.Part{Sources: 1}},
		{fails("a walk that finds no port", 2000, noAddress, "--threads=2", "--source=2", "--port-select=walk",
			"--sysctl=net.ipv4.tcp_timestamps=0"), 2, &results.Part{Sources: 1}},
		{limit{name: "ports that come free at once, and a count",
			args:      []string{narrow, noRSTEnds, "--linger=0", "-n=5001", "--threads=2", "--source=2"},
			succeeded: 5001, client: map[string]int64{"TcpOutRsts": 5001}}, 2, &results.Part{Sources: 1}},
	}
}

// Each thread has ports of its own where there are several sources or destinations, and
// the count at the first failure is exact all the same.
func TestThreadsTakeEveryPortBeforeTheFirstFailure(t *testing.T) {
	for _, engine := range engines(t) {
		for _, tt := range threadsCases() {
			t.Run(engine+", "+tt.name, func(t *testing.T) {
				t.Parallel()
				r := measure(t, append(slices.Clone(tt.args), "--engine="+engine)...)
				checkLimit(t, tt.limit, r)
				tt.check(t, r)
			})
		}
	}
}

// check checks what is told of the threads.
func (c threadsCase) check(t *testing.T, r *results.Run) {
	t.Helper()
	if len(r.Threads) != c.threads {
		t.Fatalf("threads = %d, want %d", len(r.Threads), c.threads)
	}
	var sum results.Thread
	var rate float64
	for i, one := range r.Threads {
		if got := one.Owns; got == nil != (c.owns == nil) || got != nil && *got != *c.owns {
			t.Errorf("thread %d owns %+v, want %+v", i, got, c.owns)
		}
		sum.Succeeded += one.Succeeded
		sum.Requests += one.Requests
		sum.Failed += one.Failed
		sum.UserS += one.UserS
		sum.SystemS += one.SystemS
		rate += *one.ConnectionsPerSecond
	}
	if sum.Succeeded != r.Totals.Succeeded || sum.Failed != r.Totals.Failed || sum.Requests != r.Totals.Requests {
		t.Errorf("threads add up to %+v, want the totals %+v", sum, r.Totals.Counts)
	}
	if got := r.Rates.ConnectionsPerSecond; rate < 0.999*got || rate > 1.001*got {
		t.Errorf("rates of threads add up to %v, want %v", rate, got)
	}
	// The process has other threads: the sampler's, and Go's own.
	if used, all := sum.UserS+sum.SystemS, r.CPU.UserS+r.CPU.SystemS; used <= 0 || used > all+0.05 {
		t.Errorf("threads used %v s of CPU, want some, and no more than the process's %v s", used, all)
	}
}

func TestAThreadOfALibraryIsNotTold(t *testing.T) {
	t.Parallel()
	r := measure(t, narrow, "-n=200", "--server=http", "--engine=nethttp", "--linger=0")
	if r.Threads != nil || r.Totals.Succeeded != 200 {
		t.Errorf("engine nethttp: threads %+v, %d succeeded; want none, 200", r.Threads, r.Totals.Succeeded)
	}
}
