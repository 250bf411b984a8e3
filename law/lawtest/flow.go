package lawtest

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"
)

// Flow is a load on connections that stay open, through all that can limit its rate: the
// threads of the client, a link, those of the server, what the server itself waits for, and
// the processors that all threads share.
type Flow struct {
	Seed uint64

	// Concurrency is how many requests are in flight at most. Rate plans starts per second;
	// 0 begins one as soon as another is answered.
	Concurrency int
	Rate        float64
	// Answers is how many end the flow, after a warm-up of so many that are not counted.
	Answers, Warmup int

	// Threads and Workers are the client's and the server's, Processors what they run on.
	Threads, Workers, Processors int
	// Sends, Receives and Serves are the processor time of a request on the client, and on
	// the server; each varies by up to the share Spread.
	Sends, Receives, Serves time.Duration
	Spread                  float64

	// Link is how long the way takes, one way.
	Link time.Duration
	// Elsewhere is how long the server waits for another host for each, without a processor;
	// for Room of them at a time, 0 any number.
	Elsewhere time.Duration
	Room      int
}

// Flowed is what can be seen of a flow.
type Flowed struct {
	// Rate is answers per second, of those that are listed.
	Rate    float64
	Answers []Answer
	// Planned and Started count the starts of an open loop.
	Planned, Started int64
	// Client and Server are the busiest threads, Together how many processors the client's used,
	// Idle how many were free.
	Client, Server Working
	Together, Idle float64
}

// Working is what share of the time a thread ran, and waited for a processor.
type Working struct{ Ran, Waited float64 }

// Answer is one: when it was planned, in an open loop, by how much it began late, and how long
// it was in flight.
type Answer struct {
	Planned, Late, Took time.Duration
	Waited              bool // for a connection
}

// ended is when it came.
func (a Answer) ended() time.Duration { return a.Planned + a.Late + a.Took }

// Run plays the flow.
func (f Flow) Run() Flowed {
	r := &flowing{flow: f, random: rand.New(rand.NewPCG(f.Seed, 3)), room: f.Room}
	r.host = host{agenda: &r.agenda, free: f.Processors}
	for range f.Threads {
		r.client = append(r.client, &thread{})
	}
	for range f.Workers {
		r.server = append(r.server, &thread{})
	}
	for slot := range f.Concurrency {
		if f.Rate == 0 {
			r.begin(slot, 0)
		} else {
			r.idle = append(r.idle, slot)
		}
	}
	if f.Rate > 0 {
		r.plan()
	}
	for r.answered < f.Warmup+f.Answers {
		e := heap.Pop(&r.events).(event)
		r.now = e.at
		e.do()
	}
	return r.seen()
}

// flowing is a flow under way.
type flowing struct {
	agenda
	flow   Flow
	random *rand.Rand

	host           host
	client, server []*thread
	room           int      // for how many more there is room elsewhere
	queue          []func() // what waits for it

	idle             []int           // connections without a request
	late             []time.Duration // planned starts that wait for one
	answered         int
	planned, started int64
	from             time.Duration // of what is counted
	answers          []Answer
}

// varied is a time that varies as those of the flow do.
func (r *flowing) varied(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 + r.flow.Spread*(2*r.random.Float64()-1)))
}

// plan is a planned start, which waits for a connection where all have a request.
func (r *flowing) plan() {
	r.planned++
	r.after(time.Duration(float64(time.Second)/r.flow.Rate), r.plan)
	r.late = append(r.late, r.now)
	r.next()
}

// next begins what was planned, where there is a connection for it.
func (r *flowing) next() {
	for len(r.late) > 0 && len(r.idle) > 0 {
		slot, planned := r.idle[0], r.late[0]
		r.idle, r.late = r.idle[1:], r.late[1:]
		r.begin(slot, planned)
	}
}

// begin takes a request of a connection to its answer.
func (r *flowing) begin(slot int, planned time.Duration) {
	r.started++
	waited := r.now > planned
	mine := r.client[slot%len(r.client)]
	var sent time.Duration
	received := func() {
		r.host.give(mine, job{r.varied(r.flow.Receives), func() {}, func() {
			r.answer(slot, Answer{planned, sent - planned, r.now - sent, waited})
		}})
	}
	arrived := func() { r.serve(func() { r.after(r.flow.Link, received) }) }
	r.host.give(mine, job{r.varied(r.flow.Sends), func() { sent = r.now }, func() { r.after(r.flow.Link, arrived) }})
}

// serve has the worker with the fewest jobs do one, and waits for what is elsewhere.
func (r *flowing) serve(done func()) {
	w := slices.MinFunc(r.server, func(a, b *thread) int { return len(a.jobs) - len(b.jobs) })
	r.host.give(w, job{r.varied(r.flow.Serves), func() {}, func() {
		if r.flow.Elsewhere == 0 {
			done()
			return
		}
		r.queue = append(r.queue, done)
		r.wait()
	}})
}

// wait waits elsewhere for what is in the queue and has room there.
func (r *flowing) wait() {
	for len(r.queue) > 0 && (r.flow.Room == 0 || r.room > 0) {
		done := r.queue[0]
		r.queue = r.queue[1:]
		r.room--
		r.after(r.varied(r.flow.Elsewhere), func() {
			r.room++
			r.wait()
			done()
		})
	}
}

// answer ends a request; its connection is free for the next.
func (r *flowing) answer(slot int, a Answer) {
	r.answered++
	r.answers = append(r.answers, a)
	if r.answered == r.flow.Warmup {
		r.count()
	}
	if r.flow.Rate == 0 {
		r.begin(slot, r.now)
		return
	}
	r.idle = append(r.idle, slot)
	r.next()
}

// count begins what is counted, after a warm-up.
func (r *flowing) count() {
	r.from, r.answers, r.planned, r.started = r.now, nil, 0, 0
	for _, t := range slices.Concat(r.client, r.server) {
		t.ran, t.waited, t.since = 0, 0, r.now
	}
}

// seen is what shows of a flow at its end.
func (r *flowing) seen() Flowed {
	wall := (r.now - r.from).Seconds()
	span := wall
	if r.flow.Rate > 0 { // the first answers come as long after their starts as the last
		span = (r.now - r.answers[0].ended()).Seconds()
	}
	out := Flowed{Rate: float64(len(r.answers)) / span, Answers: r.answers, Planned: r.planned,
		Started: r.started, Together: used(r.client, wall)}
	out.Idle = float64(r.flow.Processors) - out.Together - used(r.server, wall)
	out.Client, out.Server = busiest(r.client, wall), busiest(r.server, wall)
	return out
}

// used is how many processors threads used on average.
func used(threads []*thread, wall float64) float64 {
	sum := 0.0
	for _, t := range threads {
		sum += t.ran.Seconds() / wall
	}
	return sum
}

// busiest is the thread that had the least time to spare.
func busiest(threads []*thread, wall float64) Working {
	t := slices.MaxFunc(threads, func(a, b *thread) int { return int(a.ran + a.waited - b.ran - b.waited) })
	return Working{Ran: t.ran.Seconds() / wall, Waited: t.waited.Seconds() / wall}
}
