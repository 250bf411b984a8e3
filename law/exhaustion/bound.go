package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
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

// Busy is what share of the time the busiest thread of a program worked, and waited
// for a processor; both 0 where that was not measured. Spun is for what share it ran
// beside that, to look for work instead of sleeping: time that it had to spare.
type Busy struct{ Ran, Waited, Spun float64 }

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
	if b.Waited >= worthTelling {
		s += " and waited for a processor " + figure.AboutPercent(b.Waited)
	}
	if s += " of the time"; b.Spun >= worthTelling {
		s += " (and " + figure.AboutPercent(b.Spun) + " more to look for work instead of sleeping)"
	}
	return s
}

const (
	// worthTelling is the share of the time from which on a reader is told of it.
	worthTelling = 0.05
	// busyEnough is the share of the time from which a thread is the limit: one
	// that waits for nothing else still sleeps now and then.
	busyEnough = 0.95
	// busyNearly is the share from which on it is soon the limit.
	busyNearly = 0.75
	// crowded is the share of the time that a thread waits for a processor, or is
	// not run, from which its speed is not its own.
	crowded = 0.2
	// allUsed is the share of all processors from which on there is nothing left for more.
	allUsed = 0.9
	// free is how many processors are idle, at least, where another thread has one.
	free = 0.5
	// mostInFlight is the share of --concurrency that is in flight on average where
	// it is what limits.
	mostInFlight = 0.8
	// alike is how many times longer than the quickest an answer takes in the
	// median, at most, where none waits for others: of ten that a server works on at a
	// time, eleven in flight wait for a tenth more.
	alike = 1.1
	// fewStarts is the share of the planned starts that may find no connection free, or fail,
	// where that is not what holds up the others.
	fewStarts = 0.01
	// rounds is how many times all in flight have to be answered before it shows whether they
	// wait for each other.
	rounds = 3
	// hardlyMore is the same where a thread with little time to spare makes them wait a little:
	// without that, the rate would be no more than so many times as high.
	hardlyMore = 1.25
	// fewSlow is how many times the median the mean is, at most, where it is not a few
	// slow ones that the time goes to.
	fewSlow = 1.5
	// queued is the same, at least, where all wait for others. Of two in flight
	// each waits for one.
	queued = 1.8
	// even is how many times longer than the quickest tenth the slowest tenth takes,
	// at most, where all wait for the same number of others.
	even = 2
	// quicker is the part of the median below which a time is that of one that waited
	// for fewer others.
	quicker = 0.75
	// retried is how many times the usual the mean is where some wait for segments that
	// were lost; resendLeast what one waits for a lost segment at least (TCP_RTO_MIN), and
	// resend for a SYN (TCP_TIMEOUT_INIT), in seconds.
	retried     = 3
	resendLeast = 0.2
	resend      = 1
	// most is the share of the time from which on something has most of it.
	most = 0.5
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
	// Outside tells that the client is a program of the user's: how many connections it has
	// in flight, and for how long, is not seen. Processors is how many of them it used on
	// average, with all that it started; nil where that was not measured.
	Outside    bool
	Processors *float64
	// Threads is how many the client has, each with connections of its own; 0 where their
	// number is no setting.
	Threads int
	// Together is how many processors they used on average; 0 where that was not measured.
	Together float64
	// CPUs is how many processors the run may use; Idle how many of them its programs left
	// free, on average.
	CPUs, Idle float64
	// Stalled is the share of the time for which the client was not run though it
	// had work.
	Stalled float64
	// Concurrency is how many connections may be in flight, Count how many
	// connections or requests there are to be; 0 any number.
	Concurrency int
	Count       int64
	// Rate is how many per second there were of what is in flight: connections,
	// or where they are held requests. Mean is how long each took, in seconds, and
	// Longest the step of it that took the longest.
	Rate, Mean float64
	Longest    Step
	// Warmed tells that the first ones, which waited for the fewest others, were part
	// of a warm-up and are not in Longest.
	Warmed bool
	// DelayedACKs is how many ACKs the client's host delayed, and Overflows how often
	// the server's accept queue was full.
	DelayedACKs, Overflows int64
	// InVain is the share of the time of all in flight that went by in waiting for what
	// did not come, to the end of --timeout; and Rested that of the moments for which
	// nothing is begun in the place of one that failed. Failed counts all that failed,
	// TimedOut those of them that waited so long.
	InVain, Rested   float64
	Failed, TimedOut int64
	// Delay is what the link's rules held back each that is in flight for at least, in
	// seconds, and Lost counts the segments that they lost.
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

// limitedBy is a bound with its evidence.
func limitedBy(what What, evidence string, args ...any) *Bound {
	return &Bound{What: what, Evidence: fmt.Sprintf(evidence, args...)}
}

func uncertain(evidence string, args ...any) *Bound { return limitedBy(Uncertain, evidence, args...) }

// Limits returns what limited the rate; nil where there is none: nothing succeeded,
// or connections were only held.
func Limits(f Facts, w Work) *Bound {
	if f.Succeeded == 0 && f.Requests == 0 && !f.uncounted() || f.Use == Held {
		return nil
	}
	rules := []func(Facts, Work) *Bound{byPorts, byPlan, byCount, byCut, byBoth, byUneven, byProcessor, byStalls,
		byLink, byOthers, byFailures, byErrors, byFlight, byBacklog}
	if w.Outside {
		rules = []func(Facts, Work) *Bound{byPorts, byCut, byProcessor, byOthers, unseen}
	}
	for _, rule := range rules {
		if b := rule(f, w); b != nil {
			return b
		}
	}
	return uncertain("because %s, and what succeeded had %s of %s in flight on average", w.threads(),
		figure.About(w.Rate*w.Mean), figure.Plural(w.Concurrency, "connection"))
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
	_, after, _ := k.Cost()
	if share := after / 1e6 * *k.RateAfter; share >= kneeBusy && f.Program != nil {
		return limitedBy(ByPorts, "from %s of them in use on, each connection took %s of processor time to search for "+
			"a free one, %s of the time", figure.AboutPercent(*k.Occupancy), figure.Micros(after),
			figure.AboutPercent(min(share, 1)))
	} else if share >= kneeBusy {
		return limitedBy(ByPorts, "from %s of them in use on, each connect(2) took %s to search for a free "+
			"one, %s of the time", figure.AboutPercent(*k.Occupancy), figure.Micros(after),
			figure.AboutPercent(min(share, 1)))
	}
	return nil
}

func byPlan(f Facts, w Work) *Bound {
	if p := f.Plan; p.kept() && p.Behind == 0 && p.few(w.Failed) {
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

// byBoth is a thread with little time to spare for which hardly an answer waits: those in flight are
// just as many as keep it busy. Of few each, one with none is busy for most of each answer.
func byBoth(_ Facts, w Work) *Bound {
	full, few := w.Client.full() || w.Server.full(), w.Concurrency < fewEach*max(w.Threads, 1)
	if max(w.Client.share(), w.Server.share()) < busyNearly || full && few || !w.allInFlight() ||
		!w.Longest.within(hardlyMore) {
		return nil
	}
	return uncertain("because two are near their limit at once: %s, and %s hardly wait for each other: %s; %s",
		w.made(), w.Longest.Name, w.Longest.text(), w.threads())
}

// byUneven is a client of which one thread has no time to spare, and others have: those that
// are not its connections may wait for something else.
func byUneven(_ Facts, w Work) *Bound {
	if w.Threads < 2 || w.Together == 0 || !w.Client.full() || w.Client.crowded() || w.Server.full() ||
		w.Together >= (busyEnough-w.Client.Waited)*float64(w.Threads) {
		return nil
	}
	advice := ""
	if w.Concurrency%w.Threads != 0 {
		advice = "; a --concurrency that is a multiple of --threads gives each as many connections"
	}
	return uncertain("because the busiest of the client's %d threads %s, and all of them on average %s%s", w.Threads,
		w.Client.text(), figure.AboutPercent(w.Together/float64(w.Threads)), advice)
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
		return limitedBy(ByClient, "%s; %s would show what the target can do", s, w.more())
	case server.full():
		next := ""
		if client.full() {
			next = ", and is next"
		}
		b := limitedBy(ByServer, "its busiest thread %s, the client's %s%s%s%s", server.text(), client.text(), next,
			w.Proxy.text(), server.withMore())
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

// fewEach is how many connections a thread has at least where twice the threads have enough.
const fewEach = 4

// MoreThreads is what to raise for more threads than so many, of which each has connections
// of its own; "" where their number is no setting.
func MoreThreads(threads, concurrency int) string {
	switch {
	case threads == 0:
		return ""
	case fewEach*threads > concurrency:
		return "more --threads and --concurrency"
	default:
		return "more --threads"
	}
}

// more is what lets a client do more: further threads, and a processor that is free for them.
func (w Work) more() string {
	threads := MoreThreads(w.Threads, w.Concurrency)
	if w.Outside {
		threads = "more threads or processes of its own"
	}
	switch {
	case w.Idle < free && threads == "":
		return "a faster machine, or one with more processors,"
	case w.Idle < free:
		return "a faster machine, or one with more processors and " + threads + ","
	case threads == "":
		return "a faster machine"
	default:
		return threads + ", or a faster machine,"
	}
}

// withMore is what a thread would do with a processor of its own, where it had none.
func (b Busy) withMore() string {
	if !b.crowded() {
		return ""
	}
	return "; with more processors it would do more"
}

// unseen is what is left of a program that neither side's processor limits.
func unseen(_ Facts, w Work) *Bound {
	all := ""
	if n := w.Processors; n != nil && *n > w.Client.share() {
		all = fmt.Sprintf(" (all that it started took %s of a processor together)", figure.AboutPercent(*n))
	}
	return uncertain("because no thread was busy all the time: %s%s; how many connections the program has in flight, "+
		"and what it waits for, is not seen from outside", w.threads(), all)
}

// byStalls is a client that was stopped, or had no share of a processor.
func byStalls(_ Facts, w Work) *Bound {
	if w.Stalled < crowded || w.Client.crowded() {
		return nil
	}
	return uncertain("because the client itself was not run for %s of the time, though it had work",
		figure.AboutPercent(w.Stalled))
}

// byCut is a link that was down for a part of the time that the rate is over.
func byCut(f Facts, _ Work) *Bound {
	if f.Cut == nil || f.Cut.AtSeconds >= f.Seconds {
		return nil
	}
	return limitedBy(ByLink, "it was cut at %s, and the rate is over %s", figure.Seconds(f.Cut.AtSeconds),
		figure.Seconds(f.Seconds))
}

func byLink(f Facts, w Work) *Bound {
	p := w.Longest
	switch {
	case w.Delay > 0 && w.Delay >= most*w.Mean:
		return limitedBy(ByLink, "its rules hold the segments of each back for %s and more, and each of %d in flight "+
			"took %s", figure.Seconds(w.Delay), w.Concurrency, figure.Seconds(w.Mean))
	case w.Lost > 0 && w.InVain >= most:
		return limitedBy(ByLink, "its rules lost %s, and %s", figure.Plural(w.Lost, "segment"), w.vain(f))
	case w.resent(f):
		return limitedBy(ByLink, "its rules lost %s, for which the client waits: %s took %s on average, %s",
			figure.Plural(w.Lost, "segment"), p.Name, figure.Seconds(p.Mean), p.text())
	default:
		return nil
	}
}

// resent reports whether what the longest step takes is explained by segments that were
// lost: it is that of a few, or of so many that half take as long as one waits at least.
func (w Work) resent(f Facts) bool {
	p, usual := w.Longest, w.Longest.Median
	if p.Median >= resendLeast {
		usual = p.Quickest
	}
	return w.Lost > 0 && p.Mean >= retried*usual &&
		float64(w.Lost)*resend >= most*(p.Mean-usual)*float64(f.times())
}

// times is how many there were of what is in flight.
func (f Facts) times() int64 {
	if f.Use == ManyRequests {
		return f.Requests
	}
	return f.Succeeded
}

// vain says what time went by in vain.
func (w Work) vain(f Facts) string {
	return fmt.Sprintf("%s of the time of those in flight went by in waiting in vain, to --timeout (%s)",
		figure.AboutPercent(min(w.InVain, 1)), figure.Seconds(f.Timeout.Seconds()))
}

// byFailures are connections that took their place in vain.
func byFailures(f Facts, w Work) *Bound {
	const silent = ": it, or something on the way to it, did not answer"
	switch {
	case w.InVain >= most:
		return limitedBy(ByTarget, "%s%s%s", w.vain(f), silent, w.overflowed())
	case f.Plan.kept() && !f.Plan.few(w.TimedOut):
		return limitedBy(ByTarget, "%d of %d that were begun waited in vain, to --timeout (%s)%s%s", w.TimedOut,
			f.Plan.Started, figure.Seconds(f.Timeout.Seconds()), silent, w.overflowed())
	case f.Plan.kept() && !f.Plan.few(w.Failed):
		return uncertain("because all %d planned starts took place, and %d of them failed", f.Plan.Started, w.Failed)
	case w.Rested >= most:
		return uncertain("because %s failed, and in the place of each one none is begun for a moment: %s of the time",
			figure.Plural(w.Failed, "connection"), figure.AboutPercent(min(w.Rested, 1)))
	default:
		return nil
	}
}

// overflowed says that the accept queue of what did not answer was full.
func (w Work) overflowed() string {
	if w.Overflows == 0 {
		return ""
	}
	return fmt.Sprintf("; an accept queue on its host was full %s", figure.Plural(w.Overflows, "time"))
}

// byErrors are answers that are errors for the most part: how long they take, as until a
// proxy's timeout, is nothing of what the target serves.
func byErrors(f Facts, _ Work) *Bound {
	if f.BadAnswers == 0 || float64(f.BadAnswers) < most*float64(f.Requests) {
		return nil
	}
	return uncertain("because %d of %s were errors (HTTP status %s), and how long those take does not show what "+
		"the target can serve", f.BadAnswers, figure.Plural(f.Requests, "answer"), statuses(f.Status))
}

// byOthers is a machine that is busy with other work, on which how long an answer
// takes says nothing of the target.
func byOthers(_ Facts, w Work) *Bound {
	switch {
	case w.Client.crowded() || w.Server.crowded():
		return uncertain("because this machine has too few processors for what runs on it: %s", w.threads())
	case w.CPUs-w.Idle > allUsed*w.CPUs: // by threads that take turns, none need wait for a processor
		return uncertain("because the run's programs used %s of %s, which leaves nothing for more: %s",
			figure.Number(w.CPUs-w.Idle), figure.Plural(int(w.CPUs), "processor"), w.threads())
	default:
		return nil
	}
}
