package cell

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/internal/wire"
	"tcpbench/judge/metric"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/workload"
)

// assemble makes the result of a measurement.
func assemble(s Spec, p *Place, env results.Environment, set capacity.Settings, m *workload.Measurement,
	kernel results.Kernel) *results.Run {
	rec := m.Recorder
	cost, untilExhausted := rec.ConnectCost()
	r := &results.Run{
		Schema:      results.Schema,
		Tool:        ToolVersion(),
		StartedAt:   m.StartedAt.UTC(),
		DurationS:   m.Duration.Seconds(),
		DrainS:      m.Drain.Seconds(),
		Interrupted: m.Canceled,
		Cell:        s.Labels,
		Repeat:      s.Repeat,
		Options:     s.Workload,
		Environment: env,
		Totals:      results.Totals{Counts: rec.Counts, Errors: rec.Outcomes.Errors(), Status: rec.Statuses.Map()},
		Prediction:  capacity.Predict(set),
		Latency:     results.Summarize(rec.Latencies),
		Keepalive:   keepalive(s.Workload, rec),
		Lateness:    lateness(s.Workload, rec),
		Stalls:      results.NewStalls(rec.Stalls),
		Rates:       rates(m),
		Kernel:      kernel,
		Intervals:   m.History.All(),
		ConnectCost: cost,
		CPU:         cpu(m),
		Threads:     threads(m),
	}
	if n := m.PortsAtStart; n != nil && *n > 0 {
		r.PortsAtStart = n
	}
	r.Totals.Unused = unused(r, rec)
	if s.Workload.BodySize > 0 {
		r.Totals.EarlyAnswers = &rec.Early
	}
	if len(s.Workload.Exchange) > 0 {
		r.Totals.SurplusBytes, r.Totals.Mismatch = &rec.Surplus, rec.Mismatch
	}
	r.Targets = p.Targets()
	r.Options.Source.Count, r.Options.Source.Addrs = 0, slices.Clone(p.Sources)
	judgeValidity(r)
	r.Exhaustion = finding(s.Workload.Warmup, m, cost[:untilExhausted], r.Samples())
	r.Exhaustion.Knee.InTurn = r.Exhaustion.Knee.Found && set.SearchesInTurn()
	p.program.find(r, m.StartedAt)
	too := p.firstElsewhere(r)
	f := facts(r, set, m)
	f.Other, f.NAT = p.otherHost(&f.Finding, kernel), p.natPorts.facts(r.Latency.Connect)
	r.Prediction = f.Predicted()
	if p.program != nil {
		f.Program, f.Timeout, f.Opener = programFact(r), 0, capacity.TypicalClient()
	}
	if m := rec.Mismatch; m != nil {
		f.Mismatch = "the " + m.Text()
	}
	f.HTTP = scenario.SpeaksHTTP(p.Scheme)
	f.Server, f.OneHost = nearCounters(kernel, p.Destinations)
	if r.TLS = handshakes(r, p.Scheme, rec.Handshakes, !f.OneHost && !set.Reset); r.TLS != nil {
		f.WhyTLS, f.EndedByRST = r.TLS.Failure, r.TLS.EndedByRST
	}
	r.Verdict = exhaustion.Judge(f)
	r.Warnings = append(append(warnings(r, m), too...), addLibrary(r, rec)...)
	return r
}

// rates are those over the time that is served; none where that is no time.
func rates(m *workload.Measurement) results.Rates {
	over := m.Served.Seconds()
	if over <= 0 {
		return results.Rates{}
	}
	return results.Rates{ConnectionsPerSecond: float64(m.Recorder.Succeeded) / over,
		RequestsPerSecond: float64(m.Recorder.Requests) / over, OverS: over}
}

// keepalive is what became of connections that carry many requests; nil where
// they carry one.
func keepalive(w scenario.Workload, rec *metrics.Recorder) *results.Keepalive {
	if e, _ := w.Engine.Engine(); w.Mode != scenario.ModeKeepalive || e.ReportsOnce {
		return nil
	}
	used := rec.Obtained - rec.Client.Unused
	k := &results.Keepalive{Keepalive: rec.Keepalive, Reconnects: max(used-int64(w.Concurrency), 0)}
	if used > 0 {
		k.RequestsPerConnection = float64(rec.Requests) / float64(used)
	}
	return k
}

// lateness is how well an open loop kept to its plan; nil in a closed one.
func lateness(w scenario.Workload, rec *metrics.Recorder) *results.Lateness {
	if w.Rate.IsZero() || rec.Lateness.Planned == 0 {
		return nil
	}
	us := func(h *metrics.Histogram, p float64) float64 { return float64(h.Percentile(p)) / 1e3 }
	l := rec.Lateness
	return &results.Lateness{
		P50US:               us(l.Late, 50),
		P99US:               us(l.Late, 99),
		MaxUS:               us(l.Late, 100),
		Planned:             l.Planned,
		Started:             l.Started,
		WaitedForConnection: l.Waited,
		BlockedByConnect:    l.Blocked,
		MissedByGenerator:   l.Missed,
		Behind:              l.FellBehind(),
		Late:                metrics.Summarize(l.Late),
		Own:                 metrics.Summarize(l.Own),
		OwnP99US:            us(l.Own, 99),
	}
}

// judgeValidity says which figures are the generator's own.
func judgeValidity(r *results.Run) {
	r.Validity = metric.Validity(r)
	if r.Lateness != nil {
		r.Lateness.Valid = !slices.ContainsFunc(r.Validity.Reasons,
			func(reason results.Reason) bool { return reason.What == results.GeneratorLate })
	}
}

func cpu(m *workload.Measurement) *results.CPU {
	c := &results.CPU{UserS: m.CPUUser.Seconds(), SystemS: m.CPUSystem.Seconds()}
	total := float64(m.CPUUser+m.CPUSystem) / float64(time.Microsecond)
	if n := m.Recorder.Succeeded; n > 0 {
		each := total / float64(n)
		c.PerConnectionUS = &each
	}
	if n := m.Recorder.Requests; n > 0 {
		each := total / float64(n)
		c.PerRequestUS = &each
	}
	return c
}

// finding is the measured part of the verdict, from the cost of connects until ports ran
// out: what they cost afterwards, for however long, does not hide what came before.
func finding(warmup time.Duration, m *workload.Measurement, cost []metrics.Point,
	samples []exhaustion.Sample) *exhaustion.Finding {
	f := &exhaustion.Finding{
		Outcome: exhaustion.Undecided,
		Knee:    exhaustion.FindKnee(cost).WithOccupancy(samples),
	}
	if m.Sustained {
		f.Outcome = exhaustion.Sustained
	}
	f.Evidence, f.Refused = m.Evidence, m.Refusal
	if ex := m.Exhausted; ex != nil {
		f.Host = "client"
		after := (ex.After - warmup).Seconds()
		f.Outcome, f.Exhausted = exhaustion.Exhausted, true
		f.Call, f.Errno = ex.Call.String(), metrics.ErrnoName(ex.Errno)
		f.AfterConnections, f.AfterSeconds = &ex.AfterConnections, &after
		if ex.RecoveredAfter != nil {
			recovered := ex.RecoveredAfter.Seconds()
			f.RecoveredAfterSeconds = &recovered
		}
	}
	return f
}

func facts(r *results.Run, set capacity.Settings, m *workload.Measurement) exhaustion.Facts {
	peak, known := m.History.PeakHeld()
	kept, keptKnown := m.History.PeakInUse()
	return exhaustion.Facts{
		Use:        use(r.Options.Mode),
		Requests:   r.Totals.Requests,
		BadAnswers: r.Totals.BadAnswers(),
		Status:     r.Totals.Status,
		Plan:       plan(r),
		ByTurns:    r.HeldByTurns(),
		Connected:  r.Connected(),
		Unused:     m.Recorder.Client.Unused,
		Cut:        linkCut(r),
		Proxied:    r.Environment.Proxy != "",
		Timeout:    r.Options.Timeout,
		AwaitsFIN:  r.Options.Close == scenario.CloseShutdown,
		AwaitsEnd:  r.Options.Closing().ServerFirst || r.Options.Closing().HalfClose,
		Finding:    *r.Exhaustion,
		Link:       hinders(r.Options.Link),
		Loses:      loses(r.Options.Link),
		Settings:   set,
		Prediction: r.Prediction,
		Opener:     r.Client(),
		Aimed:      r.Options.Until == scenario.UntilExhausted,
		Limit:      r.Options.TimeLimit(),
		Count:      r.Options.Count,

		Interrupted: r.Interrupted,

		Attempted: r.Totals.Used(),
		Succeeded: r.Totals.Succeeded,
		Seconds:   seconds(r),
		Before:    m.HeldBefore,
		Warm:      warm(m),
		PeakHeld:  peak,
		PeakKnown: known,
		Kept:      kept,
		KeptKnown: keptKnown,
		Halved:    halved(r.Intervals),
		Steady:    m.Steady.Seconds(),
		Errors:    r.Totals.Errors,
		Client:    r.Kernel.Client,
	}
}

// halved is the most connections in FIN_WAIT_2 when an interval ended; 0 where they were not
// counted.
func halved(intervals []metrics.Interval) int {
	most := 0
	for _, iv := range intervals {
		if iv.FinWait2 != nil {
			most = max(most, *iv.FinWait2)
		}
	}
	return most
}

// warm counts the ports that a warm-up left in use.
func warm(m *workload.Measurement) int {
	if m.PortsAtStart == nil {
		return 0
	}
	return max(*m.PortsAtStart-m.HeldBefore, 0)
}

// seconds is how long what is reported took: what connections that are held were
// held for, and else what rates are over.
func seconds(r *results.Run) float64 {
	if r.Options.Mode == scenario.ModeIdle {
		return r.DurationS
	}
	return r.ServedS()
}

// loses reports whether a link's rules lose segments.
func loses(l scenario.Link) bool {
	return slices.ContainsFunc(l.Rules, func(r wire.Rule) bool { return r.Action == wire.Drop })
}

// hinders are the rules of a link that loses segments or holds them up; "" for
// one that does not.
func hinders(l scenario.Link) string {
	for _, rule := range l.Rules {
		if rule.Action == wire.Drop || rule.Action == wire.Delay || rule.Action == wire.Hold {
			return l.Rules.String()
		}
	}
	return ""
}

// nearCounters are those of the host that the client's connections went to, and
// whether that is the client's own, over loopback.
func nearCounters(k results.Kernel, to []netip.AddrPort) (counters map[string]int64, oneHost bool) {
	elsewhere := func(a netip.AddrPort) bool { return !a.Addr().Unmap().IsLoopback() }
	switch {
	case k.Proxy != nil:
		return k.Proxy, false
	case k.Server == nil && !slices.ContainsFunc(to, elsewhere):
		return k.Client, true
	default:
		return k.Server, false
	}
}

// use is what connections are for.
func use(m scenario.Mode) exhaustion.Use {
	switch m {
	case scenario.ModeKeepalive:
		return exhaustion.ManyRequests
	case scenario.ModeIdle:
		return exhaustion.Held
	default:
		return exhaustion.OneRequest
	}
}

// plan is what an open loop was to start; nil in a closed one.
func plan(r *results.Run) *exhaustion.Plan {
	l := r.Lateness
	if l == nil {
		return nil
	}
	o := r.Options
	return &exhaustion.Plan{From: o.Rate.From, To: o.Rate.To, Random: o.Arrival == scenario.ArrivalPoisson,
		Planned: l.Planned, Started: l.Started, Waited: l.WaitedForConnection, Behind: l.Behind}
}

// linkCut is what became of connections whose link was cut; nil where it was not.
func linkCut(r *results.Run) *exhaustion.Cut {
	if _, ok := r.CutAtS(); !ok {
		return nil
	}
	c := &exhaustion.Cut{AtSeconds: r.Options.CutLink.Seconds()}
	if d := r.Latency.Dead; d != nil {
		c.Dead, c.HalfSeconds, c.LastSeconds = d.Count, d.P50US/1e6, d.MaxUS/1e6
	}
	return c
}

// warnings are what a reader of the figures must know.
func warnings(r *results.Run, m *workload.Measurement) []results.Warning {
	out := []results.Warning{}
	warn := func(code, format string, args ...any) {
		out = append(out, results.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if m.Canceled {
		warn("interrupted", "the run was interrupted after %s; its figures cover what was measured until then",
			figure.Seconds(r.DurationS))
	}
	if m.HeldBefore > 0 && r.Prediction.Exhausts() {
		warn("stale-ports", "%d local ports towards the target were held before the first connection, so fewer "+
			"were left; a lab gives a clean start%s", m.HeldBefore, waitFor(r.Prediction))
	}
	for _, l := range r.Verdict.OtherLimits {
		warn("limit", "%s, %s: %s", l.Name, figure.Plural(l.Count, "time"), l.Text)
	}
	if n := r.Totals.BadAnswers(); n > 0 {
		warn("bad-answers", "%d of %d answers were errors (HTTP status 400 and above): "+
			"what a target refuses may cost it "+
			"less than what it serves; `errors` of --slo and of a gate counts them", n, r.Totals.Requests)
	}
	if w := r.Options; w.Mode == scenario.ModeIdle && m.Exhausted == nil && !m.Canceled &&
		m.Recorder.Obtained < int64(w.Concurrency) {
		warn("not-opened", "%d of %d connections were begun before the end; give --duration more time, or offer fewer",
			m.Recorder.Obtained, w.Concurrency)
	}
	if l := r.Lateness; l != nil {
		out = append(out, late(l, r.Options, r.Knee() != nil)...)
	}
	out = append(out, ownDoing(r)...)
	if shared := sharedSearch(r); shared != nil {
		out = append(out, *shared)
	}
	out = append(out, results.MergedWarnings(r.Intervals)...)
	for _, err := range m.SampleErrors {
		warn("not-sampled", "%v", err)
	}
	return out
}

// waitFor is until when ports are free again that closed connections hold.
func waitFor(p capacity.Prediction) string {
	if p.HoldSeconds == 0 {
		return ""
	}
	return fmt.Sprintf(", and so does a wait of %s where they are of closed connections", figure.Seconds(p.HoldSeconds))
}

// fewStarts is the share of planned starts that may fall behind before a
// reader is told.
const fewStarts = 0.01

// late says what kept an open loop from its plan; knee tells that the search for a port
// became long.
func late(l *results.Lateness, w scenario.Workload, knee bool) []results.Warning {
	var out []results.Warning
	warn := func(code, format string, args ...any) {
		out = append(out, results.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	share := func(n int64) float64 { return float64(n) / float64(max(l.Planned, 1)) }
	if share(l.WaitedForConnection) > fewStarts {
		warn("concurrency", "%s of starts found all %d connections in use and waited for one, which the response "+
			"time includes and the request time does not",
			figure.Percent(100*share(l.WaitedForConnection)), w.Concurrency)
	}
	if share(l.BlockedByConnect) > fewStarts {
		why := "; no knee tells that it was the search for a free port"
		if knee {
			why = ", as in the search for a free port; the knee shows since when"
		}
		warn("slow-connect", "%s of starts were held up by a slow connect(2) before them%s",
			figure.Percent(100*share(l.BlockedByConnect)), why)
	}
	if missing := l.Planned - l.Started; share(missing) > fewStarts {
		warn("not-started", "%d of %d planned starts did not take place before the end", missing, l.Planned)
	}
	return out
}
