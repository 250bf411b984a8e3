package lawtest

import (
	"container/heap"
	"time"
)

// event is something that happens at a time; those of one time in the order in
// which they were planned.
type event struct {
	at time.Duration
	n  int
	do func()
}

type events []event

// agenda is what is to take place, in its order, and the time.
type agenda struct {
	events events
	nth    int
	now    time.Duration
}

func (a *agenda) at(t time.Duration, do func()) {
	a.nth++
	heap.Push(&a.events, event{t, a.nth, do})
}

func (a *agenda) after(d time.Duration, do func()) { a.at(a.now+d, do) }

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].n < e[j].n
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
