package bus

import (
	"context"
	"crypto/tls"
	"net"
	"runtime"
	"slices"
	"sync"
	"time"
)

const (
	// atOnce is how many handshakes are under way for each processor. They take CPU time and
	// little else: were all served who have come, thousands would be done at one time, after
	// all of them have given up.
	atOnce = 8
	// passWithin is for how long one that does not go on keeps its place from others: a live
	// peer answers within some round trips.
	passWithin = 200 * time.Millisecond
)

// turnstile lets so many handshakes of TLS go on at a time, the others by turns of the addresses
// that they are from: those of one do not keep others out, as many as they are. Those of an
// address go on in the order in which they came.
type turnstile struct {
	most   int
	within time.Duration

	mu      sync.Mutex
	taken   int
	turns   []string                   // the addresses of those who wait
	waiting map[string][]chan struct{} // of an address, each closed when it has a place
}

func newTurnstile() *turnstile { return turnstileOf(atOnce*runtime.GOMAXPROCS(0), passWithin) }

func turnstileOf(most int, within time.Duration) *turnstile {
	return &turnstile{most: most, within: within, waiting: map[string][]chan struct{}{}}
}

// pass waits for a place, which is given back when the handshake is over. It is a
// tls.Config.GetConfigForClient.
func (t *turnstile) pass(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	ctx := hello.Context() // is done when the handshake is
	from := addressOf(hello.Conn)
	place := t.enter(from)
	select {
	case <-place:
	case <-ctx.Done():
		t.giveUp(from, place)
		return nil, ctx.Err()
	}
	holds, end := context.WithTimeout(ctx, t.within)
	context.AfterFunc(holds, func() {
		end()
		t.leave()
	})
	return nil, nil
}

// addressOf is the host that a connection is from.
func addressOf(c net.Conn) string {
	at := c.RemoteAddr().String()
	if host, _, err := net.SplitHostPort(at); err == nil {
		return host
	}
	return at
}

// enter queues up for a place, which there is when the channel is closed.
func (t *turnstile) enter(from string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	place := make(chan struct{})
	if t.taken < t.most {
		t.taken++
		close(place)
		return place
	}
	if len(t.waiting[from]) == 0 {
		t.turns = append(t.turns, from)
	}
	t.waiting[from] = append(t.waiting[from], place)
	return place
}

// leave gives a place to the next of the address whose turn it is.
func (t *turnstile) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.turns) == 0 {
		t.taken--
		return
	}
	from := t.turns[0]
	t.turns = t.turns[1:]
	close(t.waiting[from][0])
	if t.waiting[from] = t.waiting[from][1:]; len(t.waiting[from]) > 0 {
		t.turns = append(t.turns, from)
	} else {
		delete(t.waiting, from)
	}
}

// giveUp takes one that waits no more out of the queue, or gives its place back where it has got
// one meanwhile.
func (t *turnstile) giveUp(from string, place chan struct{}) {
	t.mu.Lock()
	i := slices.Index(t.waiting[from], place)
	if i >= 0 {
		t.waiting[from] = slices.Delete(t.waiting[from], i, i+1)
		if len(t.waiting[from]) == 0 {
			delete(t.waiting, from)
			t.turns = slices.DeleteFunc(t.turns, func(other string) bool { return other == from })
		}
	}
	t.mu.Unlock()
	if i < 0 {
		t.leave()
	}
}
