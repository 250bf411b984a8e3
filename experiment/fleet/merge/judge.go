package merge

import (
	"fmt"
	"maps"
	"slices"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// judge fills in what all found together.
func (m *Merger) judge(r *results.Run) {
	f := exhaustion.Fleet{Missing: m.missing, Whole: whole(r, m.offered),
		GoesOn:   r.Options.OnExhausted != scenario.OnExhaustedStop,
		InFlight: r.Options.Concurrency, InFlightSeen: seenInFlight(r)}
	var laws []capacity.Prediction
	counted := map[string]bool{} // hosts, whose agents have one law
	for i := range r.Agents {
		a := &r.Agents[i]
		one := exhaustion.FleetAgent{Name: a.Name, Finding: a.Exhaustion, StartedLate: startedLate(*a),
			Prediction: a.Prediction, Limit: a.Limit, Errors: m.errors[a.Name], Late: a.Late,
			Own: (&results.Run{Validity: a.Validity}).Doubt(), SharesPorts: a.SharesPortsWith != ""}
		if a.Lost != nil {
			one.Lost, one.LostAt = a.Lost.Why, a.Lost.AtS
		}
		if a.Prediction != nil && !counted[a.Host()] {
			counted[a.Host()] = true
			laws = append(laws, *a.Prediction)
		}
		f.Agents = append(f.Agents, one)
	}
	f.Hosts, f.NAT = capacity.Together(laws), m.natLaw(laws)
	r.Exhaustion, r.Limit, r.Prediction = f.Finding(), f.Limit(), f.Prediction()
	f.Whole.Prediction = r.Prediction
	if r.Exhaustion != nil {
		f.Whole.Finding = *r.Exhaustion
	}
	r.Verdict = exhaustion.JudgeFleet(f)
	r.Verdict.OtherLimits = m.told.otherLimits()
}

// natLaw is the law of the NAT that all agents are behind, towards as many destinations as the
// agents' laws have; nil without one, and where no law is known.
func (m *Merger) natLaw(laws []capacity.Prediction) *capacity.Prediction {
	if m.nat == nil || len(laws) == 0 {
		return nil
	}
	nat := *m.nat
	for _, law := range laws {
		nat.Destinations = max(nat.Destinations, law.Destinations)
	}
	return new(capacity.PredictNAT(nat))
}

// seenInFlight is the most connections in flight when an interval of an open loop ended; nil of
// a closed loop, and where there is no interval.
func seenInFlight(r *results.Run) *int {
	if r.Options.Rate.IsZero() {
		return nil
	}
	var most *int
	for i := range r.Intervals {
		most = outer(most, r.Intervals[i].Highest().InFlight, 1)
	}
	return most
}

// whole are the facts of all agents together, with the settings of none. Offered is the rate of
// those of which there is a result.
func whole(r *results.Run, offered scenario.Rate) exhaustion.Facts {
	f := exhaustion.Facts{
		Use: uses()[r.Options.Mode], HTTP: speaksHTTP(r.Targets), Timeout: r.Options.Timeout,
		ByTurns: r.HeldByTurns(), Aimed: r.Options.Until == scenario.UntilExhausted,
		Limit: r.Options.TimeLimit(), Count: r.Options.Count, Interrupted: r.Interrupted,
		Attempted: r.Totals.Used(), Succeeded: r.Totals.Succeeded, Unused: value(r.Totals.Unused),
		Connected: r.Totals.Succeeded, Requests: r.Totals.Requests, BadAnswers: r.Totals.BadAnswers(),
		Status: r.Totals.Status, Seconds: r.ServedS(), Errors: r.Totals.Errors, Client: r.Kernel.Client,
	}
	if c := r.Latency.Connect; c != nil {
		f.Connected = max(c.Count-f.Unused, f.Succeeded)
	}
	if r.Options.Mode == scenario.ModeIdle {
		f.Seconds = r.DurationS
	}
	if l := r.Lateness; l != nil {
		f.Plan = &exhaustion.Plan{From: offered.From, To: offered.To,
			Random: r.Options.Arrival == scenario.ArrivalPoisson, Planned: l.Planned, Started: l.Started,
			Waited: l.WaitedForConnection, Behind: l.Behind}
	}
	if m := r.Totals.Mismatch; m != nil {
		f.Mismatch = "the " + m.Text()
	}
	if r.TLS != nil {
		f.WhyTLS, f.EndedByRST = r.TLS.Failure, r.TLS.EndedByRST
	}
	return f
}

// uses are what connections are for, by the mode.
func uses() map[scenario.Mode]exhaustion.Use {
	return map[scenario.Mode]exhaustion.Use{scenario.ModeShort: exhaustion.OneRequest,
		scenario.ModeKeepalive: exhaustion.ManyRequests, scenario.ModeIdle: exhaustion.Held}
}

// speaksHTTP reports whether the targets, which have one scheme, are HTTP's.
func speaksHTTP(targets []string) bool {
	for _, text := range targets {
		t, err := scenario.ParseTarget(text)
		return err == nil && scenario.SpeaksHTTP(t.Scheme)
	}
	return false
}

// said is what agents warned of, and the limits that they met.
type said struct {
	codes  []string
	who    map[string][]string
	text   map[string]string // of the first agent that has it
	others map[string]bool   // another agent says it in other words
	limits map[string]exhaustion.Limit
}

// add takes in what an agent's result says. That its intervals were merged is said of the
// whole.
func (s *said) add(name string, r *results.Run) {
	if s.who == nil {
		s.who, s.text, s.others = map[string][]string{}, map[string]string{}, map[string]bool{}
		s.limits = map[string]exhaustion.Limit{}
	}
	told := map[string]bool{}
	for _, w := range r.Warnings {
		if w.Code == "intervals-merged" || told[w.Code] {
			continue
		}
		told[w.Code] = true
		if len(s.who[w.Code]) == 0 {
			s.codes, s.text[w.Code] = append(s.codes, w.Code), w.Text
		}
		s.who[w.Code] = append(s.who[w.Code], name)
		s.others[w.Code] = s.others[w.Code] || w.Text != s.text[w.Code]
	}
	for _, l := range r.Verdict.OtherLimits {
		l.Count += s.limits[l.Name].Count
		s.limits[l.Name] = l
	}
}

func (s *said) otherLimits() []exhaustion.Limit {
	var out []exhaustion.Limit
	for _, name := range slices.Sorted(maps.Keys(s.limits)) {
		out = append(out, s.limits[name])
	}
	return out
}

// warnings are what a reader of the figures must know: of the fleet, and then what agents
// warned of, each once.
func (m *Merger) warnings(r *results.Run) []results.Warning {
	out := []results.Warning{}
	warn := func(code, format string, args ...any) {
		out = append(out, results.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	var lost, journals, late, shared []string
	for _, a := range r.Agents {
		if a.SharesPortsWith != "" {
			shared = append(shared, a.Name)
		}
		switch {
		case a.Lost != nil && a.Totals == nil:
			lost = append(lost, a.Name)
		case a.Lost != nil:
			journals = append(journals, a.Name)
		}
		if a.Late {
			late = append(late, a.Name)
		}
	}
	if len(lost) > 0 {
		warn("agents-lost", "nothing of what %s did is in the figures: agents[] says what became of them",
			exhaustion.Names(lost))
	}
	if len(journals) > 0 {
		warn("agents-cut-off", "of %s the figures have what was done until they were lost; where no result was left, "+
			"latencies over the whole run, processor time and what ran out are those of the others",
			exhaustion.Names(journals))
	}
	if len(late) > 0 {
		warn("agents-late", "%s began at another time than the others: their parts of intervals, which name them, are "+
			"not of the time that they are shown at; sums and latencies over the whole run are not touched by that",
			exhaustion.Names(late))
	}
	if len(shared) > 0 {
		warn("agents-share-ports", "%s shared the ports and the kernel's counters of one host with another agent, "+
			"which the law, the counters and the processors of all have once; their ports in use over time are not "+
			"known", exhaustion.Names(shared))
	}
	if d := m.time.apart(); d > 0 {
		warn("agents-ended-apart", "the first agent ended %s before the last, and rates are those of all over the "+
			"whole "+
			"time; intervals show the rate while all were at work", figure.Seconds(d))
	}
	if w := m.common.warning(); w != nil {
		out = append(out, *w)
	}
	for _, code := range m.told.codes {
		warn(code, "on %s: %s", whoOf(m.told.who[code], m.told.others[code]), m.told.text[code])
	}
	return append(out, results.MergedWarnings(r.Intervals)...)
}

// whoOf says which agents warned, the first of which in its own words; others tells that not
// all of them have the same.
func whoOf(names []string, others bool) string {
	switch more := len(names) - 1; {
	case more == 0:
		return names[0]
	case others:
		return fmt.Sprintf("%s, and with figures of their own on %d more", names[0], more)
	default:
		return fmt.Sprintf("%s and %d more", names[0], more)
	}
}
