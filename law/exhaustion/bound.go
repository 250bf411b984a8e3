package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/metrics"
)

// Bound is what limited a run's rate.
type Bound struct {
	// What is one of the words below.
	What What `json:"what"`
	// Host is the one that it is of: "proxy"; absent where What tells.
	Host string `json:"host,omitempty"`
	// Evidence is what was measured that shows it.
	Evidence string `json:"evidence"`
}

// Text is what limited the rate, and the evidence: "uncertain, because ...".
func (b Bound) Text() string {
	switch {
	case b.What == Uncertain:
		return b.What.Text() + ", " + b.Evidence
	case b.Host != "":
		return "the " + b.Host + "'s processor: " + b.Evidence
	default:
		return b.What.Text() + ": " + b.Evidence
	}
}

// What limits a rate.
type What string

// What can.
const (
	ByClient      What = "client-cpu"
	ByServer      What = "server-cpu"
	ByConcurrency What = "concurrency"
	ByTarget      What = "target"
	ByLink        What = "link"
	ByPorts       What = "ports"
	ByRate        What = "rate"
	ByCount       What = "count"
	Uncertain     What = "uncertain"
)

// Text names it in a sentence.
func (w What) Text() string {
	texts := map[What]string{
		ByClient:      "the client's processor, not the target",
		ByServer:      "the server's processor",
		ByConcurrency: "the number of connections in flight (--concurrency)",
		ByTarget:      "the target",
		ByLink:        "the lab's link",
		ByPorts:       "local ports",
		ByRate:        "the rate asked for (--rate)",
		ByCount:       "the count asked for (--count)",
		Uncertain:     "uncertain",
	}
	return texts[w]
}

// Busy is what share of the time the busiest thread of a program ran, and waited
// for a processor; both 0 where that was not measured.
type Busy struct{ Ran, Waited float64 }

func (b Busy) share() float64 { return b.Ran + b.Waited }

// full reports whether the thread had no time to spare, and that for its own
// work: one that waits for a processor longer than it runs is not slow itself.
func (b Busy) full() bool { return b.share() >= busyEnough && b.Ran > b.Waited }

// crowded reports whether the thread waited for a processor so long that its
// speed is not its own.
func (b Busy) crowded() bool { return b.Waited >= crowded }

func (b Busy) text() string {
	if b.share() == 0 {
		return "was not measured"
	}
	s := "ran " + figure.AboutPercent(b.Ran)
	if b.Waited >= 0.05 {
		s += " and waited for a processor " + figure.AboutPercent(b.Waited)
	}
	return s + " of the time"
}

const (
	// busyEnough is the share of the time from which a thread is the limit: one
	// that waits for nothing else still sleeps now and then.
	busyEnough = 0.9
	// crowded is the share of the time that a thread waits for a processor, or is
	// not run, from which its speed is not its own.
	crowded = 0.2
	// allInFlight is the share of --concurrency that is in flight on average where
	// it is what limits.
	allInFlight = 0.8
	// alike is how many times longer than the quickest an answer takes in the
	// median, at most, where none waits for others.
	alike = 1.5
	// queued is the same, at least, where all wait for others. Of two in flight
	// each waits for one.
	queued = 1.8
	// even is how many times longer than the quickest tenth the slowest tenth takes,
	// at most, where all wait for the same number of others.
	even = 2
	// retried is how many times the median the mean is where a few answers wait for
	// segments that were lost.
	retried = 3
	// delayedACK is for how long Linux delays an ACK at least, in seconds
	// (TCP_DELACK_MIN), and delayedAbout what an answer takes at most that waits
	// for one.
	delayedACK, delayedAbout = 0.040, 0.060
)

// Work is what a bound is drawn from, beside the facts.
type Work struct {
	// Client, Server and Link are those programs' busiest threads. Behind a proxy
	// Server is the proxy's, whose ports Proxy counts.
	Client, Server, Link Busy
	Proxy                *Ports
	// Stalled is the share of the time for which the client was not run though it
	// had work.
	Stalled float64
	// Concurrency is how many connections may be in flight, Count how many
	// connections or requests there are to be; 0 any number.
	Concurrency int
	Count       int64
	// Rate is how many per second there were of what is in flight: connections,
	// or where they are held requests. Mean is how long each took, in seconds.
	Rate, Mean float64
	// Answers are the times of answers, and DelayedACKs how many ACKs the client's
	// host delayed.
	Answers     Times
	DelayedACKs int64
	// Delay is what the link's rules held back a frame for at least, in seconds,
	// and Lost counts the frames that they lost.
	Delay float64
	Lost  int64
}

// Ports are how many of a proxy's were in use at most, of all.
type Ports struct{ Used, All int }

// text says that half of them are not enough for a short search.
func (p *Ports) text() string {
	if p == nil || p.Used <= p.All/2 {
		return ""
	}
	return fmt.Sprintf("; %d of its %d ports were in use, and past half of them each connect(2) searches all of that "+
		"half", p.Used, p.All)
}

// near is what answers the client.
func (w Work) near() string {
	if w.Proxy != nil {
		return "proxy"
	}
	return "server"
}

// threads says how busy both sides were.
func (w Work) threads() string {
	return fmt.Sprintf("the client's thread %s, the %s's %s", w.Client.text(), w.near(), w.Server.text())
}

// Times are how long the quickest took, and a tenth, half and nine tenths of all at
// most, in seconds.
type Times struct{ Quickest, Tenth, Median, NineTenths float64 }

func (t Times) text() string {
	return fmt.Sprintf("%s in the median, %s the quickest", figure.Seconds(t.Median), figure.Seconds(t.Quickest))
}

// wait reports whether nearly all answers waited for as many others: they took as
// long as each other, and longer than the quickest, which waited for none. What
// takes longer than the answers to all in flight, one after the other, waits for
// something else.
func (t Times) wait(inFlight int) bool {
	ratio := t.Median / t.Quickest
	return ratio >= queued && ratio <= 2*float64(inFlight) && t.NineTenths <= even*t.Tenth
}

// limitedBy is a bound with its evidence.
func limitedBy(what What, evidence string, args ...any) *Bound {
	return &Bound{What: what, Evidence: fmt.Sprintf(evidence, args...)}
}

func uncertain(evidence string, args ...any) *Bound { return limitedBy(Uncertain, evidence, args...) }

// Limits returns what limited the rate; nil where there is none: nothing succeeded,
// or connections were only held.
func Limits(f Facts, w Work) *Bound {
	if f.Succeeded == 0 && f.Requests == 0 || f.Use == Held {
		return nil
	}
	for _, rule := range []func(Facts, Work) *Bound{byPorts, byPlan, byCount, byProcessor, byStalls, byLink,
		byOthers, byFlight} {
		if b := rule(f, w); b != nil {
			return b
		}
	}
	return uncertain("because %s, and of %d connections %s were in flight on average", w.threads(), w.Concurrency,
		figure.About(w.Rate*w.Mean))
}

func byPorts(f Facts, _ Work) *Bound {
	k := f.Finding.Knee
	switch {
	case f.Finding.Outcome == Exhausted:
		return limitedBy(ByPorts, "after %s there was none left%s",
			figure.Plural(*f.Finding.AfterConnections, "connection"), f.Finding.OnHost())
	case !f.searches() || k.RateAfter == nil:
		return nil
	}
	if share := *k.ConnectAfterUS / 1e6 * *k.RateAfter; share >= kneeBusy {
		return limitedBy(ByPorts, "from %s of them in use on, each connect(2) took %s to search for a free "+
			"one, %s of the time", figure.AboutPercent(*k.Occupancy), figure.Micros(*k.ConnectAfterUS),
			figure.AboutPercent(min(share, 1)))
	}
	return nil
}

func byPlan(f Facts, _ Work) *Bound {
	if p := f.Plan; p != nil && p.Planned > 0 && metrics.AllStarted(p.Started, p.Planned) {
		return limitedBy(ByRate, "%d of %d planned starts took place", p.Started, p.Planned)
	}
	return nil
}

func byCount(f Facts, w Work) *Bound {
	n := f.Attempted
	if f.Use == ManyRequests {
		n = f.Requests
	}
	if w.Count == 0 || n > int64(w.Concurrency) {
		return nil
	}
	return limitedBy(ByCount, "%d, where %d may be in flight at a time", n, w.Concurrency)
}

func byProcessor(_ Facts, w Work) *Bound {
	switch client, server := w.Client, w.Server; {
	case client.full() && client.share() >= server.share():
		s := "its busiest thread " + client.text()
		if server.full() {
			return limitedBy(ByClient, "%s; the %s's, which %s, is next", s, w.near(), server.text())
		}
		if client.crowded() {
			return limitedBy(ByClient, "%s; a machine with more processors would show what the target can do", s)
		}
		return limitedBy(ByClient, "%s; more --threads, or a faster machine, would show what the target can do", s)
	case server.full():
		b := limitedBy(ByServer, "its busiest thread %s, the client's %s%s", server.text(), client.text(), w.Proxy.text())
		if w.Proxy != nil {
			b.Host = w.near()
		}
		return b
	case w.Link.full():
		return limitedBy(ByLink, "the busiest thread of the program that is the link %s", w.Link.text())
	default:
		return nil
	}
}

// byStalls is a client that was stopped, or had no share of a processor.
func byStalls(_ Facts, w Work) *Bound {
	if w.Stalled < crowded || w.Client.crowded() {
		return nil
	}
	return uncertain("because the client itself was not run for %s of the time, though it had work",
		figure.AboutPercent(w.Stalled))
}

func byLink(_ Facts, w Work) *Bound {
	switch {
	case w.Delay > 0 && w.Mean >= w.Delay:
		return limitedBy(ByLink, "its rules hold segments back for %s and more, and each of %d in flight "+
			"took %s", figure.Seconds(w.Delay), w.Concurrency, figure.Seconds(w.Mean))
	case w.Lost > 0 && w.Mean >= retried*w.Answers.Median:
		return limitedBy(ByLink, "its rules lost %d segments, for which the client waits: %s on average, %s "+
			"in the median", w.Lost, figure.Seconds(w.Mean), figure.Seconds(w.Answers.Median))
	default:
		return nil
	}
}

// byOthers is a machine that is busy with other work, on which how long an answer
// takes says nothing of the target.
func byOthers(_ Facts, w Work) *Bound {
	if !w.Client.crowded() && !w.Server.crowded() {
		return nil
	}
	return uncertain("because this machine has too few processors for what runs on it: %s", w.threads())
}

// byFlight is Little's law: so many in flight, each for so long, make that rate.
// Where more of them would not make more, they wait for each other.
func byFlight(f Facts, w Work) *Bound {
	if w.Rate*w.Mean < allInFlight*float64(w.Concurrency) {
		return nil
	}
	made := fmt.Sprintf("%d in flight, each for %s, make %s/s", w.Concurrency, figure.Seconds(w.Mean),
		figure.Number(float64(w.Concurrency)/w.Mean))
	idle := "; " + w.threads()
	switch a := w.Answers; {
	case a == (Times{}):
		return uncertain("because %s, and how long answers took was not measured%s", made, idle)
	case w.awaitsACKs(f.Requests):
		return uncertain("because %s, and answers take %s, about as long as Linux delays an ACK "+
			"(%s): %d were delayed for %d answers. A server that writes an answer in two parts without TCP_NODELAY "+
			"waits for that ACK; if this one does not, more --concurrency shows what it can do", made, a.text(),
			figure.Seconds(delayedACK), w.DelayedACKs, f.Requests)
	case a.wait(w.Concurrency):
		return limitedBy(ByTarget, "%s, and nearly all answers wait for others: %s%s", made, a.text(), idle)
	case a.Median < alike*a.Quickest:
		return limitedBy(ByConcurrency, "%s, and answers do not wait for each other: %s%s", made, a.text(), idle)
	default:
		return uncertain("because %s, and it is not known why answers take longer than the "+
			"quickest (%s). Twice the --concurrency tells: the same rate is the target's, twice the rate is theirs%s",
			made, a.text(), idle)
	}
}

// awaitsACKs reports whether answers may wait for delayed ACKs.
func (w Work) awaitsACKs(answers int64) bool {
	return 2*w.DelayedACKs >= answers && w.Answers.Median >= delayedACK && w.Answers.Median <= delayedAbout
}
