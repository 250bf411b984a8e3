package exhaustion

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpbench/law/capacity"
)

// Ports are spoken of where they have a part in the answer, and nowhere else.
func TestPortsAreSpokenOfWhereTheyMatter(t *testing.T) {
	const law = "These settings hold 432 connections/s for ever, and never more than 470/s (28232 ports / 60 s); " +
		"between the two it is uncertain: the kernel may end a TIME_WAIT up to 5.12 s late, " +
		"and connections in flight hold ports too"
	const soon = "At 2000/s ports run out after 28232 connections, in 14.1 s: these settings hold 432 connections/s " +
		"for ever, and never more than 470/s (28232 ports / 60 s)."
	const hold = "These ports can hold 28232 connections at a time."
	const unseen = "A connection on which nothing is sent does not notice that its peer is gone; " +
		"--tcp-keepalive IDLE,INTERVAL,COUNT finds it after IDLE + INTERVAL x COUNT."
	knee := Knee{Found: true, AfterConnections: new(int64(500)), AfterSeconds: new(0.5), ConnectBeforeUS: new(8.0),
		ConnectAfterUS: new(40.0), Occupancy: new(0.5)}
	again := func(n int64) func(*Facts) { return func(f *Facts) { f.Attempted, f.Succeeded = n, n } }
	tests := []struct {
		name  string
		facts Facts
		want  []string
	}{
		{"no port is taken again and again", many(nil), nil},
		{"requests on connections opened at a rate that lasts", many(again(4000)), nil},
		{"the same, where ports were to run out", aimed(many(again(4000))), []string{law + "."}},
		{"requests on connections opened at a rate that does not", many(again(20_000)), []string{soon}},
		{"more found a port than the law has", many(again(40_000)),
			[]string{"By the law ports run out after 28232 connections at 4000/s, and 40000 found one: something " +
				"frees them sooner than it expects."}},
		{"held", holding(nil), nil},
		{"held, where ports were to run out", aimed(holding(nil)), []string{hold}},
		{"held, on half of the ports", holding(func(f *Facts) { f.Connected = 14_116 }), []string{hold}},
		{"held, on fewer", holding(func(f *Facts) { f.Connected = 14_115 }), nil},
		{"a cut that nobody noticed", holding(func(f *Facts) { f.Cut = &Cut{AtSeconds: 2} }), []string{unseen}},
		{"a cut that all noticed", holding(func(f *Facts) { f.Cut = &Cut{AtSeconds: 2, Dead: 200} }), nil},
		{"a rate below the law", plannedAt(Plan{From: 400, To: 400}, nil), nil},
		{"the same, where ports were to run out", aimed(plannedAt(Plan{From: 400, To: 400}, nil)),
			[]string{law + "; the rate offered lasts for ever."}},
		{"random starts far below the law", plannedAt(Plan{From: 200, To: 200, Random: true}, nil), nil},
		{"random starts near it", plannedAt(Plan{From: 420, To: 420, Random: true}, nil), []string{law +
			"; the rate offered is below both, but its starts are random, and at times more of them come."}},
		{"a rate above the law", plannedAt(Plan{From: 2000, To: 2000}, nil), []string{soon}},
		{"the same, where ports were to run out", aimed(plannedAt(Plan{From: 2000, To: 2000}, nil)),
			[]string{law + "; the rate offered is above both."}},
		{"a rate within the law that is not safe", plannedAt(Plan{From: 460, To: 460}, nil),
			[]string{law + "; the rate offered lies between them."}},
		{"a ramp down through it", plannedAt(Plan{From: 2000, To: 100}, nil), []string{soon}},
		{"the same, where ports were to run out", aimed(plannedAt(Plan{From: 2000, To: 100}, nil)),
			[]string{law + "; the rate offered crosses them."}},
		{"the search for a port cost the time", changed(facts(Finding{Outcome: Undecided, Knee: knee}, settings(nil),
			1000, 10), nil), []string{law + "."}},
		{"connecting was slow for another cause", facts(Finding{Outcome: Undecided}, settings(nil), 1000, 10), nil},
		{"no port is held", plannedAt(Plan{From: 2000, To: 2000}, func(f *Facts) {
			f.Settings.Reset = true
			f.Prediction = capacity.Predict(f.Settings)
		}), nil},
		{"the server ends the connections first", plannedAt(Plan{From: 2000, To: 2000}, func(f *Facts) {
			f.Kept, f.KeptKnown = 50, true
		}), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Judge(tt.facts).Meaning); diff != "" {
				t.Errorf("Judge().Meaning (-want +got):\n%s", diff)
			}
		})
	}
}

// Remedies are for ports that ran out, or would have within what was asked for.
func TestRemediesAreForWhatWasAskedFor(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Facts)
		want   bool
	}{
		{"interrupted before", func(f *Facts) { f.Limit = time.Minute }, true},
		{"a time that ends before", func(f *Facts) { f.Limit = 2 * time.Second }, false},
		{"interrupted before a count", func(f *Facts) { f.Count = 28232 }, true},
		{"a count that is reached before", func(f *Facts) { f.Count = 28231 }, false},
		{"a count, but no time for it", func(f *Facts) { f.Count, f.Limit = 28232, 2*time.Second }, false},
		{"what was asked for is not known", func(*Facts) {}, false},
		{"a rate that lasts", func(f *Facts) { f.Limit, f.Plan = time.Hour, &Plan{From: 400, To: 400} }, false},
		{"more found a port than the law has", func(f *Facts) { f.Limit, f.Succeeded = time.Minute, 28232 }, false},
		{"the server ends the connections first", func(f *Facts) {
			f.Limit, f.Kept, f.KeptKnown = time.Minute, 50, true
		}, false},
		{"connections that are held", func(f *Facts) { f.Limit, f.Use, f.Connected = time.Minute, Held, 4000 }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := plannedAt(Plan{From: 2000, To: 2000}, tt.change)
			if got := len(Judge(f).Remedies) > 0; got != tt.want {
				t.Errorf("Judge() has remedies: %t, want %t", got, tt.want)
			}
		})
	}
}
