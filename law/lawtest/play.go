package lawtest

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"
)

// Play plays a load on a setup.
func Play(s Setup, l Load) History {
	c := clock{hz: int64(s.HZ), boot: l.Boot, timers: l.Timers}
	p := &play{setup: s, load: l, table: newTable(s, c, l.Seed), random: rand.New(rand.NewPCG(l.Seed, 2))}
	if l.Each > 0 {
		p.at(l.Each, p.look)
	}
	if l.Rate > 0 {
		p.at(p.interval()/2, p.planned)
	} else {
		for range s.Concurrency {
			p.at(0, p.begin)
		}
	}
	for len(p.events) > 0 && p.history.Failed == nil {
		e := heap.Pop(&p.events).(event)
		if e.at > l.For || l.Most > 0 && p.history.Began >= l.Most {
			break
		}
		p.now = e.at
		e.do()
	}
	p.history.Ended, p.history.Dropped = p.now, p.table.Dropped
	return p.history
}

// play is one under way.
type play struct {
	agenda
	setup   Setup
	load    Load
	table   *table
	random  *rand.Rand
	busy    time.Duration // until when the client's thread is
	open    int
	waiting int // planned starts that found all connections in use
	turn    int // of the pairs
	history History
}

// planned is a start of an open loop.
func (p *play) planned() {
	p.at(p.now+p.interval(), p.planned)
	if p.open >= p.setup.Concurrency {
		p.waiting++
		p.history.Waited = true
		return
	}
	p.begin()
}

// interval is from one planned start to the next.
func (p *play) interval() time.Duration {
	mean := float64(time.Second) / p.load.Rate
	if p.load.Random {
		mean *= p.random.ExpFloat64()
	}
	return time.Duration(min(mean, math.MaxInt64/4))
}

// begin opens a connection, once the client's thread has the time.
func (p *play) begin() {
	if p.busy > p.now {
		p.at(p.busy, p.begin)
		return
	}
	pair := p.turn % len(p.table.pairs)
	port, ok := p.table.take(p.now, pair)
	p.history.Looked = append(p.history.Looked, p.table.Looked)
	if !ok {
		p.history.Failed = &Failure{At: p.now, Call: p.call(), Pair: pair, States: p.table.states(pair)}
		return
	}
	p.turn++
	p.busy = p.now + p.load.Cost + time.Duration(p.table.Looked)*p.load.Look
	p.history.Began++
	p.open++
	p.history.Open = max(p.history.Open, p.open)
	p.history.Most = max(p.history.Most, p.table.held)
	life := p.table.pairs[pair][port].life
	p.connecting(pair, port, life)
}

// call is the system call that looks for a port.
func (p *play) call() string {
	if p.setup.reserves() {
		return "bind"
	}
	return "connect"
}

// connecting is after the SYN.
func (p *play) connecting(pair, port, life int) {
	if p.load.Drops {
		p.at(p.busy+p.setup.Timeout, func() { p.fails(pair, port, life) })
		return
	}
	if p.load.Refuses {
		p.at(p.busy, func() { p.over(pair, port, life) })
		return
	}
	p.table.pairs[pair][port].state = established
	switch {
	case p.load.Idle, p.setup.Keepalive && p.setup.Requests == 0 && !p.load.Mute:
	case p.load.Mute:
		p.at(p.busy+p.setup.Timeout, func() { p.history.Unanswered++; p.closes(pair, port, life) })
	default:
		takes := p.load.Answer
		if p.setup.Keepalive {
			takes *= time.Duration(p.setup.Requests)
		}
		p.at(p.busy+takes, func() { p.history.Answered++; p.closes(pair, port, life) })
	}
}

// fails is a connect that had no answer: the socket is closed, and nothing is left.
func (p *play) fails(pair, port, life int) {
	p.history.Unanswered++
	p.over(pair, port, life)
}

// closes is the end of a connection that was established.
func (p *play) closes(pair, port, life int) {
	switch s := p.setup; {
	case s.Linger0 && s.Close == "client", s.Close == "server" && s.ServerClose != "never" && !p.load.Mute:
		p.over(pair, port, life) // RST; or the TIME_WAIT is the server's
	case s.Close == "shutdown" && p.load.Closing+p.load.Lingers > 0:
		p.awaits(pair, port, life)
	case p.load.Closing > 0:
		p.table.pairs[pair][port].state = finWait1
		p.at(p.now+p.load.Closing, func() { p.acknowledged(pair, port, life) })
		p.ends()
	default:
		p.acknowledged(pair, port, life)
		p.ends()
	}
}

// awaits is a connection of which the client has closed its half (shutdown(2)), and waits
// for the server's FIN as long as for an answer, before it closes its socket.
func (p *play) awaits(pair, port, life int) {
	s := &p.table.pairs[pair][port]
	s.state = finWait1
	deadline, acked := p.now+p.setup.Timeout, p.now+p.load.Closing
	fin := acked + p.load.Lingers
	if fin > deadline {
		p.at(deadline, func() { p.history.Unanswered++; p.ends() })
	}
	p.at(acked, func() {
		s.state = finWait2
		if acked >= deadline {
			p.acknowledged(pair, port, life)
		}
	})
	switch {
	case fin <= deadline:
		p.at(fin, func() { p.keeps(pair, port, life, timeWait, time.Minute); p.ends() })
	case acked < deadline:
		p.at(deadline, func() {
			p.halfClosed(pair, port, life)
			p.at(fin, func() { p.closedLate(pair, port, life) })
		})
	}
}

// acknowledged is a FIN of the client's that the server has answered.
func (p *play) acknowledged(pair, port, life int) {
	if p.setup.ServerClose == "never" {
		p.halfClosed(pair, port, life)
		return
	}
	if p.load.Lingers > 0 {
		p.halfClosed(pair, port, life)
		p.at(p.now+p.load.Lingers, func() { p.closedLate(pair, port, life) })
		return
	}
	p.keeps(pair, port, life, timeWait, time.Minute) // TCP_TIMEWAIT_LEN
}

// closedLate is the server's FIN for a connection in FIN_WAIT_2, which begins a
// TIME_WAIT anew (tcp_timewait_state_process); one that is over is answered with RST.
func (p *play) closedLate(pair, port, life int) {
	s := &p.table.pairs[pair][port]
	if s.life != life || s.state != finWait2 {
		return
	}
	if s.bucket {
		p.table.buckets--
	}
	s.bucket = false
	p.lives(s)
	p.keeps(pair, port, s.life, timeWait, time.Minute)
}

// lives makes what was planned for a socket till now that of another.
func (p *play) lives(s *socket) {
	p.table.lives++
	s.life = p.table.lives
}

// halfClosed is FIN_WAIT_2: its FIN is acknowledged, and the server keeps its end
// open. Of a wait above TCP_TIMEWAIT_LEN the kernel takes the part beyond it, as a
// socket without a program (tcp_close), and then once more as it keeps a TIME_WAIT
// (tcp_keepalive_timer).
func (p *play) halfClosed(pair, port, life int) {
	wait := p.setup.finWait()
	if wait <= time.Minute {
		p.keeps(pair, port, life, finWait2, wait)
		return
	}
	s := &p.table.pairs[pair][port]
	s.state, s.due = finWait2, p.now+wait-time.Minute
	p.at(p.table.clock.ends(p.now, wait-time.Minute), func() {
		if p.table.pairs[pair][port].life == life {
			p.keeps(pair, port, life, finWait2, wait-time.Minute)
		}
	})
}

// keeps leaves what the kernel keeps as a TIME_WAIT.
func (p *play) keeps(pair, port, life int, state string, d time.Duration) {
	if end, ok := p.table.keep(p.now, pair, port, state, d); ok {
		p.at(end, func() { p.table.release(pair, port, life) })
	}
}

// over frees the port at once.
func (p *play) over(pair, port, life int) {
	p.table.release(pair, port, life)
	p.ends()
}

// ends lets another connection begin.
func (p *play) ends() {
	p.open--
	if p.waiting > 0 {
		p.waiting--
		p.begin()
	} else if p.load.Rate == 0 {
		p.begin()
	}
}

// look shows the sockets.
func (p *play) look() {
	p.at(p.now+p.load.Each, p.look)
	var seen []Seen
	for pair, ports := range p.table.pairs {
		for port, s := range ports {
			if s.state != "" {
				seen = append(seen, Seen{Pair: pair, Port: p.table.lo + port, State: s.state, Bucket: s.bucket,
					Left: max(s.due-p.now, 0)})
			}
		}
	}
	p.load.Watch(p.now, p.history, seen)
}
