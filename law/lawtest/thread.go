package lawtest

import "time"

// thread does its jobs one after the other, each on a processor that is free.
type thread struct {
	jobs        []job
	since       time.Duration // when it began to wait for a processor
	ran, waited time.Duration
}

type job struct {
	cost        time.Duration
	begin, done func()
}

// host has processors for which threads wait in turn, for one job each.
type host struct {
	*agenda
	free  int
	ready []*thread
}

// give has a thread do a job after those that it has.
func (h *host) give(t *thread, j job) {
	t.jobs = append(t.jobs, j)
	if len(t.jobs) == 1 {
		h.queue(t)
		h.run()
	}
}

// queue has a thread wait for a processor.
func (h *host) queue(t *thread) {
	t.since = h.now
	h.ready = append(h.ready, t)
}

// run gives free processors to the threads that have waited the longest.
func (h *host) run() {
	for h.free > 0 && len(h.ready) > 0 {
		t := h.ready[0]
		h.ready = h.ready[1:]
		h.free--
		t.waited += h.now - t.since
		j := t.jobs[0]
		j.begin()
		h.after(j.cost, func() { h.end(t, j) })
	}
}

// end ends a thread's first job.
func (h *host) end(t *thread, j job) {
	t.ran += j.cost
	h.free++
	t.jobs = t.jobs[1:]
	if len(t.jobs) > 0 {
		h.queue(t)
	}
	j.done()
	h.run()
}
