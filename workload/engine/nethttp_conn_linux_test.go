package engine

import (
	"strings"
	"testing"

	"tcpbench/metrics"
	"tcpbench/scenario"
)

func TestAConnectionCountsOnceWhicheverSideOfTheWarmUpAsksFirst(t *testing.T) {
	for _, tt := range []struct {
		name           string
		dialed, asks   bool // after the warm-up
		warm, measured int64
	}{
		{"dialed and asked in the warm-up", false, false, 1, 0},
		{"dialed in the warm-up and asked after it", false, true, 0, 1},
		{"dialed after the warm-up for a request of it", true, false, 0, 1},
		{"dialed and asked after the warm-up", true, true, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &client{Task: Task{Plan: &Plan{Mode: scenario.ModeKeepalive}, Recorder: metrics.NewRecorder()}}
			warm := metrics.NewRecorder()
			of := map[bool]*metrics.Recorder{false: warm, true: c.Recorder}
			n := &netConn{client: c, rec: of[tt.dialed], gone: make(chan struct{}), closed: true}
			n.rec.Attempted++
			n.rec.Obtained++
			c.inFlight++
			c.live.Add(1)
			n.acquire(of[tt.asks])
			n.release()
			if warm.Succeeded != tt.warm || c.Recorder.Succeeded != tt.measured ||
				c.Recorder.Attempted != tt.measured || c.Recorder.Obtained != tt.measured {
				t.Errorf("succeeded in the warm-up %d, after it %d of %d attempted and %d obtained, want %d, "+
					"and %d of each", warm.Succeeded, c.Recorder.Succeeded, c.Recorder.Attempted,
					c.Recorder.Obtained, tt.warm, tt.measured)
			}
		})
	}
}

func TestWhetherABodyWasSentIsNotAskedOfTheRequestBefore(t *testing.T) {
	c := &client{Task: Task{Plan: &Plan{Mode: scenario.ModeKeepalive, HTTP: &HTTP{Body: strings.Repeat("x", 1000)}},
		Recorder: metrics.NewRecorder()}}
	n := &netConn{client: c, rec: c.Recorder}
	begin := func() *exchange {
		n.acquire(c.Recorder)
		return &exchange{client: c, rec: c.Recorder, conn: n, before: n.sent.Load()}
	}
	begin()
	n.sent.Add(1100)
	second := begin() // the first one's answer is read, and it is not released yet
	n.sent.Add(1100)
	n.release()
	if second.unsent() {
		t.Error("the second request's body counts as unsent once the first one is released")
	}
	third := begin()
	if n.sent.Add(500); !third.unsent() {
		t.Error("half a body counts as sent, since other requests were before it")
	}
	n.release()
	if got := c.Recorder.BytesSent; got != 2700 {
		t.Errorf("sent = %d bytes, want 2700, each once", got)
	}
}
