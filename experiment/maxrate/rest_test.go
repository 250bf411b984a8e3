package maxrate

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/metrics"
	"tcpbench/results"
)

// bucket is a server with a limit of requests per second that forgives a burst,
// as nginx's limit_req does.
type bucket struct {
	host
	limit, burst float64

	excess float64
	at     time.Time
}

func (b *bucket) measure(ctx context.Context, s cell.Spec, _ func(metrics.Interval)) (*results.Run, error) {
	b.excess = max(b.excess-b.limit*time.Since(b.at).Seconds(), 0)
	rate, took := s.Workload.Rate.From, s.Workload.TimeLimit()
	b.capacity = rate
	if more := (rate - b.limit) * took.Seconds(); more > b.burst-b.excess {
		b.capacity = b.limit + (b.burst-b.excess)/took.Seconds()
	}
	b.excess = max(b.excess+(b.capacity-b.limit)*took.Seconds(), 0)
	time.Sleep(took)
	b.at = time.Now()
	return b.server.measure(ctx, s, nil)
}

// Where a bucket takes longer to drain than a trial and its rest, a rate fails that
// held before: it is tried again after more rest, and what failed before is forgotten.
func TestALeakIsSeenByWhatHeldBefore(t *testing.T) {
	for _, tt := range []struct {
		burst float64
		trial time.Duration
		sure  bool
	}{
		{900, time.Second, true}, {2900, time.Second, true}, {2900, 2 * time.Second, true},
		{90_000, time.Second, false}, {90_000, 2 * time.Second, false}, // it takes 281 s to drain
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &bucket{limit: 320, burst: tt.burst}
			o := options(t, "errors<0.1%")
			o.Cell.Targets, o.Cell.Workload.Duration = []string{"127.0.0.1:80"}, tt.trial
			tools := b.quiet()
			tools.Measure, tools.Held = b.measure, b.held
			r, err := Find(context.Background(), o, tools)
			if err != nil {
				t.Fatal(err)
			}
			alone := b.limit + tt.burst/tt.trial.Seconds()
			s, says := r.Search, "of rest: what failed until then, soon after another trial, does not count ("
			if !tt.sure {
				says = "/s held too: what one trial leaves at the target may count against the next"
			}
			if s.Sure != tt.sure || tt.sure && (s.HoldsRate > alone*1.001 || s.HoldsRate < alone*0.95) ||
				!strings.Contains(s.Sentence, says) {
				t.Errorf("burst %v, %v: %s; want sure: %t, about %v/s, and %q", tt.burst, tt.trial, s.Sentence, tt.sure,
					alone, says)
			}
		})
	}
}

// What one trial has filled must not count against the next: every rate answers
// as it does alone.
func TestATrialDoesNotLeakIntoTheNext(t *testing.T) {
	for _, burst := range []float64{1, 40, 700, 2900} {
		synctest.Test(t, func(t *testing.T) {
			b := &bucket{limit: 320, burst: burst}
			o := options(t, "errors<0.1%")
			o.Cell.Targets = []string{"127.0.0.1:80"}
			tools := b.quiet()
			tools.Measure, tools.Held = b.measure, b.held
			r, err := Find(context.Background(), o, tools)
			if err != nil {
				t.Fatal(err)
			}
			alone := b.limit + burst/o.Cell.Workload.TimeLimit().Seconds()
			for i, trial := range r.Search.Trials {
				if trial.Holds != (trial.Rate <= alone*1.001) {
					t.Errorf("burst %v: trial %d at %v/s holds = %t; alone %v/s hold", burst, i+1, trial.Rate,
						trial.Holds, alone)
				}
			}
			if s := r.Search; !s.Sure || s.HoldsRate > alone*1.001 || s.HoldsRate < alone*0.95 {
				t.Errorf("burst %v: %s; want about %v/s", burst, s.Sentence, alone)
			}
		})
	}
}
