package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
)

// Bound is what limited a run's rate.
type Bound struct {
	// What is one of the words below.
	What What `json:"what"`
	// Evidence is what was measured that shows it.
	Evidence string `json:"evidence"`
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
	// crowded is the share of the time that a thread waits for a processor for
	// [Busy.crowded].
	crowded = 0.2
	// allInFlight is the share of --concurrency that is in flight on average where
	// it is what limits.
	allInFlight = 0.8
	// queued is how many times longer than the quickest an answer takes in the
	// median where it waits for others.
	queued = 3
)

// Work is what a bound is drawn from, beside the facts.
type Work struct {
	// Client, Server and Link are those programs' busiest threads.
	Client, Server, Link Busy
	// Concurrency is how many connections may be in flight, Count how many
	// connections or requests there are to be; 0 any number.
	Concurrency int
	Count       int64
	// Rate is how many per second there were of what is in flight: connections,
	// or where they are held requests. Mean is how long each took, in seconds, and
	// Quickest and Median the answers.
	Rate, Mean, Quickest, Median float64
	// Delay is what the link's rules held back a frame for at least, in seconds,
	// and Lost counts the frames that they lost.
	Delay float64
	Lost  int64
}

// Limits returns what limited the rate; nil where there is none: nothing succeeded,
// or connections were only held.
func Limits(f Facts, w Work) *Bound {
	if f.Succeeded == 0 && f.Requests == 0 || f.Use == Held {
		return nil
	}
	for _, rule := range []func(Facts, Work) *Bound{byPorts, byPlan, byCount, byProcessor, byLink, byOthers,
		byFlight} {
		if b := rule(f, w); b != nil {
			return b
		}
	}
	return &Bound{Uncertain, fmt.Sprintf("because the client's thread %s, the server's %s, and of %d connections %s "+
		"were in flight on average", w.Client.text(), w.Server.text(), w.Concurrency, figure.About(w.Rate*w.Mean))}
}

func byPorts(f Facts, _ Work) *Bound {
	k := f.Finding.Knee
	switch {
	case f.Finding.Outcome == Exhausted:
		return &Bound{ByPorts, fmt.Sprintf("after %s there was none left",
			figure.Plural(*f.Finding.AfterConnections, "connection"))}
	case !k.Found || k.RateAfter == nil || k.Occupancy == nil || *k.Occupancy < 0.25:
		return nil
	}
	if share := *k.ConnectAfterUS / 1e6 * *k.RateAfter; share >= kneeBusy {
		return &Bound{ByPorts, fmt.Sprintf("from %s of them in use on, each connect(2) took %s to search for a free "+
			"one, %s of the time", figure.AboutPercent(*k.Occupancy), figure.Micros(*k.ConnectAfterUS),
			figure.AboutPercent(min(share, 1)))}
	}
	return nil
}

func byPlan(f Facts, _ Work) *Bound {
	if p := f.Plan; p != nil && p.Planned > 0 && float64(p.Started) >= mostStarts*float64(p.Planned) {
		return &Bound{ByRate, fmt.Sprintf("%d of %d planned starts took place", p.Started, p.Planned)}
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
	return &Bound{ByCount, fmt.Sprintf("%d, where %d may be in flight at a time", n, w.Concurrency)}
}

func byProcessor(_ Facts, w Work) *Bound {
	switch client, server := w.Client, w.Server; {
	case client.full() && client.share() >= server.share():
		s := "its busiest thread " + client.text()
		if server.full() {
			return &Bound{ByClient, s + "; the server's, " + server.text() + ", is next"}
		}
		if client.crowded() {
			return &Bound{ByClient, s + "; a machine with more processors would show what the target can do"}
		}
		return &Bound{ByClient, s + "; more --threads, or a faster machine, would show what the target can do"}
	case server.full():
		return &Bound{ByServer, "its busiest thread " + server.text() + ", the client's " + client.text()}
	case w.Link.full():
		return &Bound{ByLink, "the busiest thread of the program that is the link " + w.Link.text()}
	default:
		return nil
	}
}

func byLink(_ Facts, w Work) *Bound {
	switch {
	case w.Delay > 0 && w.Mean >= w.Delay:
		return &Bound{ByLink, fmt.Sprintf("its rules hold segments back for %s and more, and each of %d in flight "+
			"took %s", figure.Seconds(w.Delay), w.Concurrency, figure.Seconds(w.Mean))}
	case w.Lost > 0 && w.Mean >= queued*w.Median:
		return &Bound{ByLink, fmt.Sprintf("its rules lost %d segments, for which the client waits: %s on average, %s "+
			"in the median", w.Lost, figure.Seconds(w.Mean), figure.Seconds(w.Median))}
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
	return &Bound{Uncertain, fmt.Sprintf("because this machine has too few processors for what runs on it: the "+
		"client's thread %s, the server's %s", w.Client.text(), w.Server.text())}
}

// byFlight is Little's law: so many in flight, each for so long, make that rate.
func byFlight(_ Facts, w Work) *Bound {
	if w.Rate*w.Mean < allInFlight*float64(w.Concurrency) {
		return nil
	}
	made := fmt.Sprintf("%d in flight, each for %s, make %s/s", w.Concurrency, figure.Seconds(w.Mean),
		figure.Number(float64(w.Concurrency)/w.Mean))
	idle := fmt.Sprintf("; the client's thread %s, the server's %s", w.Client.text(), w.Server.text())
	if w.Median >= queued*w.Quickest {
		return &Bound{ByTarget, made + fmt.Sprintf(", and answers wait for each other: %s in the median, %s the "+
			"quickest", figure.Seconds(w.Median), figure.Seconds(w.Quickest)) + idle}
	}
	return &Bound{ByConcurrency, made + fmt.Sprintf(", and answers do not wait for each other: %s in the median, %s "+
		"the quickest", figure.Seconds(w.Median), figure.Seconds(w.Quickest)) + idle}
}
