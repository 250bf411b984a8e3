package workload

import (
	"context"
	"time"
)

// Gate waits until it is known when a run begins. The instant has a monotonic clock; one
// that has passed begins at once.
type Gate func(context.Context) (time.Time, error)
