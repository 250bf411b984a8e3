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

// mute hears nothing for a while, and then that all is over.
type mute struct{ net.Conn }

func (m mute) Read([]byte) (int, error) {
	time.Sleep(time.Second / 2)
	return 0, io.EOF
}

func TestSoManyHandshakesGoOnAtATime(t *testing.T) {
	turn := &turnstile{make(chan struct{}, 3), time.Minute}
	var most atomic.Int64
	handshakes(t, 50, func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		c, err := turn.pass(h)
		for now := int64(len(turn.places)); ; {
			if before := most.Load(); now <= before || most.CompareAndSwap(before, now) {
				return c, err
			}
		}
	}, false)
	if got := most.Load(); got != 3 {
		t.Errorf("%d handshakes went on at once, want 3", got)
	}
	for end := time.Now().Add(patience); len(turn.places) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d places are taken after the last handshake", len(turn.places))
		}
	}
}

func TestWhoSaysHelloAlonePassesInTheEnd(t *testing.T) {
	turn := &turnstile{make(chan struct{}, 1), 10 * time.Millisecond}
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
