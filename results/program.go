package results

import (
	"encoding/json"
	"fmt"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

// Program is what became of the user's program that was the client, as seen from outside.
type Program struct {
	// EndedS is when it ended, in seconds since the run began.
	EndedS float64 `json:"ended_s"`
	// ExitStatus is what it ended with, and Signal what ended it otherwise.
	ExitStatus *int   `json:"exit_status,omitempty"`
	Signal     string `json:"signal,omitempty"`
	// Stopped tells that the run ended it, with SIGTERM; Killed that it went on for a
	// second, and got SIGKILL.
	Stopped bool `json:"stopped,omitempty"`
	Killed  bool `json:"killed,omitempty"`
	// LeftBehind counts the processes that it left running when it ended, which were
	// killed; absent where the kernel does not tell.
	LeftBehind *int `json:"left_behind,omitempty"`
	// LastLine is the last line that it wrote.
	LastLine string `json:"last_line,omitempty"`
	// OpenMax is how many connections to the target, a Unix socket, were open at a time at
	// most, as it was looked every 20 ms; absent where the target is none. The kernel does
	// not count them.
	OpenMax *int `json:"open_max,omitempty"`
	// CPUCost is the CPU time of the program over its connections; absent where there
	// were too few to tell.
	CPUCost []CPUPoint `json:"cpu_cost,omitempty"`
	// Destinations are those of its connections, as they were seen at the run's intervals
	// and its end: at most 20.
	Destinations []Destination `json:"destinations,omitempty"`
}

// CPUPoint is the cost of a connection in one stretch of a run.
type CPUPoint struct {
	// AfterConnections is how many connections had been opened at its end, and AtSeconds
	// when that was.
	AfterConnections int64   `json:"after_connections"`
	AtSeconds        float64 `json:"at_s"`
	// CPUUS is the program's CPU time a connection, in microseconds.
	CPUUS float64 `json:"cpu_us"`
	// ConnectionsPerSecond is the rate since the point before; absent where both were at
	// one time.
	ConnectionsPerSecond float64 `json:"connections_per_second,omitempty"`
}

// CPUPoints are points whose cost is CPU time.
func CPUPoints(points []metrics.Point) []CPUPoint {
	var out []CPUPoint
	for _, p := range points {
		out = append(out, CPUPoint{p.AfterConnections, p.AtSeconds, p.CallUS, p.ConnectionsPerSecond})
	}
	return out
}

// Costs is what a connection cost over the run: the time of connect(2), or of a program of
// the user's its CPU time, as CallUS.
func (r *Run) Costs() []metrics.Point {
	if r.Program == nil {
		return r.ConnectCost
	}
	var out []metrics.Point
	for _, p := range r.Program.CPUCost {
		out = append(out, metrics.Point{AfterConnections: p.AfterConnections, AtSeconds: p.AtSeconds, CallUS: p.CPUUS,
			ConnectionsPerSecond: p.ConnectionsPerSecond})
	}
	return out
}

// Destination is where connections of a program went.
type Destination struct {
	// Address is an IP address and a port; Target tells that it is one of the targets.
	Address string `json:"address"`
	Target  bool   `json:"target"`
	// PortsInUseMax is the most local ports in use towards it that were seen, and
	// PortsCapacity how many there are.
	PortsInUseMax int `json:"ports_in_use_max"`
	PortsCapacity int `json:"ports_capacity"`
}

// Failed reports whether it ended by itself and said that something is wrong.
func (p *Program) Failed() bool {
	return p != nil && !p.Stopped && (p.Signal != "" || p.ExitStatus == nil || *p.ExitStatus != 0)
}

// How says with what it ended.
func (p *Program) How() string {
	if p.ExitStatus == nil {
		return p.Signal
	}
	return fmt.Sprintf("exit status %d", *p.ExitStatus)
}

// FromOutside reports whether the client was a program of the user's, of which neither
// requests nor latencies are known.
func (r *Run) FromOutside() bool { return r.Program != nil || outside(&r.Options) }

// Portless reports whether the target was a Unix socket.
func (r *Run) Portless() bool { return portless(r.Targets) }

func portless(targets []string) bool {
	if len(targets) == 0 {
		return false
	}
	_, ok := scenario.UnixFile(targets[0])
	return ok
}

// Uncounted reports whether it is not known how many connections there were: those of a
// user's program to a Unix socket, which the kernel does not count.
func (r *Run) Uncounted() bool { return r.FromOutside() && r.Portless() }

func outside(w *scenario.Workload) bool {
	e, _ := w.Engine.Engine() // it ran
	return e.Outside
}

// programWorked reports whether a program of the user's opened connections, of which some
// came to the target's host, and ended well or with the run. One that the lab's server is
// to refuse does well to say so, and connections to a Unix socket are not counted.
func (r *Run) programWorked() bool {
	well := !r.Program.Failed() || r.Options.ServerClosing().Refuses()
	return (r.Totals.Succeeded > 0 || r.Portless()) && well
}

// withoutRequests leaves out of a result's JSON what was not measured of a program.
type withoutRequests struct {
	plainRun
	Totals    any `json:"totals"`
	Rates     any `json:"rates"`
	Intervals any `json:"intervals"`
}

type (
	plainRun      Run
	plainInterval metrics.Interval

	// counted are counts of connections, each nil where it was not counted.
	counted struct {
		Attempted *int64 `json:"attempted,omitempty"`
		Obtained  *int64 `json:"obtained,omitempty"`
		Succeeded *int64 `json:"succeeded,omitempty"`
		Failed    *int64 `json:"failed,omitempty"`
	}
	// seenTotals, seenRates and seenIn are what was seen from outside.
	seenTotals struct {
		Totals
		Requests *int64 `json:"requests,omitempty"`
		counted
	}
	seenRates struct {
		Rates
		ConnectionsPerSecond *float64 `json:"connections_per_second,omitempty"`
		RequestsPerSecond    *float64 `json:"requests_per_second,omitempty"`
	}
	seenIn struct {
		deeperInterval
		ConnectionsPerSecond *float64 `json:"connections_per_second,omitempty"`
		RequestsPerSecond    *float64 `json:"requests_per_second,omitempty"`
		counted
	}
	deeperInterval struct{ plainInterval } // whose counts those of counted go before
)

// MarshalJSON leaves out requests and their rate where they were not measured, and of
// connections too what was not counted.
func (r Run) MarshalJSON() ([]byte, error) {
	if !r.FromOutside() {
		return json.Marshal(plainRun(r))
	}
	portless, t := r.Portless(), r.Totals
	totals := seenTotals{t, measured(t.Requests),
		countedUnless(portless, t.Attempted, t.Obtained, t.Succeeded, t.Failed)}
	rates := seenRates{r.Rates, unless(portless, r.Rates.ConnectionsPerSecond), measured(r.Rates.RequestsPerSecond)}
	intervals := []seenIn{}
	for _, iv := range r.Intervals {
		intervals = append(intervals, seen(iv, portless))
	}
	return json.Marshal(withoutRequests{plainRun(r), totals, rates, intervals})
}

// seen is an interval with what was counted in it.
func seen(iv Interval, portless bool) seenIn {
	return seenIn{deeperInterval{plainInterval(iv)}, unless(portless, iv.ConnectionsPerSecond),
		measured(iv.RequestsPerSecond),
		countedUnless(portless, iv.Attempted, iv.Obtained, iv.Succeeded, iv.Failed)}
}

// countedUnless are counts of connections; none where the kernel does not count them.
func countedUnless(portless bool, attempted, obtained, succeeded, failed int64) counted {
	return counted{unless(portless, attempted), unless(portless, obtained), unless(portless, succeeded),
		unless(portless, failed)}
}

// unless is a number, or nil.
func unless[N int64 | float64](absent bool, n N) *N {
	if absent {
		return nil
	}
	return &n
}

// measured is a number of what a program does, nil for 0: nobody counted.
func measured[N int64 | float64](n N) *N {
	if n == 0 {
		return nil
	}
	return &n
}
