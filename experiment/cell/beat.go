package cell

import "time"

// beat calls a function at an interval, in a goroutine of its own.
type beat struct{ stop, ended chan struct{} }

func newBeat(interval time.Duration, do func(now time.Time)) *beat {
	b := &beat{make(chan struct{}), make(chan struct{})}
	go func() { // ends with end
		defer close(b.ended)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				do(now)
			case <-b.stop:
				return
			}
		}
	}()
	return b
}

// end returns when the function is not called any more. It may be called again, and of one
// that never began.
func (b *beat) end() {
	if b != nil {
		closeOnce(b.stop)
		<-b.ended
	}
}

// closeOnce closes a channel that may be closed already. No other does so meanwhile.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}
