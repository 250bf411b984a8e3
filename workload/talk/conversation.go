package talk

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"tcpbench/scenario"
)

// Next is what a connection is to do.
type Next uint8

// What there is to do.
const (
	// Receive waits for more bytes.
	Receive Next = iota
	// Send sends [Conversation.Message], and then says [Conversation.Sent].
	Send
	// Done has nothing left: the exchange is over.
	Done
)

// ErrMismatch is an answer that is not what was expected. The connection is of no more
// use.
var ErrMismatch = errors.New("the answer is not what was expected")

// shown is how many bytes of an answer a mismatch shows at most.
const shown = 64

// Mismatch is an [ErrMismatch]: the first bytes of what arrived, and what was expected.
type Mismatch struct {
	Want string
	Got  []byte
}

func (e *Mismatch) Error() string {
	return fmt.Sprintf("%v: got %q, want %s", ErrMismatch, e.Got, e.Want)
}

// Unwrap is [ErrMismatch].
func (e *Mismatch) Unwrap() error { return ErrMismatch }

// Conversation is how far one connection has come in an exchange. The zero value is
// before its first step; Reset makes it so again, without giving back what it allocated.
type Conversation struct {
	step int
	seen int    // bytes of the step that have come
	left int    // bytes of a message of a known length that are to come
	kept []byte // what has arrived and is needed again
	rest []byte // what arrived before the bytes of the next step were sent
}

// Reset goes back to the first step.
func (c *Conversation) Reset() { *c = Conversation{kept: c.kept[:0], rest: c.rest[:0]} }

// Step is how many steps are over.
func (c *Conversation) Step() int { return c.step }

// Begin is what is to be done before anything more has been sent or has arrived.
func (c *Conversation) Begin(x scenario.Exchange) Next {
	if c.step == len(x) {
		return Done
	}
	if x[c.step].Expect != nil {
		return Receive
	}
	return Send
}

// Message is what is to be sent now; nothing where the next step is an answer.
func (c *Conversation) Message(x scenario.Exchange) []byte {
	if c.step == len(x) {
		return nil
	}
	return x[c.step].Send
}

// Sent goes on when the message has been sent, with what arrived before that. surplus is
// as of [Conversation.Feed].
func (c *Conversation) Sent(x scenario.Exchange) (next Next, surplus []byte, err error) {
	c.step++
	early := c.rest
	c.rest = c.rest[:0]
	switch next := c.Begin(x); {
	case next == Done:
		return Done, early, nil
	case next == Send:
		c.rest = early
		return Send, nil, nil
	default:
		return c.Feed(x, early)
	}
}

// Early keeps bytes that arrived before the message of the present step was sent, at most
// [scenario.MaxMessage].
func (c *Conversation) Early(x scenario.Exchange, p []byte) error {
	if len(c.rest)+len(p) > scenario.MaxMessage {
		return &Mismatch{Want: "nothing before " + scenario.Escape(c.Message(x)[:min(shown, len(c.Message(x)))]),
			Got: append([]byte(nil), c.rest[:min(len(c.rest), shown)]...)}
	}
	c.rest = append(c.rest, p...)
	return nil
}

// Feed takes bytes that arrived while the conversation receives. surplus are those
// beyond the last step, once it is Done.
func (c *Conversation) Feed(x scenario.Exchange, p []byte) (next Next, surplus []byte, err error) {
	for len(p) > 0 {
		used, whole, err := c.take(x[c.step].Expect, p)
		if err != nil {
			return Receive, nil, err
		}
		if !whole {
			return Receive, nil, nil
		}
		p = p[used:]
		c.step++
		c.seen, c.left = 0, 0
		switch next := c.Begin(x); next {
		case Done:
			return Done, p, nil
		case Send:
			c.rest = append(c.rest[:0], p...)
			return Send, nil, nil
		}
	}
	return Receive, nil, nil
}

// End reports whether the server's end is what was expected now.
func (c *Conversation) End(x scenario.Exchange) bool {
	if c.step < len(x) && x[c.step].Expect != nil && x[c.step].Expect.Kind == scenario.ExpectEOF {
		c.step++
		return true
	}
	return false
}

// take takes what belongs to one expected answer; whole tells that it is complete, after
// so many of p.
func (c *Conversation) take(e *scenario.Expect, p []byte) (used int, whole bool, err error) {
	switch e.Kind {
	case scenario.ExpectBytes:
		return c.takeBytes(e, p)
	case scenario.ExpectLine:
		return c.takeLine(e, p)
	case scenario.ExpectLen:
		return c.takeCounted(e, p, 0)
	case scenario.ExpectU16:
		return c.takeCounted(e, p, 2)
	case scenario.ExpectU32:
		return c.takeCounted(e, p, 4)
	case scenario.ExpectPattern:
		return c.takePattern(e, p)
	default: // an end, and no bytes
		return 0, false, mismatch(e, nil, p)
	}
}

func (c *Conversation) takeBytes(e *scenario.Expect, p []byte) (int, bool, error) {
	want := e.Bytes[c.seen:]
	n := min(len(want), len(p))
	if !bytes.Equal(p[:n], want[:n]) {
		return 0, false, mismatch(e, e.Bytes[:c.seen], p)
	}
	c.seen += n
	return n, n == len(want), nil
}

func (c *Conversation) takeLine(e *scenario.Expect, p []byte) (int, bool, error) {
	end := bytes.IndexByte(p, '\n') + 1
	n := end
	if n == 0 {
		n = len(p)
	}
	if c.seen+n > scenario.MaxExpected {
		return 0, false, mismatch(e, nil, p)
	}
	c.seen += n
	return n, end > 0, nil
}

// takeCounted takes a message whose length stands before it, in so many bytes; with 0
// the length is known.
func (c *Conversation) takeCounted(e *scenario.Expect, p []byte, prefix int) (int, bool, error) {
	used := 0
	if c.seen == 0 && prefix == 0 {
		c.left = e.Len
	}
	for ; c.seen < prefix && used < len(p); used++ {
		c.left = c.left<<8 | int(p[used])
		c.seen++
	}
	if c.seen < prefix {
		return used, false, nil
	}
	if c.left > scenario.MaxMessage {
		return 0, false, mismatch(e, nil, p)
	}
	n := min(c.left, len(p)-used)
	c.left -= n
	c.seen = max(c.seen, 1) // it has begun
	return used + n, c.left == 0, nil
}

// takePattern holds all that has arrived against the pattern; what lies behind the match
// belongs to the next step.
func (c *Conversation) takePattern(e *scenario.Expect, p []byte) (int, bool, error) {
	before := len(c.kept)
	if before == 0 {
		if end, ok := matchEnd(e, p); ok {
			return end, true, nil
		}
	}
	if before+len(p) > scenario.MaxExpected {
		return 0, false, mismatch(e, c.kept, p)
	}
	c.kept = append(c.kept, p...)
	if before == 0 {
		return len(p), false, nil
	}
	end, ok := matchEnd(e, c.kept)
	if !ok {
		return len(p), false, nil
	}
	c.kept = c.kept[:0]
	return max(end-before, 0), true, nil
}

// matchEnd is where the first match of a pattern in b ends.
func matchEnd(e *scenario.Expect, b []byte) (int, bool) {
	m := e.Pattern.Find(b) // FindIndex allocates
	if m == nil {
		return 0, false
	}
	from := uintptr(unsafe.Pointer(unsafe.SliceData(m))) - uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	return int(from) + len(m), true
}

// mismatch is the error of an answer that began with some bytes and goes on with others.
func mismatch(e *scenario.Expect, begun, more []byte) error {
	got := append([]byte(nil), begun[:min(len(begun), shown)]...)
	got = append(got, more[:min(len(more), shown-len(got))]...)
	return &Mismatch{Want: e.String(), Got: got}
}
