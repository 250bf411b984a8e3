package cell

import (
	"testing"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/internal/machine"
	"tcpbench/lab/labtest"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// accepting is a target that accepts and closes.
func accepting(t *testing.T) string {
	t.Helper()
	name, _ := labtest.Accepting(t)
	return name
}

// connects is a load that only connects.
func connects(targets ...string) Spec {
	s := Spec{Workload: scenario.DefaultWorkload(), Targets: targets}
	s.Workload.Concurrency, s.Workload.RequestSize, s.Workload.ResponseSize = 1, 0, 0
	s.Workload.Linger = scenario.Linger{On: true}
	return s
}

func monotonic(t *testing.T) time.Duration {
	t.Helper()
	now, err := machine.Monotonic()
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func TestALoadBeginsAtItsInstant(t *testing.T) {
	for name, s := range map[string]Spec{"from this host": connects(accepting(t)), "in a lab": connects()} {
		t.Run(name, func(t *testing.T) {
			s.Workload.Count = 100
			l, err := Prepare(t.Context(), s, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			const wait = 500 * time.Millisecond
			at := monotonic(t) + wait
			if err := l.Begin(at); err != nil {
				t.Fatal(err)
			}
			var began time.Duration
			intervals := 0
			r, err := l.Wait(t.Context(), func(d time.Duration) { began = d }, func(metrics.Interval) { intervals++ })
			if err != nil || r.Totals.Succeeded != 100 || intervals == 0 {
				t.Fatalf("Wait() = %v, %v after %d intervals, want 100 connections", r, err, intervals)
			}
			if s := r.Stalls; s != nil && s.LongestUS > 0.8*float64(wait.Microseconds()) {
				t.Errorf("it stalled for %v us, want the wait for its instant not to be one", s.LongestUS)
			}
			if late := began - at; late < 0 || late > time.Second {
				t.Errorf("it began %v late, want not before, and soon", late)
			}
		})
	}
}

func TestALoadEndsByItselfWhenNobodyBeats(t *testing.T) {
	s := connects(accepting(t))
	s.Workload.Duration, s.Workload.Rate = time.Minute, scenario.Rate{From: 10, To: 10}
	const lease = 500 * time.Millisecond
	l, err := Prepare(t.Context(), s, lease)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Begin(monotonic(t)); err != nil {
		t.Fatal(err)
	}
	const beats = 10
	go func() { // ends with its last beat
		for range beats {
			time.Sleep(lease / 5)
			_ = l.Beat()
		}
	}()
	r, err := l.Wait(t.Context(), nil, nil)
	if err != nil || !r.Interrupted || r.DurationS < beats*lease.Seconds()/5+lease.Seconds()/2 ||
		r.DurationS > 10*lease.Seconds() {
		t.Errorf("Wait() = %+v, %v, want a run that was ended %v after the last beat", r, err, lease)
	}
}

func TestALoadThatIsNotWantedAnyMoreEnds(t *testing.T) {
	s := connects(accepting(t))
	l, err := Prepare(t.Context(), s, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Drop(); err != nil || l.client.cmd.ProcessState == nil {
		t.Errorf("Drop() = %v, and the process has ended: %v", err, l.client.cmd.ProcessState)
	}
}

func TestALoadThatCannotBeginSaysWhy(t *testing.T) {
	s := connects(accepting(t))
	if err := s.Workload.Set("source", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if _, err := Prepare(t.Context(), s, time.Minute); fault.Status(err) != fault.StatusUsage {
		t.Errorf("Prepare(source 192.0.2.1) = %v, want that it is not an address of this host", err)
	}
}
