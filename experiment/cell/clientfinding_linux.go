package cell

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

// died is the end of the process around the program, where nobody knows how the program
// ended.
func (x *clientProgram) died() error {
	if x == nil || x.bye.Exit != nil {
		return nil
	}
	return x.peer.ended()
}

// find adds what became of the program to a result, and what is known of its ports to the
// finding.
func (x *clientProgram) find(r *results.Run, start time.Time) {
	if x == nil {
		return
	}
	f := r.Exhaustion
	r.Program, r.Stalls = x.result(start), nil // it is not watched whether the program is run
	r.Program.CPUCost, r.ConnectCost, f.Knee = results.CPUPoints(r.ConnectCost), nil, f.Knee.OfCPU()
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.silent != nil || x.said != nil:
		ranOut(f, x.silent, x.said, start)
	case x.spare != nil:
		f.Evidence = &x.spare.Evidence
		f.Refused = &exhaustion.Refusal{Call: x.spare.Call, Errno: x.spare.Errno, Cause: exhaustion.Unexplained,
			Target: x.spare.Evidence.Destination, Said: x.spare.Said}
	}
}

// ranOut is that ports did, by what was read first: no port was free, or the program said
// so. No connect has one after that until one comes free, so that what had one by then is
// what had one before the first that failed.
func ranOut(f *exhaustion.Finding, silent, said *foundNoPort, start time.Time) {
	first := silent
	if silent == nil || said != nil && said.At.Before(silent.At) {
		first = said
	}
	after := first.At.Sub(start).Seconds()
	f.Outcome, f.Exhausted, f.Host = exhaustion.Exhausted, true, exhaustion.ClientHost
	f.AfterConnections, f.AfterSeconds, f.Evidence = &first.Opened, &after, &first.Evidence
	if said != nil {
		f.Call, f.Errno, f.Said = said.Call, said.Errno, said.Said
		if silent != nil && !said.Evidence.Full() { // it was read when the program had let go of them
			f.Evidence = &silent.Evidence
		}
		return
	}
	f.Uncertain = "Whether a connect failed for that is not known, because the client's program was not heard to " +
		"say that it found no port."
}

// programFact is a result's program as a verdict needs it.
func programFact(r *results.Run) *exhaustion.Program {
	p := r.Program
	return &exhaustion.Program{EndedS: p.EndedS, How: p.How(), Stopped: p.Stopped, Failed: p.Failed(),
		LastLine: p.LastLine, OpenMax: p.OpenMax}
}

// result is what became of the program.
func (x *clientProgram) result(start time.Time) *results.Program {
	e := x.bye.Exit
	p := &results.Program{EndedS: max(e.At.Sub(start).Seconds(), 0), Signal: e.Signal, Stopped: e.Asked,
		Killed: e.Killed, LeftBehind: e.Left, LastLine: e.Last}
	if e.Signal == "" {
		p.ExitStatus = &e.Status
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	p.Destinations = slices.Clone(x.seen)
	if x.socket != "" {
		p.OpenMax = new(x.open)
	}
	slices.SortFunc(p.Destinations, func(a, b results.Destination) int { return strings.Compare(a.Address, b.Address) })
	return p
}

// programWarnings are what a reader must know of the program.
func programWarnings(r *results.Run) []results.Warning {
	p := r.Program
	if p == nil {
		return nil
	}
	var out []results.Warning
	warn := func(code, format string, args ...any) {
		out = append(out, results.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if p.Killed {
		warn("client-killed", "the client's program did not end within %s of SIGTERM, and was killed: what it "+
			"writes at its end is missing", figure.Seconds(commandGrace.Seconds()))
	}
	if n := p.LeftBehind; n != nil && *n > 0 && !p.Stopped {
		warn("left-behind", "the client's program ended at %s and left %d of its processes running, which were "+
			"ended with it; keep "+
			"the program in the foreground until what it started has ended, as with `wait` in a shell",
			figure.Seconds(p.EndedS), *n)
	}
	if f := r.Exhaustion.Refused; f != nil && !r.Exhaustion.Exhausted {
		e := r.Exhaustion.Evidence
		warn("client-refused", "the client's program said that it found no port (%q), and %d of %s were in use "+
			"towards one address at most: they had not run out", f.Said, e.PortsInUse,
			figure.Plural(e.Capacity, "port"))
	}
	if n := r.Totals.Attempted - r.Totals.Succeeded - r.Totals.Failed; n > 0 && r.Totals.Succeeded > 0 {
		warn("not-accepted", "%d of %s were not accepted by the target's host: they were given up in the handshake, "+
			"or went elsewhere", n, figure.Plural(r.Totals.Attempted, "connection"))
	}
	if n := p.OpenMax; n != nil && *n == 0 {
		warn("socket-unseen", "no connection to the Unix socket was open whenever it was looked, every 20 ms: whether "+
			"the client's program opened any is not known; what it writes, or the server's own counters, may tell")
	}
	return append(out, otherTargets(p)...)
}

// otherTargets warns of connections that went to no target.
func otherTargets(p *results.Program) []results.Warning {
	var to []string
	for _, d := range p.Destinations {
		if !d.Target {
			to = append(to, fmt.Sprintf("%s (%d ports at most)", d.Address, d.PortsInUseMax))
		}
	}
	if len(to) == 0 {
		return nil
	}
	return []results.Warning{{Code: "other-targets", Text: fmt.Sprintf("the client's program connected to what is no "+
		"target too, and these connections are counted with the others: %s", strings.Join(to, ", "))}}
}
