package maxrate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/law/capacity"
	"tcpbench/results"
	"tcpbench/scenario"
)

// host is a simulated one: ports are held for a time after a trial.
type host struct {
	server
	holds time.Duration // for how long a trial's ports are held
	stay  int           // ports that others keep
	err   error         // why ports cannot be counted

	free  time.Time // when the last trial's ports are
	waits []time.Duration
	said  []string
}

func (h *host) held(context.Context, cell.Spec) (int, capacity.Prediction, error) {
	law := capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: 1, Timestamps: true})
	if time.Now().Before(h.free) {
		return 600, law, h.err
	}
	return h.stay, law, h.err
}

func (h *host) measure(ctx context.Context, s cell.Spec, observe func(iv results.Interval)) (*results.Run, error) {
	if !h.free.IsZero() {
		h.waits = append(h.waits, max(time.Since(h.free.Add(-h.holds)), 0))
	}
	r, err := h.server.measure(ctx, s, observe)
	h.free = time.Now().Add(h.holds)
	return r, err
}

func (h *host) search(t *testing.T) *results.Run {
	t.Helper()
	o := options(t, "errors<0.1%")
	o.Cell.Targets = []string{"127.0.0.1:80"}
	o.Search.Max, o.Search.Confirm = 200, 1
	tools := h.quiet()
	tools.Measure, tools.Held = h.measure, h.held
	tools.Say = func(s string) { h.said = append(h.said, s) }
	r, err := Find(context.Background(), o, tools)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTrialsOnAHostWaitForPorts(t *testing.T) {
	const rests = 2500 * time.Millisecond // after a trial of 10 s that held
	tests := []struct {
		name   string
		host   host
		lo, hi time.Duration // from one trial to the next
		warn   string        // the code of the only warning; "" for none
		said   string
	}{
		{"the ports of a trial are free again after a minute", host{holds: time.Minute}, time.Minute,
			time.Minute + time.Second, "",
			"waiting up to 1m5s for ports: 600 of 1000 towards the target are held, and the trial at 200/s needs 2000"},
		{"they never are", host{holds: time.Hour}, rests + 65*time.Second, rests + 66*time.Second, "ports-not-drained",
			"waiting up to 1m5s for ports"},
		{"a few that others keep do not matter", host{stay: 10}, rests, rests, "", ""},
		{"they cannot be counted", host{holds: time.Minute, err: errors.New("sock_diag: EPERM")}, rests, rests,
			"ports-not-counted",
			""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.host.capacity = 1e9
				r := tt.host.search(t)
				if len(tt.host.waits) != 1 || tt.host.waits[0] < tt.lo || tt.host.waits[0] > tt.hi {
					t.Errorf("waits = %v, want one of %v to %v", tt.host.waits, tt.lo, tt.hi)
				}
				if got := strings.Join(tt.host.said, "\n"); !strings.HasPrefix(got, tt.said) ||
					(got == "") != (tt.said == "") {
					t.Errorf("said %q, want %q", got, tt.said)
				}
				checkWarnings(t, r.Warnings, tt.warn)
			})
		})
	}
}

func checkWarnings(t *testing.T, got []results.Warning, code string) {
	t.Helper()
	if code == "" && len(got) > 0 {
		t.Errorf("warnings = %v, want none", got)
	}
	for _, w := range got {
		if w.Code != code {
			t.Errorf("warnings = %v, want %q only", got, code)
		}
	}
	if code != "" && len(got) == 0 {
		t.Errorf("no warning, want %q", code)
	}
}

func TestWhichPortsMatter(t *testing.T) {
	minute := capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: 1, Timestamps: true})
	second := capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: 1, Timestamps: true, Reuse: 1,
		ReuseDelay: time.Second})
	reset := capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: 1, Reset: true})
	tests := []struct {
		name string
		held int
		rate float64 // trials last 10 s
		law  capacity.Prediction
		want bool
	}{
		{"both stay below half of the ports", 300, 20, minute, false},
		{"together they reach the longer search", 301, 20, minute, true},
		{"one in a hundred is nothing", 10, 1000, minute, false},
		{"a trial holds no more than a second's where the kernel reuses", 100, 400, second, false},
		{"and that may be too many", 101, 400, second, true},
		{"nothing is held after a reset", 900, 1000, reset, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := scenario.DefaultWorkload()
			w.Rate = scenario.Rate{From: tt.rate, To: tt.rate}
			if got := matters(tt.held, w, tt.law); got != tt.want {
				t.Errorf("matters(%d held, %v/s) = %v, want %v", tt.held, tt.rate, got, tt.want)
			}
		})
	}
}

func TestAnInterruptEndsTheWaitForPorts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		h := &host{server: server{capacity: 1e9}, holds: time.Hour}
		o := options(t, "errors<0.1%")
		o.Cell.Targets = []string{"127.0.0.1:80"}
		tools := h.quiet()
		tools.Measure, tools.Held = h.measure, h.held
		var interrupted time.Time
		tools.Say = func(string) { interrupted = time.Now(); cancel() }
		r, err := Find(ctx, o, tools)
		if err != nil || r.Search.Ended != results.SearchInterrupted || len(r.Search.Trials) != 1 {
			t.Errorf("Find() = %+v, %v; want interrupted after one trial", r, err)
		}
		if waited := time.Since(interrupted); waited > time.Second {
			t.Errorf("it ended %v after the interrupt, want at once", waited)
		}
	})
}
