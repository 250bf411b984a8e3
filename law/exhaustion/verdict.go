package exhaustion

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// Facts are what a verdict is drawn from.
type Facts struct {
	// Use is what connections were for.
	Use Use
	// Plan is what an open loop was to start; nil in a closed one.
	Plan *Plan
	// ByTurns tells that some connections were opened later than others, and so held for
	// less than the run.
	ByTurns bool
	// Cut is what became of connections whose link was cut; nil without.
	Cut *Cut

	// HTTP tells that requests were HTTP's, not bytes of a tcp target. Link has
	// the rules of the lab's link; "" where it has none that hold up or lose
	// what is sent.
	HTTP bool
	Link string
	// Loses tells that those rules lose segments, and not only hold them up.
	Loses bool

	// NAT is what the lab's NAT did; nil where there is none.
	NAT *NATFacts
	// Other is another host that can run out of ports; nil where there is none.
	Other *Host
	// Program is the user's that is the client; nil for an engine of tcpbench's own.
	Program *Program
	// Proxied tells that a proxy is at the other end of the client's connections.
	Proxied bool
	// Timeout bounds connect and each request; AwaitsFIN tells that the client
	// waits as long for the server's end before it closes its socket.
	Timeout   time.Duration
	AwaitsFIN bool
	// AwaitsEnd tells that after the answer it waits for the server to close, as long.
	AwaitsEnd bool

	Finding    Finding
	Settings   capacity.Settings
	Prediction capacity.Prediction
	// Opener is what the run shows of how fast its client opens connections.
	Opener capacity.Client

	// Aimed tells that the run was to go on until ports ran out. Limit is for how long
	// connections were to be opened, and Count how many; 0 any.
	Aimed bool
	Limit time.Duration
	Count int64
	// Interrupted tells that somebody ended it before.
	Interrupted bool

	// Attempted counts connections begun, Succeeded those that did all they
	// were opened for.
	Attempted, Succeeded int64
	// Unused counts connections that carried nothing, and are in none of these numbers
	// but that of ports.
	Unused int64
	// Connected counts handshakes that ended, Requests whole answers.
	// BadAnswers counts those of them that say that something is wrong.
	Connected, Requests, BadAnswers int64
	// Status counts HTTP answers by their status code.
	Status map[string]int64
	// Seconds is what rates are over, or for how long connections were held.
	Seconds float64
	// Before counts the ports that a connect could not have before the first one: of an
	// earlier run, or of other programs.
	Before int
	// Warm counts the ports in use when counting began that a warm-up took; 0 without
	// one, or where it is not known.
	Warm int
	// PeakHeld is the most ports that a connect could not have at a time;
	// PeakKnown tells whether they were measured.
	PeakHeld  int
	PeakKnown bool
	// Kept is the most ports in use at a time, those included that a connect could
	// have; KeptKnown tells whether they were measured.
	Kept      int
	KeptKnown bool
	// Halved is the most ports in FIN_WAIT_2 at a time; 0 where there were few, or that was
	// not measured.
	Halved int
	// foundOpen tells that the server was found to keep its end open.
	foundOpen bool
	// Steady is how long the ports held had not grown, in seconds.
	Steady float64

	// Errors counts failures by "call: ERRNO".
	Errors map[string]int64
	// Mismatch says how the first answer differed that was not as expected; "" where none did.
	Mismatch string
	// WhyTLS says why a TLS handshake failed; "" where none did.
	WhyTLS string
	// EndedByRST counts connections of TLS that the client's RST ended, for what came when
	// it closed them; nil where it is not known, or without TLS.
	EndedByRST *int64
	// Client and Server are the deltas of the kernel's counters; where OneHost, on
	// loopback, those of both sides together, twice.
	Client, Server map[string]int64
	OneHost        bool
}

// Verdict is the finding as an operator reads it.
type Verdict struct {
	// Headline is one sentence: what ran out, when, and what was predicted.
	Headline string `json:"headline"`

	// Details are what was found, in further sentences, most important first.
	Details []string `json:"details,omitempty"`

	// Meaning is what that means for these ports; absent where they have no part in it.
	Meaning []string `json:"meaning,omitempty"`

	// Remedies are the changes that would help here, cheapest first.
	Remedies []capacity.Remedy `json:"remedies,omitempty"`

	// OtherLimits names limits that were met and are not ports.
	OtherLimits []Limit `json:"other_limits,omitempty"`
}

// Judge puts the facts into words.
func Judge(f Facts) Verdict {
	f = f.ofOpenServer()
	v := Verdict{OtherLimits: limits(f)}
	switch {
	case f.programFailed() != "":
		v.Headline = f.programFailed()
		return v
	case f.Finding.RanOut() == NATHost:
		return natRanOut(f)
	case f.refusedAll():
		v.Headline = refused(f)
		return v
	case f.Succeeded == 0 && !f.uncounted() && f.Finding.Outcome != Exhausted && !f.foundDead() &&
		!(f.Cut != nil && f.Requests > 0):
		v.Headline = nothingSucceeded(f)
		return v
	case f.Finding.Outcome == Exhausted:
		f = f.ofHost()
		v.Headline = exhausted(f)
		v.Remedies = f.remedies()
	case f.Finding.Outcome == Sustained && (f.Aimed || f.reconnects()):
		v.Headline = sustained(f)
	default:
		v.Headline = done(f)
	}
	v.Headline = onlyErrors(f) + v.Headline
	v.Details, v.Meaning = details(f), means(f)
	if (f.searches() || f.wouldRunOut()) && v.Remedies == nil && f.Finding.Elsewhere() == "" {
		v.Remedies = capacity.Remedies(f.Settings, f.Opener)
	}
	return v
}

// Sentences are all that follow the headline.
func (v Verdict) Sentences() []string { return slices.Concat(v.Details, v.Meaning) }

func exhausted(f Facts) string {
	at := "at " + figure.Seconds(*f.Finding.AfterSeconds)
	if *f.Finding.AfterSeconds < 0 {
		at = figure.Seconds(-*f.Finding.AfterSeconds) + " before the end of the warm-up"
	}
	after, e := figure.Plural(*f.Finding.AfterConnections, "connection"), f.Finding.Evidence
	if f.Finding.Errno == "" && e != nil && f.Program != nil {
		return fmt.Sprintf("Out of local ports: after %s, %s, none of %d towards %s was free; %s.", after, at,
			e.Capacity, e.Destination, predicted(f))
	}
	if f.Finding.Errno == "" && e != nil {
		return fmt.Sprintf("Out of local ports%s: after %s, %s, none of %d towards %s was free, and there had been "+
			"errors; %s.", f.Finding.OnHost(), after, at, e.Capacity, e.Destination, predicted(f))
	}
	return fmt.Sprintf("Out of local ports%s: %s failed with %s after %s, %s; %s.", f.Finding.OnHost(),
		callName(f.Finding.Call), errnoText(f.Finding.Errno), after, at, predicted(f))
}

// remedies are what helps against what held the ports.
func (f Facts) remedies() []capacity.Remedy {
	h, ok := f.holder()
	switch s := f.left(); {
	case h.state == "FIN_WAIT_2" && f.Loses && !s.ServerOpen:
		return append(passFIN(f), capacity.Room(s, h.time(f))...)
	case s.ServerOpen && !ok:
		return append(serverFIN(f), capacity.Remedies(s, f.Opener)...)
	case h.state == "FIN_WAIT_2" && !f.AwaitsFIN: // which the server may yet close
		s.LateFIN = anyTime
		return append(serverFIN(f), capacity.Remedies(s, f.Opener)...)
	case ok:
		return h.remedies(f)
	default:
		return capacity.Remedies(s, f.Opener)
	}
}

// predicted compares the law with what was measured.
func predicted(f Facts) string {
	p := f.Prediction
	if h, ok := f.holder(); ok {
		return h.found(f)
	}
	if !p.Exhausts() && f.Settings.Walk && f.Settings.Timestamps {
		return fmt.Sprintf("the law had predicted none (%s), which is of ports in TIME_WAIT: in a walk through %s "+
			"the next one was still that of a connection on its way there; "+
			"give it more ports, or fewer connections in flight", p.Reason, figure.Plural(f.Settings.Tuples(), "port"))
	}
	if !p.Exhausts() {
		return fmt.Sprintf("the law had predicted none (%s)", p.Reason) + f.slowToEnd()
	}
	law := fmt.Sprintf("(%s: %s%s)", p.Terms(), p.Reason, odd(p))
	if r, ok := f.race(); ok && *f.Finding.AfterConnections > p.ConnectionsUntilExhaustion {
		return fmt.Sprintf("predicted were %s %s, if the %s always closes first, but %s", p.Until(), law, f.opener(), r)
	}
	if r, ok := f.resets(); ok {
		return fmt.Sprintf("predicted were %s %s, but %s", p.Until(), law, r)
	}
	if s, ok := f.heldLonger(); ok {
		return s
	}
	if n := f.refusedToo(); n > 0 {
		return fmt.Sprintf("predicted were %s %s, beside %d that were refused, which hold no port", p.Until(), law, n)
	}
	if p.AsPredicted(*f.Finding.AfterConnections) {
		return "exactly as predicted " + law
	}
	if taken := f.Settings.Ports - f.left().Ports; taken > 0 && f.law().AsPredicted(*f.Finding.AfterConnections) {
		return fmt.Sprintf("predicted were %s %s, less those of %s that other sockets of the %s have bound: as many "+
			"as came", p.Until(), law, figure.Plural(taken, "port"), f.opener())
	}
	if n := p.ConnectionsUntilExhaustion - int64(f.Before); f.Before > 0 && n == *f.Finding.AfterConnections {
		return fmt.Sprintf("predicted were %s %s, less the %d that were held before the first connection: as many "+
			"as came", p.Until(), law, f.Before)
	}
	return fmt.Sprintf("predicted were %s %s", p.UntilWithin(*f.Finding.AfterSeconds), law)
}

// slowToEnd says why ports ran out where TIME_WAITs are dropped before: more connections
// than are in flight waited for the server's ACK or FIN; "" where they did not.
func (f Facts) slowToEnd() string {
	e, n := f.Finding.Evidence, 0
	if !f.Settings.Overflows() || e == nil {
		return ""
	}
	for state, ports := range e.States {
		if kind(state) == closed && state != timeWait {
			n += ports
		}
	}
	if n <= f.Settings.InFlight {
		return ""
	}
	return fmt.Sprintf(", where no more than %d wait for the server's ACK or FIN, which is as many as are in flight: "+
		"there were %d", f.Settings.InFlight, n)
}

// refusedToo is how many more than predicted had obtained a port, on another host than
// the client, where as many did not come to be.
func (f Facts) refusedToo() int64 {
	more := *f.Finding.AfterConnections - f.Prediction.ConnectionsUntilExhaustion
	if f.Finding.Elsewhere() == "" || more > f.Client["TcpAttemptFails"] {
		return 0
	}
	return max(more, 0)
}

// heldLonger says that no port was used twice, though by the law the first ones were
// free again; false where that is not so.
func (f Facts) heldLonger() (string, bool) {
	p, at := f.Prediction.Complete(), *f.Finding.AfterSeconds
	if p.HoldSeconds == 0 || at <= p.HoldSecondsMax || f.Finding.Elsewhere() != "" ||
		*f.Finding.AfterConnections > p.ConnectionsUntilExhaustion {
		return "", false
	}
	s := fmt.Sprintf("predicted were as many within %s, and more that come in a longer time (%s: %s)",
		figure.Seconds(p.HoldSecondsMax), p.Terms(), p.Reason)
	if f.Settings.Reuses() && f.Client["TcpExtTWRecycled"] == 0 {
		s += "; none was taken over, as where the other end's tcp_timestamps are off"
	}
	return s, true
}

// odd says why there are two numbers, where there are.
func odd(p capacity.Prediction) string {
	if p.ConnectionsAtLeast == p.ConnectionsUntilExhaustion {
		return ""
	}
	return fmt.Sprintf("; %s, as a search of an odd number of ports passes over one", p.Until())
}

// law is the prediction, for the ports and the server that turned out to be there.
func (f Facts) law() capacity.Prediction {
	if left := f.left(); left != f.Settings {
		return capacity.Predict(left)
	}
	return f.Prediction
}

// details are the evidence, the knee and the recovery.
func details(f Facts) []string {
	var out []string
	if e := f.Finding.Evidence; e != nil && f.Finding.Outcome == Exhausted {
		out = append(out, e.text(f.Finding))
	}
	for _, s := range []string{said(f.Finding), f.Finding.Uncertain, toTheClient(f), f.programEnded()} {
		if s != "" {
			out = append(out, s)
		}
	}
	if k := f.Finding.Knee; k.Found {
		out = append(out, kneeText(k, f.searches(), f.Finding.OnHost() != ""))
	}
	if r := f.Finding.RecoveredAfterSeconds; r != nil {
		out = append(out,
			fmt.Sprintf("The next connection%s found a port %s after the first failure.", f.Finding.OnHost(),
				figure.Seconds(*r)))
	}
	return out
}

func kneeText(k Knee, searches, elsewhere bool) string {
	s := fmt.Sprintf("%s after %s", kneeBegins(searches, elsewhere), figure.Plural(*k.AfterConnections, "connection"))
	if k.Occupancy != nil {
		s += fmt.Sprintf(" (%s of the ports in use)", figure.AboutPercent(*k.Occupancy))
	}
	before, after, what := k.Cost()
	s += fmt.Sprintf(" %s went from %s to %s%s", what, figure.Micros(before), figure.Micros(after),
		kneeCause(k, searches))
	// Less than 1.5-fold is within the noise of a run; a fall that connect(2)
	// has not the time to cause has another reason.
	if k.RateBefore != nil && k.RateAfter != nil && *k.RateAfter > 0 &&
		*k.RateBefore >= 1.5**k.RateAfter && after/1e6**k.RateAfter >= kneeBusy {
		s += fmt.Sprintf(", and throughput fell %s-fold, from %s/s to %s/s",
			figure.About(*k.RateBefore / *k.RateAfter), figure.Number(*k.RateBefore), figure.Number(*k.RateAfter))
	}
	return s + "."
}

// searches reports whether the search for a port is the knee's cause: there is none
// where the program binds its ports itself.
func (f Facts) searches() bool { return f.Finding.Knee.Searches() && !f.Settings.Walk }

// kneeBegins names it: only the search for a port comes before running out of them,
// on the same host.
func kneeBegins(searches, elsewhere bool) string {
	switch {
	case elsewhere:
		return "On the client connecting became slower:"
	case searches:
		return "The knee came first:"
	default:
		return "Connecting became slower:"
	}
}

// kneeCause is why, as far as ports in use tell.
func kneeCause(k Knee, searches bool) string {
	switch {
	case searches:
		return ", searching for a free port"
	case k.Occupancy == nil:
		return "; whether in the search for a free port is not known, since ports in use were not measured"
	case k.InTurn:
		return "; not in the search for a free port, which goes through --source-ports in turn, but for another cause"
	default:
		return "; not in the search for a free port, for which half of them have to be in use, but for another cause"
	}
}

func callName(call string) string { return call + "(2)" }

// errnoText adds what the C library prints for the errno: users search for it.
func errnoText(errno string) string {
	switch errno {
	case "EADDRNOTAVAIL":
		return errno + ` ("cannot assign requested address")`
	case "EADDRINUSE":
		return errno + ` ("address already in use")`
	default:
		return errno
	}
}

// perSecond is how many of n there were in each of s seconds.
func perSecond(n int64, s float64) string {
	if s <= 0 {
		return "0"
	}
	return figure.Number(float64(n) / s)
}

// number prints n as it is: users compare it with other tools' output.
func number(n int64) string { return fmt.Sprint(n) }

// worstError returns the failure that was counted most; ties go to the name.
func worstError(errors map[string]int64) (string, int64) {
	worst, most := "", int64(0)
	for name, n := range errors {
		if n > most || n == most && strings.Compare(name, worst) < 0 {
			worst, most = name, n
		}
	}
	return worst, most
}
