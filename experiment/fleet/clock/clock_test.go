package clock

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestTheOffsetIsWithinItsBound(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	upTo := func(d time.Duration) time.Duration { return time.Duration(random.Int64N(int64(d) + 1)) }
	for range 10_000 {
		truth := upTo(2*time.Hour) - time.Hour
		least := time.Duration(1 << 62)
		var pings []Ping
		now := upTo(time.Hour)
		for range 1 + random.IntN(20) {
			there, back := upTo(10*time.Millisecond), upTo(10*time.Millisecond)
			pings = append(pings, Ping{Sent: now, Received: now + there + back, There: now + there + truth})
			least = min(least, there+back)
			now += time.Second
		}
		got, ok := Of(pings)
		if wrong := (got.Offset - truth).Abs(); !ok || wrong > got.Bound || got.Bound > least/2+1 ||
			got.Pings != len(pings) {
			t.Fatalf("Of(%v) = %+v, %v, want %v, by at most half of %v", pings, got, ok, truth, least)
		}
		if there := got.There(now); got.Here(there) != now {
			t.Fatalf("Here(There(%v)) = %v", now, got.Here(there))
		}
	}
}

func TestWithoutAnAnswerThereIsNoOffset(t *testing.T) {
	if got, ok := Of(nil); ok {
		t.Errorf("Of(nil) = %+v, true, want false", got)
	}
}
