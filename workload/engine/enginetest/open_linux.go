package enginetest

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"tcpbench/scenario"
)

func openLoop(t *testing.T, e Subject) {
	for _, mode := range []scenario.Mode{scenario.ModeShort, scenario.ModeKeepalive} {
		t.Run(string(mode), func(t *testing.T) {
			s := e.start(t)
			j := e.job(t, s.Addrs...)
			j.plan.Mode = mode
			j.limit, j.duration, j.rate, j.concurrency = 0, 500*time.Millisecond, 2000, 64
			o := j.run(t, e)
			o.allSucceed(t, o.Attempted)
			l := o.Lateness
			if l.Planned != 1000 || l.Started != o.Requests || l.Late.Count() != l.Started ||
				o.Response.Count() != l.Started {
				t.Errorf("planned %d, started %d, answered %d with %d response times, want 1000 planned, "+
					"and the others the same",
					l.Planned, l.Started, o.Requests, o.Response.Count())
			}
			// On a busy machine some wait for a connection; what is the generator's own is little.
			if lost := 2000 * o.Stalls.Total.Seconds(); float64(l.Missed) > 100+lost ||
				l.Planned-l.Started > l.Waited+l.Blocked+l.Missed {
				t.Errorf("started %d of 1000 at 2000/s, %d waited, %d were blocked, %d missed, want few missed but "+
					"the %.0f of %v in which it was not run, and a cause for each that did not start",
					l.Started, l.Waited, l.Blocked, l.Missed, lost, o.Stalls.Total)
			}
		})
	}
}

// A plan with more to do than the connections can is not kept to; what waits
// is seen in the response time, and is not the generator's fault.
func overload(t *testing.T, e Subject) {
	const pause = 20 * time.Millisecond
	j := e.job(t, serve(t, func(c net.Conn) {
		for answerOnce(c, e.Library, pause) {
		}
	})).held(scenario.Span{})
	j.limit, j.duration, j.rate, j.concurrency = 0, 500*time.Millisecond, 1000, 2
	o := j.run(t, e)
	l := o.Lateness
	// A start that fell into a stall of the generator did not wait for a connection then.
	stalled := 1000 * o.Stalls.Total.Seconds()
	if l.Planned != 500 || l.Started > 60 || float64(l.Waited) < 350-stalled {
		t.Errorf("planned %d, started %d, %d waited, want 500, at most 60, and most but the %.0f of a stall",
			l.Planned, l.Started, l.Waited, stalled)
	}
	late, own := l.Late.Percentile(99), l.Own.Percentile(50)
	if late < 300*time.Millisecond || own > late/4+o.Stalls.Total {
		t.Errorf("late %v, of that the generator %v, want nearly all of the run, and next to nothing beside the %v "+
			"for which it was not run", late, own, o.Stalls.Total)
	}
	if request, response := o.Request.Percentile(50), o.Response.Percentile(50); request > response/2 {
		t.Errorf("request %v, response %v, want the wait in the response time alone", request, response)
	}
}

// answerOnce answers a request of 64 bytes, or one of HTTP, after a pause.
func answerOnce(c net.Conn, web bool, pause time.Duration) bool {
	if web {
		var n atomic.Int64
		time.Sleep(pause)
		canned("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1<<20, 1, &n)(c)
		return n.Load() == 1
	}
	b := make([]byte, 64)
	for n := 0; n < len(b); {
		m, err := c.Read(b[n:])
		if err != nil {
			return false
		}
		n += m
	}
	time.Sleep(pause)
	_, err := c.Write(b)
	return err == nil
}
