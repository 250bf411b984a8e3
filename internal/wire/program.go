package wire

import (
	"math/rand/v2"
	"slices"
	"time"
)

// MaxKept is how many bytes of frames each rule keeps; beyond it the oldest
// is forgotten.
const MaxKept = 64 << 20

// Departure is a frame that is to leave the link at the end that it is not from.
type Departure struct {
	At    time.Duration
	From  Side
	Frame []byte

	by *state // the rule that sends it, nil for a frame that just passes
}

// Count is what a rule did.
type Count struct {
	// Matched counts the frames that the rule was applied to: lost, late,
	// doubled, held back, or kept for a replay; of `replay stale` the
	// connections that used a 4-tuple again.
	Matched int64
	// Sent counts copies that it sent, and frames that it held and let go,
	// once they have left ([Program.Left]).
	Sent int64
	// Forgotten counts frames that it kept and had no more room for.
	Forgotten int64
}

// Program is a list of rules at work. It is for one goroutine.
type Program struct {
	rules       []*state
	connections Connections
	track       bool // some rule counts in each connection
	begun       bool
	start       time.Duration // the first SYN
	out         []Departure
}

// state is a rule and what it remembers.
type state struct {
	Rule
	Count
	match, second counter
	random        *rand.Rand
	store         store
}

// counter counts the frames that a pattern chooses.
type counter struct {
	Pattern
	index int // in each connection
	n     int64
	hit   bool // the last frame is the pattern's
}

// kept is a copy of a frame, and the connection that it belongs to.
type kept struct {
	Departure
	tuple tuple
	seg   Segment
	conn  *Conn
}

// frame is a frame under decision.
type frame struct {
	bytes []byte
	from  Side
	since time.Duration // the first SYN
	seg   Segment
	tcp   bool
	conn  *Conn
}

// tuple is the frame's connection, without one the zero value.
func (f *frame) tuple() tuple { return tupleOf(f.seg, f.from) }

// NewProgram puts rules to work. What they do at random depends on the seed alone.
func NewProgram(rules Rules, seed int64) *Program {
	p := &Program{}
	for i, r := range rules {
		s := &state{Rule: r, random: rand.New(rand.NewPCG(uint64(seed), uint64(i)))}
		s.match = counter{Pattern: r.Match, index: 2 * i}
		if r.Second != nil {
			s.second = counter{Pattern: *r.Second, index: 2*i + 1}
		}
		p.track = p.track || r.Stale || r.Fitted || s.match.Each || s.second.Each
		p.rules = append(p.rules, s)
	}
	return p
}

// Counts are what each rule did, in their order.
func (p *Program) Counts() []Count {
	out := make([]Count, len(p.rules))
	for i, s := range p.rules {
		out[i] = s.Count
	}
	return out
}

// Left counts a departure of the program's whose time has come.
func (p *Program) Left(d Departure) {
	if d.by != nil {
		d.by.Sent++
	}
}

// Decide says what leaves the link, and when, now that a frame has arrived
// from one end; the caller tells of each that has [Program.Left]. The result is
// valid until the next call, and may hold b itself.
func (p *Program) Decide(now time.Duration, from Side, b []byte) []Departure {
	clear(p.out) // copies of long ago are not kept alive
	p.out = p.out[:0]
	f := p.read(now, from, b)
	for _, s := range p.rules {
		s.match.see(&f)
		if s.Second != nil {
			s.second.see(&f)
		}
	}
	at, by, passes := p.fate(now, &f)
	if passes {
		if f.conn != nil {
			f.conn.passed(from, f.seg)
		}
		p.out = append(p.out, Departure{at, from, b, by})
		p.copies(at, &f)
		p.triggered(at, &f)
	}
	p.keep(&f)
	return p.out
}

// read looks at a frame as far as the rules need.
func (p *Program) read(now time.Duration, from Side, b []byte) frame {
	f := frame{bytes: b, from: from}
	f.seg, f.tcp = ParseSegment(b)
	if f.tcp && !p.begun && KindSYN.has(f.seg) {
		p.begun, p.start = true, now
	}
	if p.begun {
		f.since = now - p.start
	}
	if f.tcp && p.track {
		f.conn = p.connections.Of(f.seg, from)
	}
	return f
}

// see counts a frame.
func (c *counter) see(f *frame) {
	c.hit = false
	if !c.chooses(f) {
		return
	}
	n := &c.n
	if c.Each {
		count := f.conn.count(c.index)
		n = &count
	} else {
		c.n++
	}
	c.hit = c.Nth.IsZero() || c.Nth.has(*n)
}

// fate is when a frame leaves, by which rule that holds it until then, and
// whether it does: the first drop or hold decides, and delays add up.
func (p *Program) fate(now time.Duration, f *frame) (at time.Duration, by *state, passes bool) {
	at = now
	for _, s := range p.rules {
		switch {
		case !s.match.hit:
		case s.Action == Delay:
			s.Matched++
			at += s.Time
		case by != nil: // held by a rule before
		case s.Action == Drop && (s.Percent == 0 || 100*s.random.Float64() < s.Percent):
			s.Matched++
			return 0, nil, false
		case s.Action == Hold && s.Second != nil:
			s.Matched++
			s.put(f)
			return 0, nil, false
		case s.Action == Hold:
			s.Matched++
			at, by = at+s.Time, s
		}
	}
	return at, by, true
}

// copies sends those that the rules ask for of a frame that passes.
func (p *Program) copies(at time.Duration, f *frame) {
	for _, s := range p.rules {
		if s.Action == Duplicate && s.match.hit {
			s.Matched++
			s.send(p, Departure{At: at + s.Time, From: f.from, Frame: f.bytes})
		}
	}
}

// triggered lets go what waited for a frame that passes.
func (p *Program) triggered(at time.Duration, f *frame) {
	for _, s := range p.rules {
		switch {
		case s.Stale && f.tcp:
			s.handshake(p, at, f)
		case s.Second != nil && s.second.hit:
			for _, k := range s.waiting(f) {
				if s.Fitted {
					k.fit(p.connections.now[k.tuple])
				}
				s.send(p, Departure{At: at, From: k.From, Frame: k.Frame})
			}
		}
	}
}

// waiting takes what waited for the frame: where the second pattern counts in
// each connection, that of its own.
func (s *state) waiting(f *frame) []kept {
	if s.second.Each {
		return s.store.take(f.tuple(), func(kept) bool { return true })
	}
	return s.store.takeAll()
}

// keep copies what is to be sent again.
func (p *Program) keep(f *frame) {
	for _, s := range p.rules {
		switch {
		case s.Stale && f.tcp && f.from == Client && f.seg.Payload > 0:
			s.put(f)
		case s.Action == Replay && !s.Stale && s.match.hit:
			s.Matched++
			s.put(f)
		}
	}
}

func (s *state) send(p *Program, d Departure) {
	d.by = s
	p.out = append(p.out, d)
}

func (s *state) put(f *frame) {
	s.Forgotten += s.store.put(kept{Departure{From: f.from, Frame: slices.Clone(f.bytes)}, f.tuple(), f.seg, f.conn})
}
