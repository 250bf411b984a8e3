package engine

import "time"

// list is a first-in first-out list of connections, by their index, threaded
// through their links. With one timeout for all, the order of arrival is the
// order of the deadlines, so a list is all the timer that is needed.
type list struct{ head, tail int32 }

const none int32 = -1

func newList() list { return list{none, none} }

func (l *list) empty() bool { return l.head == none }

func (l *list) push(conns []conn, i int32) {
	c := &conns[i]
	c.prev, c.next = l.tail, none
	if l.tail == none {
		l.head = i
	} else {
		conns[l.tail].next = i
	}
	l.tail = i
}

func (l *list) remove(conns []conn, i int32) {
	c := &conns[i]
	if c.prev == none {
		l.head = c.next
	} else {
		conns[c.prev].next = c.next
	}
	if c.next == none {
		l.tail = c.prev
	} else {
		conns[c.next].prev = c.prev
	}
}

// due returns the head if its deadline has passed, else none.
func (l *list) due(conns []conn, now time.Duration) int32 {
	if l.head == none || conns[l.head].deadline > now {
		return none
	}
	return l.head
}
