package bus

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tcpbench/internal/certificate"
)

// handshakes has so many clients begin a handshake at once with a server that lets pass; what
// each does instead of going on after its hello is silent.
func handshakes(t *testing.T, n int, pass func(*tls.ClientHelloInfo) (*tls.Config, error), silent bool) {
	t.Helper()
	dir := made(t, KeyOptions{})
	pair, err := certificate.Pair(filepath.Join(dir, fileHub), filepath.Join(dir, fileHubKey), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, GetConfigForClient: pass}
	var all sync.WaitGroup
	defer all.Wait()
	for range n {
		here, there := net.Pipe()
		t.Cleanup(func() { here.Close(); there.Close() })
		if silent {
			there = mute{there}
		}
		all.Go(func() { _ = tls.Client(there, &tls.Config{InsecureSkipVerify: true}).Handshake(); there.Close() })
		all.Go(func() { _ = tls.Server(here, config).Handshake(); here.Close() })
	}
}

// inUse is how many places are taken.
func (t *turnstile) inUse() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.taken
}

// mute hears nothing for a while, and then that all is over.
type mute struct{ net.Conn }

func (m mute) Read([]byte) (int, error) {
	time.Sleep(time.Second / 2)
	return 0, io.EOF
}

func TestSoManyHandshakesGoOnAtATime(t *testing.T) {
	turn := turnstileOf(3, time.Minute)
	var most atomic.Int64
	handshakes(t, 50, func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		c, err := turn.pass(h)
		for now := int64(turn.inUse()); ; {
			if before := most.Load(); now <= before || most.CompareAndSwap(before, now) {
				return c, err
			}
		}
	}, false)
	if got := most.Load(); got != 3 {
		t.Errorf("%d handshakes went on at once, want 3", got)
	}
	for end := time.Now().Add(patience); turn.inUse() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d places are taken after the last handshake", turn.inUse())
		}
	}
}

func TestWhoSaysHelloAlonePassesInTheEnd(t *testing.T) {
	turn := turnstileOf(1, 10*time.Millisecond)
	var passed atomic.Int64
	first := sync.OnceValue(time.Now)
	handshakes(t, 5, func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		begun := first()
		c, err := turn.pass(h)
		passed.Add(1)
		if since := time.Since(begun); since > 400*time.Millisecond {
			t.Errorf("a handshake waited for %v for those who do not go on", since)
		}
		return c, err
	}, true)
	if passed.Load() != 5 {
		t.Error(fmt.Sprint(passed.Load(), " of 5 passed"))
	}
}

// One address with many who only say hello does not keep others out.
func TestTheAddressesOfHandshakesTakeTurns(t *testing.T) {
	turn := turnstileOf(1, time.Minute)
	<-turn.enter("192.0.2.1")
	var own []chan struct{}
	for range 400 {
		own = append(own, turn.enter("192.0.2.1"))
	}
	other, third := turn.enter("192.0.2.2"), turn.enter("192.0.2.3")
	turn.giveUp("192.0.2.1", own[0])
	turn.giveUp("192.0.2.3", third)
	turn.leave()
	turn.leave()
	for _, tt := range []struct {
		name  string
		place chan struct{}
		want  bool
	}{
		{"the first of the many that waits still", own[1], true},
		{"the one of another address, next", other, true},
		{"the second of the many", own[2], false},
		{"one that has given up", third, false},
	} {
		got := false
		select {
		case <-tt.place:
			got = true
		default:
		}
		if got != tt.want {
			t.Errorf("%s has a place: %v, want %v", tt.name, got, tt.want)
		}
	}
	for range 399 {
		turn.leave() // of all who have a place, and of those who get it then
	}
	if turn.inUse() != 0 || len(turn.turns)+len(turn.waiting) != 0 {
		t.Errorf("%d places are taken, %d addresses wait; want none after the last", turn.inUse(), len(turn.turns))
	}
}
