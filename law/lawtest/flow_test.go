package lawtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
)

// drawFlow draws a load and what it goes through: often one of the times is so much longer
// than the others that it is what limits, and often several are alike.
func drawFlow(t *rapid.T) Flow {
	took := func(what string) time.Duration {
		return rapid.SampledFrom([]time.Duration{1, 3, 10, 30, 100, 300, 1000}).Draw(t, what) * time.Microsecond
	}
	f := Flow{
		Seed:        drawSeed(t),
		Concurrency: rapid.SampledFrom([]int{1, 2, 3, 5, 10, 20, 50, 100}).Draw(t, "concurrency"),
		Threads:     rapid.IntRange(1, 4).Draw(t, "threads"), // of which each has a connection
		Workers:     rapid.IntRange(1, 4).Draw(t, "workers"),
		Processors:  rapid.IntRange(1, 12).Draw(t, "processors"),
		Sends:       took("sends"), Receives: took("receives"), Serves: took("serves"),
		Spread: rapid.SampledFrom([]float64{0, 0.05, 0.3}).Draw(t, "spread"),
		Link:   took("link"),
	}
	f.Threads = min(f.Threads, f.Concurrency)
	f.Answers = max(500, 12*f.Concurrency)
	if one(t, 2, "elsewhere") {
		f.Elsewhere = took("elsewhere for") * 10
		f.Room = rapid.IntRange(0, 12).Draw(t, "room")
	}
	if one(t, 3, "warmed") {
		f.Warmup = 3 * f.Concurrency
	}
	if one(t, 3, "planned") {
		f.Rate = f.Run().Rate * rapid.Float64Range(0.2, 1.5).Draw(t, "rate")
	}
	return f
}

// stepOf is what is known of how long answers took.
func stepOf(answers []Answer) exhaustion.Step {
	var sum time.Duration
	var took []time.Duration
	for _, a := range answers {
		took = append(took, a.Took)
		sum += a.Took
	}
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() }
	s := exhaustion.Step{Name: exhaustion.Answers, Mean: sum.Seconds() / float64(len(took)),
		Times: exhaustion.Times{Quickest: at(0), Tenth: at(0.1), Median: at(0.5), NineTenths: at(0.9)}}
	for _, d := range took {
		if d.Seconds() < s.QuickBelow() {
			s.Quick++
		}
	}
	return s
}

// planOf is what is known of an open loop's plan.
func planOf(f Flow, h Flowed) *exhaustion.Plan {
	if f.Rate == 0 {
		return nil
	}
	p := &exhaustion.Plan{From: f.Rate, To: f.Rate, Planned: h.Planned, Started: h.Started}
	var behind metrics.Trend
	for _, a := range h.Answers {
		if behind.Add(a.Planned, a.Late+a.Took); a.Waited {
			p.Waited++
		}
	}
	if metrics.AllStarted(p.Started, p.Planned) {
		p.Behind = behind.Growth()
	}
	return p
}

// boundOf is what is said of a flow.
func boundOf(f Flow, h Flowed) *exhaustion.Bound {
	s := stepOf(h.Answers)
	facts := exhaustion.Facts{Use: exhaustion.ManyRequests, Requests: int64(len(h.Answers)),
		Succeeded: int64(f.Concurrency), Plan: planOf(f, h)}
	return exhaustion.Limits(facts, exhaustion.Work{
		Client: busy(h.Client), Server: busy(h.Server), CPUs: float64(f.Processors), Idle: h.Idle,
		Concurrency: f.Concurrency, Rate: h.Rate, Mean: s.Mean, Longest: s, Warmed: f.Warmup > 0,
		Threads: f.Threads, Together: h.Together,
	})
}

// advised does what a sentence advises, of a client all but a faster machine.
func advised(sentence string) func(*Flow) {
	_, advice, _ := strings.Cut(sentence, "; ")
	has := func(words string) bool { return strings.Contains(advice, words) }
	return func(f *Flow) {
		if has("more processors") {
			f.Processors *= 2
		}
		if has("--threads") {
			f.Threads *= 2
		}
		if has("--concurrency") {
			f.Concurrency *= 2
		}
		if !has("more") {
			faster(f)
		}
	}
}

func busy(w Working) exhaustion.Busy { return exhaustion.Busy{Ran: w.Ran, Waited: w.Waited} }

// judged is a flow and what is said to limit it.
type judged struct {
	*rapid.T
	flow Flow
	seen Flowed
	said *exhaustion.Bound
}

// gain is how many times the rate there is after a change, without a plan.
func (j judged) gain(change func(*Flow)) float64 {
	f := j.flow
	change(&f)
	f.Rate = 0
	return f.Run().Rate / j.seen.Rate
}

// wants that a change makes so many times the rate.
func (j judged) wants(what string, times, least, most float64) {
	if times < least || times > most {
		j.Fatalf("%+v\n%.4g/s, client %+v, server %+v, %.2g idle, answers %+v\n%s\n%s: %.3g times the rate", j.flow,
			j.seen.Rate, j.seen.Client, j.seen.Server, j.seen.Idle, stepOf(j.seen.Answers), j.said.Text(), what, times)
	}
}

// names that what is named makes more of the rate, if anything does alone: of two limits that
// are alike each alone gives nothing, and which of them is named cannot be told.
func (j judged) names(what string, named func(*Flow), least float64, others ...func(*Flow)) {
	times := j.gain(named)
	if times >= least {
		return
	}
	for _, other := range others {
		if j.gain(other) >= 1.15 {
			j.wants(what, times, least, unbounded)
		}
	}
}

// clientFrom is from how many times the rate on the client is said to be the limit; unbounded
// where nothing is said.
func (j judged) clientFrom() float64 {
	_, after, ok := strings.Cut(j.said.Evidence, "; from about ")
	if !ok {
		return unbounded
	}
	var times float64
	if _, err := fmt.Sscanf(after, "%g times this rate on the client's thread is the limit", &times); err != nil {
		j.Fatalf("%s: %v", j.said.Evidence, err)
	}
	return times
}

// upToTheClient wants that nothing makes more than from where on the client is said to be the limit,
// and returns least, or less where a client with little time to spare is nearer.
func (j judged) upToTheClient(least float64) float64 {
	if from := j.clientFrom(); from < unbounded {
		j.wants("a target eight times as fast, and twice in flight", j.gain(func(f *Flow) {
			served(f)
			served(f)
			served(f)
			more(f)
		}), 0, 1.1*from)
	}
	return min(least, 0.95/(j.seen.Client.Ran+j.seen.Client.Waited))
}

func (j judged) ofClient(next bool) {
	if next {
		return
	}
	if !strings.Contains(j.said.Evidence, "a machine with more processors") {
		j.names("a client twice as fast", faster, 1.05, works, pooled, more)
	}
	j.names("what it says", advised(j.said.Evidence), 1.05, works, pooled, more)
	if j.seen.Client.Waited < 0.05 {
		j.wants("a server twice as fast", j.gain(func(f *Flow) { f.Serves /= 2 }), 0, 1.25)
	}
}

func (j judged) ofServer(next bool) {
	if !next {
		j.names("a target twice as fast", served, 1.1, faster, more)
	}
	if advice := "; with more processors it would do more"; strings.Contains(j.said.Evidence, advice) {
		j.names("twice the processors", advised(advice), 1.05, faster, more)
	}
}

func (j judged) ofConcurrency() {
	j.names("twice in flight", more, j.upToTheClient(1.1), faster)
	f := j.flow
	alone := f.Sends + f.Receives + f.Serves + 2*f.Link + f.Elsewhere
	at := float64(f.Concurrency) * f.Elsewhere.Seconds() / alone.Seconds()
	if at > 1.5*float64(f.Room) { // that there is room for just as many does not show
		j.names("twice in flight", more, j.upToTheClient(1.1), served)
	}
}

// unbounded is more than a change makes of a rate.
const unbounded = 1e9

// served is a target that is twice as fast, with its processor (works) and in what it waits for
// (pooled), faster a client, and more a load with twice in flight.
func served(f *Flow) { works(f); pooled(f) }
func works(f *Flow)  { f.Serves /= 2 }
func pooled(f *Flow) { f.Elsewhere /= 2; f.Room *= 2 }
func faster(f *Flow) { f.Sends /= 2; f.Receives /= 2 }
func more(f *Flow)   { f.Concurrency *= 2; f.Answers *= 2 }

// What is said to limit a flow is what gives more when there is more of it.
func TestLimits(t *testing.T) {
	said := map[exhaustion.What]int{}
	check(t, 2, func(t *rapid.T) {
		f := drawFlow(t)
		h := f.Run()
		j := judged{t, f, h, boundOf(f, h)}
		said[j.said.What]++
		next := strings.Contains(j.said.Evidence, "is next") // the two are alike
		switch j.said.What {
		case exhaustion.ByClient:
			j.ofClient(next)
		case exhaustion.ByServer:
			j.ofServer(next)
		case exhaustion.ByConcurrency:
			j.ofConcurrency()
		case exhaustion.ByTarget:
			j.wants("twice in flight", j.gain(more), 0, 1.15)
			j.wants("a target twice as fast", j.gain(served), j.upToTheClient(1.15), unbounded)
		case exhaustion.ByRate:
			j.wants("the rate", h.Rate/f.Rate, 0.95, 1.05)
		}
	})
	for _, what := range []exhaustion.What{exhaustion.ByClient, exhaustion.ByServer, exhaustion.ByConcurrency,
		exhaustion.ByTarget, exhaustion.ByRate} {
		if said[what] == 0 && !testing.Short() {
			t.Errorf("no flow was said to be limited by %s: %v", what.Text(), said)
		}
	}
}
