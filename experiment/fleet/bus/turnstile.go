package bus

import (
	"context"
	"crypto/tls"
	"runtime"
	"sync"
	"time"
)

const (
	// atOnce is how many handshakes are under way for each processor. They take CPU time and
	// little else: were all served who have come, thousands would be done at one time, after
	// all of them have given up.
	atOnce = 8
	// passWithin is for how long one that does not go on keeps its place from others.
	passWithin = time.Second
)

// turnstile lets so many handshakes of TLS go on at a time, the others in the order in which
// they came.
type turnstile struct {
	places chan struct{}
	within time.Duration
}

func newTurnstile() *turnstile {
	return &turnstile{make(chan struct{}, atOnce*runtime.GOMAXPROCS(0)), passWithin}
}

// pass waits for a place, which is given back when the handshake is over. It is a
// tls.Config.GetConfigForClient.
func (t *turnstile) pass(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	ctx := hello.Context() // is done when the handshake is
	select {
	case t.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave := sync.OnceFunc(func() { <-t.places })
	stop := context.AfterFunc(ctx, leave)
	time.AfterFunc(t.within, func() {
		stop()
		leave()
	})
	return nil, nil
}
