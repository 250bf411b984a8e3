package fleet

import (
	"testing"
	"testing/synctest"
	"time"

	"tcpbench/experiment/fleet/message"
)

// beats is a line that notes when it is told something.
type beats struct {
	since time.Time
	at    []time.Duration
}

func (l *beats) Tell(string, []byte) error {
	l.at = append(l.at, time.Since(l.since))
	return nil
}

func (l *beats) Listen(func(string, []byte)) error { return nil }

func TestNoBeatWakesAgentsThatAreToBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &beats{since: time.Now()}
		f, err := newFleet(Options{Line: line})
		if err != nil {
			t.Fatal(err)
		}
		begin := 10*message.Beat + 50*time.Millisecond
		f.mu.Lock()
		f.still = span{begin - stillBefore, begin + stillAfter}
		f.mu.Unlock()
		time.Sleep(20 * message.Beat)
		f.Close()
		last := time.Duration(0)
		for _, at := range line.at {
			if at > begin-stillBefore && at < begin+stillAfter {
				t.Errorf("a beat at %v, want none around %v", at, begin)
			}
			if gap := at - last; gap > message.Lost/2 {
				t.Errorf("no beat for %v until %v, want less than half of %v", gap, at, message.Lost)
			}
			last = at
		}
		if n := len(line.at); n < 18 || n > 20 {
			t.Errorf("%d beats in %v, want one each %v but for the beginning", n, 20*message.Beat, message.Beat)
		}
	})
}
