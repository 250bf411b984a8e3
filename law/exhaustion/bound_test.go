package exhaustion

import (
	"strings"
	"testing"
	"time"
)

// Each case has a bound, and a change after which it must be another: what the
// sentence rests on is not there any more.
func TestLimits(t *testing.T) {
	knee := Knee{Found: true, Occupancy: new(0.52), ConnectBeforeUS: new(9.0), ConnectAfterUS: new(700.0),
		RateAfter: new(1100.0)}
	busy, idle := Busy{Ran: 0.97}, Busy{Ran: 0.31, Waited: 0.02}
	flight := func(median float64) Work {
		return Work{Client: idle, Server: idle, Concurrency: 40, Rate: 990, Mean: 0.04,
			Longest: Step{Answers, max(0.039, median), Times{0.02, 0.9 * median, median, 1.1 * median}, 31}}
	}
	pair := Work{Client: idle, Server: idle, Concurrency: 2, Rate: 1000, Mean: 0.002,
		Longest: Step{Answers, 0.0019, Times{0.001, 0.0019, 0.0019, 0.002}, 1}}
	one := pair
	one.Concurrency, one.Mean = 1, 0.001
	one.Longest.Mean, one.Longest.Times = 0.001, Times{0.001, 0.001, 0.001, 0.001}
	nagle := Work{Client: idle, Server: idle, Concurrency: 40, Rate: 910, Mean: 0.044,
		Longest: Step{Answers, 0.0439, Times{0.0011, 0.043, 0.044, 0.045}, 31}, DelayedACKs: 990}
	with := func(w Work, change func(*Work)) Work {
		change(&w)
		return w
	}
	alone := with(flight(0.039), func(w *Work) { w.Longest.Quickest, w.Longest.Quick = 0.0385, 0 })
	full := with(flight(0.12), func(w *Work) { w.Client, w.Idle, w.Threads = busy, 2.2, 1 })
	served := with(flight(0.12), func(w *Work) { w.Server = busy })
	awake := with(flight(0.12), func(w *Work) { w.Server = Busy{Ran: 0.41, Spun: 0.56} })
	slow := with(alone, func(w *Work) { w.Delay = 0.025 })
	lossy := with(flight(0.001), func(w *Work) { w.Lost, w.Longest.Name = 250, Connects })
	wired := with(alone, func(w *Work) { w.Link = busy })
	counted := with(alone, func(w *Work) { w.Count = 33 })
	shared := with(flight(0.12), func(w *Work) { w.Client = Busy{Ran: 0.65, Waited: 0.3} })
	crowd := with(flight(0.12), func(w *Work) { w.Server = Busy{Ran: 0.3, Waited: 0.4} })
	stopped := with(alone, func(w *Work) { w.Stalled = 0.456 })
	refused := with(alone, func(w *Work) { w.Rate, w.Rested, w.Failed = 100, 0.93, 9300 })
	unheard := with(alone, func(w *Work) { w.Rate, w.InVain, w.Failed = 10, 0.98, 78 })
	unheardOf := with(unheard, func(w *Work) { w.Lost = 312 })
	queue := with(flight(0.001), func(w *Work) {
		w.Overflows, w.Longest.Name, w.Longest.Quickest = 77, Connects, 0.0001
	})
	plan := func(started int64) *Plan {
		return &Plan{From: 990, To: 990, Planned: 9900, Started: started}
	}
	tests := []struct {
		name     string
		work     Work
		facts    func(*Facts)
		want     What
		evidence string
		other    func(*Facts, *Work)
		then     What
	}{
		{"a client that has no time", full, nil, ByClient, "ran 97 %",
			func(_ *Facts, w *Work) { w.Client.Ran = 0.6 }, ByTarget},
		{"a client that has no time, on a host with a processor free", full, nil, ByClient,
			"; more --threads, or a faster",
			func(_ *Facts, w *Work) { w.Client.Ran = 0.6 }, ByTarget},
		{"a client that has no time, on a host with none free", with(full, func(w *Work) { w.Idle = 0.2 }), nil,
			ByClient,
			"97 % of the time; a faster machine, or one with more processors and more --threads, would show",
			func(_ *Facts, w *Work) { w.Client.Ran = 0.6 }, ByTarget},
		{"answers that are errors", alone, func(f *Facts) {
			f.BadAnswers, f.Status = 700, map[string]int64{"200": 300, "504": 700}
		}, Uncertain, "because 700 of 1000 answers were errors (HTTP status 504)",
			func(f *Facts, _ *Work) { f.BadAnswers = 499 }, ByConcurrency},
		{"a client that waits for a processor", full, nil, ByClient, "ran 97 %",
			func(_ *Facts, w *Work) { w.Client = Busy{Ran: 0.5, Waited: 0.45}; w.Server = Busy{Ran: 0.98} }, ByServer},
		{"a client that ran, and waited for a processor too", shared, nil, ByClient, "more processors",
			func(_ *Facts, w *Work) { w.Client = Busy{Ran: 0.27, Waited: 0.65} }, Uncertain},
		{"a client that has no time, asked for more", full, func(f *Facts) { f.Plan = plan(4000) }, ByClient, "97 %",
			func(f *Facts, _ *Work) { f.Plan = plan(9900) }, ByRate},
		{"a plan of which some waited in vain", with(flight(0.12), func(w *Work) {
			w.Rate, w.Failed, w.TimedOut = 415, 5850, 5850
		}), func(f *Facts) { f.Plan, f.Timeout = plan(9900), 5*time.Second }, ByTarget,
			"5850 of 9900 that were begun waited in vain, to --timeout (5 s): it, or something on the way to it,",
			func(_ *Facts, w *Work) { w.Failed, w.TimedOut = 99, 99 }, ByRate},
		{"a plan of which some failed at once", with(flight(0.12), func(w *Work) { w.Rate, w.Failed = 415, 5850 }),
			func(f *Facts) { f.Plan = plan(9900) }, Uncertain,
			"all 9900 planned starts took place, and 5850 of them failed",
			func(_ *Facts, w *Work) { w.Failed = 0 }, ByRate},
		{"a plan of which answers come later and later", with(flight(0.12), func(w *Work) { w.Rate = 415 }),
			func(f *Facts) { f.Plan = plan(9900); f.Plan.Behind = 1.41 }, ByTarget,
			"of 1000/s that were begun it answered 415/s, so that each second answers took 1.41 s more",
			func(f *Facts, _ *Work) { f.Plan.Behind = 0 }, ByRate},
		{"the same, with too few connections for it", with(flight(0.12), func(w *Work) { w.Rate = 415 }),
			func(f *Facts) { f.Plan = plan(9900); f.Plan.Behind, f.Plan.Waited = 1.41, 99 }, ByTarget, "1.41 s more",
			func(f *Facts, _ *Work) { f.Plan.Waited = 4000 }, Uncertain},
		{"a server that has no time", served, nil, ByServer, "the client's ran 31 %",
			func(_ *Facts, w *Work) { w.Server = Busy{} }, ByTarget},
		{"a server that had time, and looked for work in it", awake, nil, ByTarget, "120 ms in the median",
			func(_ *Facts, w *Work) { w.Server = Busy{Ran: 0.95, Spun: 0.02} }, ByServer},
		{"a client that has no time, and such a server", with(awake, func(w *Work) { w.Client = busy }), nil, ByClient,
			"a faster machine", func(_ *Facts, w *Work) { w.Server = Busy{Ran: 0.98} }, ByServer},
		{"answers that wait for each other", flight(0.12), nil, ByTarget, "120 ms in the median",
			func(_ *Facts, w *Work) { w.Longest.Quickest = 0.115 }, ByConcurrency},
		{"answers that wait for some others", flight(0.12), nil, ByTarget, "120 ms in the median",
			func(_ *Facts, w *Work) { w.Longest.NineTenths = 0.3 }, Uncertain},
		{"of which some are quick all the time", flight(0.12), nil, ByTarget, "nearly all answers wait",
			func(_ *Facts, w *Work) { w.Longest.Quick = 99 }, Uncertain},
		{"two that wait for each other", pair, nil, ByTarget, "1 ms the quickest",
			func(_ *Facts, w *Work) { w.Longest.Quickest = 0.0012 }, Uncertain},
		{"more than all in flight could make them wait", pair, nil, ByTarget, "2 in flight",
			func(_ *Facts, w *Work) { w.Longest.Quickest = 0.0003 }, Uncertain},
		{"two, of whose answers nothing is known", pair, nil, ByTarget, "2 in flight",
			func(_ *Facts, w *Work) { w.Longest.Times = Times{} }, Uncertain},
		{"too few answers for as many in flight", alone, func(f *Facts) { f.Succeeded, f.Requests = 119, 119 },
			Uncertain, "119 are too few to tell whether answers wait for each other: a longer run tells",
			func(f *Facts, _ *Work) { f.Succeeded = 120 }, ByConcurrency},
		{"one at a time", one, nil, Uncertain, "--concurrency 2",
			func(_ *Facts, w *Work) { w.Concurrency, w.Mean = 2, 0.002 }, ByConcurrency},
		{"an ACK that is delayed", nagle, nil, Uncertain, "990 were delayed for 1000 answers",
			func(_ *Facts, w *Work) { w.DelayedACKs = 10 }, ByTarget},
		{"answers that do not", alone, nil, ByConcurrency, "40 in flight, each for 40 ms, make 1000/s",
			func(_ *Facts, w *Work) { w.Rate = 300 }, Uncertain},
		{"answers of which a fifth wait for some others", alone, nil, ByConcurrency, "answers do not wait",
			func(_ *Facts, w *Work) { w.Longest.Quickest = 0.0325 }, Uncertain},
		{"answers of which a few are slow", alone, nil, ByConcurrency, "answers do not wait for each other",
			func(_ *Facts, w *Work) { w.Longest.Mean = 0.09 }, Uncertain},
		{"the same after a warm-up, which had the first", alone, nil, ByConcurrency, "38.5 ms the quickest",
			func(_ *Facts, w *Work) { w.Warmed = true }, Uncertain},
		{"closes that take long", with(alone, func(w *Work) { w.Longest.Name = Closes }), nil, ByConcurrency,
			"closes take the most of it", func(_ *Facts, w *Work) { w.Longest.Quickest = 0.03 }, Uncertain},
		{"an accept queue that is full", queue, nil, ByTarget, "accept queue on its host was full 77 times",
			func(_ *Facts, w *Work) { w.Overflows = 0 }, Uncertain},
		{"a link that delays", slow, nil, ByLink, "25 ms", func(_ *Facts, w *Work) { w.Delay = 0.015 }, ByConcurrency},
		{"a link that loses", lossy, nil, ByLink, "lost 250", func(_ *Facts, w *Work) { w.Lost = 20 }, Uncertain},
		{"a link that loses so much that half wait for it", with(lossy, func(w *Work) {
			w.Longest.Mean, w.Longest.Median, w.Lost = 1.3, 1.01, 9000
		}), nil, ByLink, "1.01 s in the median, 20 ms the quickest",
			func(_ *Facts, w *Work) { w.Lost = 900 }, Uncertain},
		{"a link that was cut", alone, func(f *Facts) { f.Cut = &Cut{AtSeconds: 4} }, ByLink, "cut at 4 s",
			func(f *Facts, _ *Work) { f.Cut.AtSeconds = 11 }, ByConcurrency},
		{"connections without an answer", unheard, nil, ByTarget, "98 % of the time",
			func(_ *Facts, w *Work) { w.InVain = 0.1 }, Uncertain},
		{"connections without an answer, and a full accept queue", with(unheard, func(w *Work) { w.Overflows = 31 }),
			nil,
			ByTarget, "did not answer; an accept queue on its host was full 31 times",
			func(_ *Facts, w *Work) { w.InVain = 0.1 }, Uncertain},
		{"connections whose segments the link lost", unheardOf, nil, ByLink, "lost 312 segments, and 98 %",
			func(_ *Facts, w *Work) { w.Lost = 0 }, ByTarget},
		{"connections that fail at once", refused, nil, Uncertain, "9300 connections failed",
			func(_ *Facts, w *Work) { w.Rate, w.Rested = 990, 0.01 }, ByConcurrency},
		{"a link that has no time", wired, nil, ByLink, "97 %", func(_ *Facts, w *Work) { w.Link = idle },
			ByConcurrency},
		{"a few connections", counted, func(f *Facts) { f.Attempted = 33 }, ByCount, "33, where 40",
			func(f *Facts, w *Work) { f.Attempted, w.Count = 400, 400 }, ByConcurrency},
		{"a client that was stopped", stopped, nil, Uncertain, "not run for 46 % of the time",
			func(_ *Facts, w *Work) { w.Stalled = 0.01 }, ByConcurrency},
		{"a client that has no time, and for which nothing waits", with(alone, func(w *Work) { w.Client = busy }), nil,
			Uncertain, "two are near their limit at once: 40 in flight, each for 40 ms, make 1000/s, and answers " +
				"hardly wait for each other", func(_ *Facts, w *Work) { w.Longest.Quickest = 0.02 }, ByClient},
		{"one with little time to spare", with(alone, func(w *Work) { w.Client = Busy{Ran: 0.8} }), nil, Uncertain,
			"two are near their limit", func(_ *Facts, w *Work) { w.Client.Ran = 0.7 }, ByConcurrency},
		{"the same, of a server", with(alone, func(w *Work) { w.Server = busy }), nil, Uncertain, "at once",
			func(_ *Facts, w *Work) { w.Longest.Quickest = 0.02 }, ByServer},
		{"one with few connections a thread", with(alone, func(w *Work) { w.Client, w.Threads = busy, 11 }), nil,
			ByClient, "97 %", func(_ *Facts, w *Work) { w.Threads = 10 }, Uncertain},
		{"threads that take turns on all processors", with(alone, func(w *Work) { w.CPUs, w.Idle = 2, 0.1 }), nil,
			Uncertain, "used 1.9 of 2 processors", func(_ *Facts, w *Work) { w.Idle = 0.3 }, ByConcurrency},
		{"a crowded machine", crowd, nil, Uncertain, "too few processors",
			func(_ *Facts, w *Work) { w.Server.Waited = 0.05 }, ByTarget},
		{"the search for a port", full, func(f *Facts) { f.Finding.Knee = knee }, ByPorts, "700 us",
			func(f *Facts, _ *Work) { f.Finding.Knee.Occupancy = new(0.0) }, ByClient},
		{"no port left", full, func(f *Facts) { f.Finding = ranOut("connect", "EADDRNOTAVAIL", 777, 2) }, ByPorts,
			"after 777 connections", func(f *Facts, _ *Work) { f.Finding = Finding{Outcome: Undecided} }, ByClient},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := facts(Finding{Outcome: Undecided}, settings(nil), 9900, 10)
			f.Requests = 1000
			if tt.facts != nil {
				tt.facts(&f)
			}
			got := Limits(f, tt.work)
			if got == nil || got.What != tt.want || !strings.Contains(got.Evidence, tt.evidence) {
				t.Fatalf("Limits() = %+v, want %s by %q", got, tt.want, tt.evidence)
			}
			if got.What.Text() == "" || !strings.Contains(got.Text(), got.Evidence) {
				t.Errorf("%q has no text", got.What)
			}
			w := tt.work
			tt.other(&f, &w)
			if got := Limits(f, w); got == nil || got.What != tt.then {
				t.Errorf("Limits(the other way) = %+v, want %s", got, tt.then)
			}
		})
	}
}

// Behind a proxy, that is what answers: it is named, and its own search for ports.
func TestWhatLimitsIsNamed(t *testing.T) {
	busy, idle := Busy{Ran: 0.93, Waited: 0.07}, Busy{Ran: 0.3}
	tests := []struct {
		name string
		work Work
		want string
	}{
		{"a server", Work{Client: idle, Server: busy}, "the server's processor: its busiest thread ran 93 % and " +
			"waited for a processor 7 % of the time, the client's ran 30 % of the time"},
		{"a client with no more connections than threads", Work{Client: Busy{Ran: 0.97}, Idle: 0.6, Server: idle,
			Threads: 2, Concurrency: 7}, "the client's processor, not the target: its busiest " +
			"thread ran 97 % of the time; more --threads and --concurrency, or a faster machine, would show what the " +
			"target can do"},
		{"a client whose threads are no setting", Work{Client: Busy{Ran: 0.97}, Idle: 0.6, Server: idle}, "the " +
			"client's processor, not the target: its busiest thread ran 97 % of the time; a faster machine would " +
			"show what the target can do"},
		{"a client before a server that spins", Work{Client: Busy{Ran: 0.97}, Idle: 0.6, Threads: 2, Concurrency: 8,
			Server: Busy{Ran: 0.41, Spun: 0.56}},
			"the client's processor, not the target: its busiest thread ran 97 % of the time; more --threads, or a " +
				"faster machine, would show what the target can do"},
		{"a server that spins a little", Work{Client: idle, Server: Busy{Ran: 0.95, Spun: 0.05}}, "the server's " +
			"processor: its busiest thread ran 95 % of the time (and 5 % more to look for work instead of sleeping), " +
			"the client's ran 30 % of the time"},
		{"a server before a client that has hardly more", Work{Client: Busy{Ran: 0.96}, Server: Busy{Ran: 0.97}},
			"the server's processor: its busiest thread ran 97 % of the time, the client's ran 96 % of the time, and " +
				"is next"},
		{"a proxy", Work{Client: idle, Server: busy, Proxy: &Ports{100, 28232}}, "the proxy's processor: its busiest " +
			"thread ran 93 % and waited for a processor 7 % of the time, the client's ran 30 % of the time"},
		{"a server that waits for a processor nearly as long as it runs", Work{Client: idle,
			Server: Busy{Ran: 0.51, Waited: 0.45}}, "the server's processor: its busiest thread ran 51 % and waited " +
			"for a processor 45 % of the time, the client's ran 30 % of the time; with more processors it would " +
			"do more"},
		{"a client of which one thread has no time", Work{Client: Busy{Ran: 0.97}, Server: idle, Threads: 4,
			Concurrency: 10, Together: 3.32}, "uncertain, because the busiest of the client's 4 threads ran 97 % " +
			"of the time, and all of them on average 83 %; a --concurrency that is a multiple of --threads gives " +
			"each as many connections"},
		{"the same, and each has as many connections", Work{Client: Busy{Ran: 0.97}, Server: idle, Threads: 4,
			Concurrency: 12, Together: 3.32}, "uncertain, because the busiest of the client's 4 threads ran 97 % " +
			"of the time, and all of them on average 83 %"},
		{"a client of which all have none", Work{Client: Busy{Ran: 0.97}, Server: idle, Threads: 4,
			Concurrency: 40, Together: 3.84}, "the client's processor, not the target: its busiest thread ran 97 % " +
			"of the time; a faster machine, or one with more processors and more --threads, would show what the " +
			"target can do"},
		{"a client that slept for a tenth of the time", Work{Client: Busy{Ran: 0.8, Waited: 0.11}, Server: idle},
			"uncertain, because 0 in flight, each for 0 s, make not measured/s, and how long each step of it took " +
				"was not measured; the client's thread ran 80 % and waited for a processor 11 % of the time, the " +
				"server's ran 30 % of the time"},
		{"a proxy past half of its ports", Work{Client: idle, Server: busy, Proxy: &Ports{17867, 28232}},
			"the proxy's processor: its busiest thread ran 93 % and waited for a processor 7 % of the time, the " +
				"client's ran 30 % of the time; 17867 of its 28232 ports were in use, and past half of them each " +
				"connect(2) searches all of that half"},
		{"a client before a proxy", Work{Client: busy, Server: busy, Proxy: &Ports{}}, "the client's processor, " +
			"not the target: its busiest thread ran 93 % and waited for a processor 7 % of the time; the proxy's, " +
			"which ran 93 % and waited for a processor 7 % of the time, is next"},
		{"a proxy on a crowded machine", Work{Client: idle, Server: Busy{Ran: 0.2, Waited: 0.3}, Proxy: &Ports{}},
			"uncertain, because this machine has too few processors for what runs on it: the client's thread ran " +
				"30 % of the time, the proxy's ran 20 % and waited for a processor 30 % of the time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Limits(facts(Finding{Outcome: Undecided}, settings(nil), 9900, 10), tt.work)
			if got.Text() != tt.want {
				t.Errorf("Limits().Text() = %q, want %q", got.Text(), tt.want)
			}
		})
	}
}

func TestNoLimitWhereThereIsNoRate(t *testing.T) {
	if got := Limits(holding(nil), Work{Concurrency: 200}); got != nil {
		t.Errorf("Limits(held) = %+v, want none", got)
	}
	if got := Limits(facts(Finding{Outcome: Undecided}, settings(nil), 0, 2), Work{}); got != nil {
		t.Errorf("Limits(nothing succeeded) = %+v, want none", got)
	}
}

// Of a program that is seen from outside only what shows from there is said.
func TestLimitsOfAProgram(t *testing.T) {
	busy, idle := Busy{Ran: 0.97}, Busy{Ran: 0.31}
	work := func(client, server Busy) Work { return Work{Outside: true, Client: client, Server: server, Idle: 1} }
	with := func(w Work, processors float64) Work { w.Processors = &processors; return w }
	knee := Knee{Found: true, AfterConnections: new(int64(14_000)), Occupancy: new(0.52), CPUBeforeUS: new(90.0),
		CPUAfterUS: new(900.0), RateAfter: new(1100.0)}
	tests := []struct {
		name     string
		work     Work
		facts    Facts
		want     What
		evidence string
	}{
		{"it has no time", work(busy, idle), Facts{}, ByClient, "97 % of the time; more threads or processes of"},
		{"the server has none", work(idle, busy), Facts{}, ByServer, "its busiest thread ran 97 %"},
		{"neither", work(idle, idle), Facts{}, Uncertain, "how many connections the program has in flight, and"},
		{"neither, and nobody measured", work(Busy{}, Busy{}), Facts{}, Uncertain, "client's thread was not measured"},
		{"a loop of short processes", with(work(idle, idle), 0.95), Facts{}, Uncertain,
			"(all that it started took 95 % of a processor together)"},
		{"one process", with(work(idle, idle), 0.3), Facts{}, Uncertain, "the server's ran 31 % of the time; how many"},
		{"a machine with too few processors", work(Busy{Ran: 0.3, Waited: 0.4}, idle), Facts{}, Uncertain,
			"too few processors"},
		{"ports that ran out", work(busy, idle), Facts{Finding: Finding{Outcome: Exhausted,
			AfterConnections: new(int64(1000))}}, ByPorts, "after 1000 connections there was none left"},
		{"the search for a port", work(busy, idle), Facts{Finding: Finding{Knee: knee}}, ByPorts,
			"each connection took 900 us of processor time to search for a free one, 99 % of the time"},
		{"a plan not its own", work(idle, idle), Facts{Plan: &Plan{Planned: 9, Started: 9}}, Uncertain, "flight"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.facts
			f.Succeeded, f.Seconds, f.Program = 1000, 10, &Program{}
			got := Limits(f, tt.work)
			if got == nil || got.What != tt.want || !strings.Contains(got.Evidence, tt.evidence) {
				t.Errorf("Limits = %+v, want %s with %q", got, tt.want, tt.evidence)
			}
		})
	}
	none := Facts{Program: &Program{}}
	if got := Limits(none, work(busy, idle)); got != nil {
		t.Errorf("Limits of a program without connections = %+v, want none", got)
	}
	none.Settings.NoPorts = true
	if got := Limits(none, work(busy, idle)); got == nil || got.What != ByClient {
		t.Errorf("Limits at a Unix socket = %+v, want the client's processor", got)
	}
}
