package cell

import "sync"

// ending tells once, to whoever waits for it, that a run has shown what it was for.
type ending struct {
	once sync.Once
	over chan struct{}
}

func newEnding() *ending { return &ending{over: make(chan struct{})} }

// tell may be called again, and from any goroutine.
func (e *ending) tell() { e.once.Do(func() { close(e.over) }) }
