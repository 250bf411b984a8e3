package message

import (
	"math"
	"time"
)

// How often each side says that it is there, and after what silence the other takes it for
// lost. In a fleet of more than 2500 agents it is [Pace] and [Silence] that say so.
const (
	Beat = 500 * time.Millisecond
	Lost = 2500 * time.Millisecond
)

// What agents say in a second together at most, so that one coordinator can hear it: that they
// are there, and what an interval of their runs was.
const (
	mostBeats     = 5000
	mostIntervals = 2000
)

// Pace is how often both sides of a fleet of so many agents say that they are there: [Beat] up
// to 2500, and 2 s with 10,000.
func Pace(agents int) time.Duration {
	return max(Beat, time.Duration(agents)*time.Second/mostBeats)
}

// Silence is after what time one is taken for lost who is to say so at a pace: [Lost] up to a
// second, which is that of 5000 agents, and 5 s with 10,000.
func Silence(pace time.Duration) time.Duration { return max(Lost, pace*5/2) }

// Joined is how many intervals of a run each of so many agents tells as one while it goes on. Its
// result has each of them.
func Joined(agents int, interval time.Duration) int {
	each := time.Duration(agents) * time.Second / mostIntervals
	return max(1, int(math.Ceil(float64(each)/float64(max(interval, time.Millisecond)))))
}
