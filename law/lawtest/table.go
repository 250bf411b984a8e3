package lawtest

import (
	"math/rand/v2"
	"time"
)

// The states in which a connection holds its port.
const (
	synSent     = "SYN_SENT"
	established = "ESTABLISHED"
	finWait1    = "FIN_WAIT_1"
	finWait2    = "FIN_WAIT_2"
	timeWait    = "TIME_WAIT"
)

// socket is what holds a port for one pair of source and destination.
type socket struct {
	state string
	// bucket: the kernel keeps it as a TIME_WAIT (inet_timewait_sock), since the
	// time entered and until its timer ends, which is set for due.
	bucket       bool
	entered, due time.Duration
	// life tells timers and answers of what is over by now from those that are not.
	life int
}

// table is the ports of a host: for each pair of source and destination, what
// holds each port of the range that is searched.
type table struct {
	setup   Setup
	clock   clock
	random  *rand.Rand
	lo, n   int
	barred  []string // by port of the range; "" is not
	pairs   [][]socket
	next    []int // where the search of a pair goes on (table_perturb)
	walked  []int
	buckets int // of all pairs
	most    int // tcp_max_tw_buckets
	lives   int
	held    int // ports in use, of all pairs

	// Looked is how many ports the last search looked at.
	Looked int
	// Dropped counts TIME_WAITs that there was no room for.
	Dropped int
}

func newTable(s Setup, c clock, seed uint64) *table {
	lo, hi := s.searched()
	t := &table{setup: s, clock: c, random: rand.New(rand.NewPCG(seed, 1)), lo: lo, n: hi - lo + 1}
	t.most = s.number("tcp_max_tw_buckets", 131072)
	t.barred = make([]string, t.n)
	for p, why := range s.barred() {
		if lo <= p && p <= hi {
			t.barred[p-lo] = why
		}
	}
	for range max(s.Source, 1) * s.Destinations {
		t.pairs = append(t.pairs, make([]socket, t.n))
		t.next = append(t.next, t.random.IntN(1<<16))
		t.walked = append(t.walked, 0)
	}
	return t
}

// take finds a port for a connection of a pair and gives it the state; false where
// the kernel finds none.
func (t *table) take(now time.Duration, pair int) (port int, ok bool) {
	t.Looked = 0
	switch {
	case t.setup.Walk:
		port, ok = t.walk(pair)
	case t.setup.reserves():
		port, ok = t.bind(pair)
	default:
		port, ok = t.connect(now, pair)
	}
	if !ok {
		return 0, false
	}
	s := &t.pairs[pair][port]
	if s.bucket {
		t.buckets-- // it is taken over
	}
	if s.state == "" {
		t.held++
	}
	t.lives++
	*s = socket{state: synSent, life: t.lives}
	return port, true
}

// connect is __inet_hash_connect: it looks at the ports of one parity, then at
// those of the other, from where the last search of the pair ended. A socket's own
// range is gone through port by port (since Linux 6.8). Of an odd number the last
// one falls off the count ("remaining &= ~1U").
func (t *table) connect(now time.Duration, pair int) (int, bool) {
	step, remaining := 2, t.n
	if t.setup.SourcePorts != [2]int{} {
		step = 1
	} else if remaining > 1 {
		remaining &^= 1
	}
	offset := t.next[pair] % remaining
	if step == 2 {
		offset &^= 1
	}
	for pass := 0; pass < step; pass++ {
		port := offset
		for i := 0; i < remaining; i, port = i+step, port+step {
			if port >= t.n {
				port -= remaining
			}
			t.Looked++
			if t.barred[port] != "" || !t.free(now, pair, port) {
				continue
			}
			if i == 0 && t.random.IntN(16) == 0 {
				i = 2
			}
			t.next[pair] += i + step
			return port, true
		}
		if offset++; remaining <= 1 {
			break
		}
	}
	return 0, false
}

// free reports whether a connect may have the port: nobody has it for the pair, or
// a TIME_WAIT that may be taken over (tcp_twsk_unique).
func (t *table) free(now time.Duration, pair, port int) bool {
	s := t.pairs[pair][port]
	if s.state != timeWait {
		return s.state == ""
	}
	after, ok := t.setup.reuseAfter()
	return ok && t.clock.ms(now) > t.clock.ms(s.entered)+after
}

// bind is inet_csk_find_open_port, for a socket that says nothing of a later
// connect: the port must not be in use from the same source at all. It looks at
// the other parity first, from a start of its own each time.
func (t *table) bind(pair int) (int, bool) {
	remaining := t.n
	if remaining > 1 {
		remaining &^= 1
	}
	offset := t.random.IntN(remaining) | 1
	for range 2 {
		port := offset
		for i := 0; i < remaining; i, port = i+2, port+2 {
			if port >= t.n {
				port -= remaining
			}
			t.Looked++
			if port < t.n && t.barred[port] == "" && t.unbound(pair, port) {
				return port, true
			}
		}
		offset--
	}
	return 0, false
}

// unbound reports whether no connection of the pair's source has the port.
func (t *table) unbound(pair, port int) bool {
	sources := max(t.setup.Source, 1)
	for p := pair % sources; p < len(t.pairs); p += sources {
		if t.pairs[p][port].state != "" {
			return false
		}
	}
	return true
}

// walk is a program that binds the next port itself. connect(2) then asks for no
// more than timestamps to take over what is kept as a TIME_WAIT (tcp_twsk_unique
// without twp).
func (t *table) walk(pair int) (int, bool) {
	for range t.n {
		port := t.walked[pair] % t.n
		t.walked[pair]++
		t.Looked++
		s := t.pairs[pair][port]
		if t.barred[port] == "" && (s.state == "" || s.bucket && t.setup.stamped()) {
			return port, true
		}
	}
	return 0, false
}

// keep makes a socket one that the kernel keeps as a TIME_WAIT, and returns when
// its timer ends; false where there are too many, and it is gone at once
// (inet_twsk_alloc, tcp_time_wait).
func (t *table) keep(now time.Duration, pair, port int, state string, d time.Duration) (time.Duration, bool) {
	if t.buckets >= t.most {
		t.Dropped++
		t.held--
		t.pairs[pair][port] = socket{}
		return 0, false
	}
	t.buckets++
	s := &t.pairs[pair][port]
	s.state, s.bucket, s.entered, s.due = state, true, now, now+d
	return t.clock.ends(now, d), true
}

// release frees a port, unless it is another connection's by now.
func (t *table) release(pair, port, life int) {
	s := &t.pairs[pair][port]
	if s.life != life {
		return
	}
	if s.bucket {
		t.buckets--
	}
	t.held--
	*s = socket{}
}

// states counts the ports of a pair by what holds them, as a connect of it finds
// them; those that are reserved are none.
func (t *table) states(pair int) map[string]int {
	out := map[string]int{}
	for port := range t.n {
		state := t.barred[port]
		if state == "" {
			state = t.pairs[pair][port].state
		}
		if state == "" && t.setup.reserves() {
			state = t.reserver(pair, port)
		}
		if state != "" && state != "RESERVED" {
			out[state]++
		}
	}
	return out
}

// reserver is the state of what holds the port towards another destination.
func (t *table) reserver(pair, port int) string {
	sources := max(t.setup.Source, 1)
	for p := pair % sources; p < len(t.pairs); p += sources {
		if s := t.pairs[p][port].state; s != "" {
			return s
		}
	}
	return ""
}
