package enginetest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"tcpbench/scenario"
)

// warm is a server that counts the requests within a warm-up, and those that come
// so long after it that every engine has noticed its end.
type warm struct {
	begun         time.Time // before the run: what is in the warm-up by this clock is by the engine's
	warmup, later time.Duration

	accepted           atomic.Int64
	all, before, after atomic.Int64
}

// see counts a request that has arrived.
func (w *warm) see() {
	w.all.Add(1)
	switch at := time.Since(w.begun); {
	case at < w.warmup:
		w.before.Add(1)
	case at >= w.later:
		w.after.Add(1)
	}
}

// serve answers requests, of 64 bytes or of HTTP.
func (w *warm) serve(t *testing.T, web bool) netip.AddrPort {
	return serve(t, func(c net.Conn) {
		w.accepted.Add(1)
		r, b := bufio.NewReader(c), make([]byte, 64)
		for {
			if web {
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				req.Body.Close()
				b = []byte("HTTP/1.1 204 No Content\r\n\r\n")
			} else if _, err := io.ReadFull(r, b); err != nil {
				return
			}
			w.see()
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	})
}

// check holds what an engine counted against what the server saw: nothing of the
// warm-up but what was in flight at its end, and all from some time after it on.
func (w *warm) check(t *testing.T, what string, counted int64, inFlight int) {
	t.Helper()
	before, after := w.before.Load(), w.after.Load()
	if uncounted := w.all.Load() - counted; uncounted < before-int64(inFlight) {
		t.Errorf("%d %s were not counted, of %d in the warm-up and %d in flight at its end", uncounted, what, before,
			inFlight)
	}
	if counted < after-int64(inFlight) { // which may have been begun in the warm-up
		t.Errorf("%d %s were counted, want at least the %d that came well after the warm-up, less %d", counted, what,
			after, inFlight)
	}
}

// tells reports whether the server saw enough for an uncounted warm-up to be told
// from a counted one, and a counted end from an uncounted one.
func (w *warm) tells(inFlight int) bool {
	return min(w.before.Load(), w.after.Load()) >= 3*int64(inFlight)
}

// warming makes runs with a warm-up, and the server of each: longer ones, on a busy
// machine, until the server has seen enough.
func warming(t *testing.T, web bool, run func(j job, w *warm)) {
	t.Helper()
	for _, span := range []time.Duration{250 * time.Millisecond, time.Second, 4 * time.Second} {
		w := &warm{begun: time.Now(), warmup: span, later: span + 100*time.Millisecond}
		j := newJob(w.serve(t, web))
		if web {
			j = j.asking(t, "GET")
		}
		j.limit, j.warmup, j.duration = 0, span, span
		run(j, w)
		if w.tells(j.concurrency) {
			return
		}
	}
	t.Error("the server saw too few connections to tell, in 4 s of warm-up and 4 s after it")
}

func warmup(t *testing.T, e Subject) {
	warming(t, e.Library, func(j job, w *warm) {
		o := j.run(t, e)
		o.allSucceed(t, o.Attempted)
		w.check(t, "connections", o.Attempted, j.concurrency)
	})
}

// A connection that was opened in the warm-up counts from its first request
// after it.
func warmupHeld(t *testing.T, e Subject) {
	warming(t, true, func(j job, w *warm) {
		o := j.held(scenario.Span{}).run(t, e)
		least, most := int64(j.concurrency), int64(j.concurrency)
		if e.Library { // whose pool dials ahead of need, and uses the latest first
			least, most = 1, w.accepted.Load()
		}
		o.allSucceed(t, o.Attempted)
		if o.Attempted < least || o.Attempted > most || o.Obtained != o.Attempted {
			t.Errorf("attempted %d, obtained %d, want the same, and the %d to %d that are held", o.Attempted,
				o.Obtained, least, most)
		}
		w.check(t, "requests", o.Requests, j.concurrency)
	})
}
