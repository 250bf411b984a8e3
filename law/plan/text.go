package plan

import (
	"fmt"
	"io"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/law/capacity"
)

// WriteText writes p for people; from says where its settings are from, and
// width is where lines are to end, in columns.
func WriteText(w io.Writer, p Plan, from string, width int) error {
	t := printer{prose.NewPrinter(w, width)}
	t.Labelled("Settings    ", from)
	t.law(p)
	t.knee(p)
	t.client(p)
	t.rate(p)
	t.nat(p.NAT)
	t.target(p)
	return t.Err()
}

// printer knows what to write of what.
type printer struct{ *prose.Printer }

func (t printer) law(p Plan) {
	law := p.Prediction
	t.Labelled("Ports       ", fmt.Sprintf("%s (%s)", law.Terms(), law.Reason))
	switch {
	case law.NoPort():
		t.Labelled("Sustains    ", "nothing: no connection finds a port")
	case !law.Exhausts() && p.Knee != nil:
		t.Labelled("Sustains    ", "any rate: ports never run out, but the search for one limits it")
	case !law.Exhausts():
		t.Labelled("Sustains    ", "any rate: ports are no limit")
	case law.SustainableCPS == 0:
		t.Labelled("Sustains    ", "any rate with few connections in flight: ports run out "+law.WhenOpen())
	case law.SafeCPS == 0:
		t.Labelled("Sustains    ", fmt.Sprintf("no rate for sure, as connections in flight may hold all ports, and "+
			"never more than %s/s (for each source and destination %s/s); faster ones run out after %s",
			figure.Limit(law.SustainableCPS), figure.Limit(p.PairCPS), law.Until()))
	default:
		said := fmt.Sprintf("%s connections/s for ever, and never more than %s/s (for each source "+
			"and destination %s/s and %s/s); faster ones run out after %s; between the two it is %s",
			figure.Limit(law.SafeCPS), figure.Limit(law.SustainableCPS), figure.Limit(p.PairSafeCPS),
			figure.Limit(p.PairCPS), law.Until(), law.Doubt())
		said += fmt.Sprintf("; of starts that come at random, as those of users, %s/s are safe",
			figure.Limit(p.RandomSafeCPS))
		if law.SafeCPS > capacity.DocumentedCPS {
			said = fmt.Sprintf("what clients are known to open, up to %s/s on a core: the ports last for %s",
				figure.Limit(capacity.DocumentedCPS), said)
		}
		t.Labelled("Sustains    ", said)
	}
}

func (t printer) knee(p Plan) {
	if p.Knee == nil {
		return
	}
	from := "documented, not measured here"
	if p.KneeMeasured {
		from = "measured"
	}
	t.Labelled("Knee        ", fmt.Sprintf("above %s/s, when half of the ports may be held, "+
		"one %s costs up to %s, searching (%s): that leaves %s on a core",
		figure.Limit(p.Knee.CPS), p.Knee.Call(), p.Knee.Costs(), from, p.Knee.Leaves()))
}

func (t printer) rate(p Plan) {
	at := p.Rate
	if at == nil {
		return
	}
	said := "ports never run out" + p.ifEven(at.CPS)
	switch law := p.Prediction; {
	case law.NoPort():
		said = "the first connection fails"
	case at.Uncertain && law.SustainableCPS == 0:
		said = "ports may run out: they do " + law.WhenOpen()
	case at.Uncertain:
		said = fmt.Sprintf("ports may run out, after %s at the earliest: %s", figure.Seconds(at.ExhaustedAfterS),
			law.Doubt())
	case at.ExhaustedAfterS > 0:
		said = fmt.Sprintf("ports run out after %s (%s connections)", figure.Seconds(at.ExhaustedAfterS), law.Until())
	}
	if at.Cores > 0 {
		said += fmt.Sprintf("; %s becomes expensive after %s and then takes up to %s", p.Knee.Call(),
			figure.Seconds(at.KneeAfterS), cores(at.CoresLeast, at.Cores))
	}
	if at.CPS > p.ClientCPS {
		said += "; " + tooFast(p)
	}
	t.Labelled("At the rate ", fmt.Sprintf("of %s/s %s", figure.Exact(at.CPS), said))
}

// ifEven says that a rate which lasts does so of starts that come evenly, where it is too
// much of those that come at random.
func (p Plan) ifEven(rate float64) string {
	if p.Prediction.SafeCPS == 0 || p.Prediction.HoldSecondsMax == 0 || rate <= p.RandomSafeCPS {
		return ""
	}
	return fmt.Sprintf(" if starts come evenly (at random %s/s are safe)", figure.Limit(p.RandomSafeCPS))
}

// client says how fast connections can be opened, ports apart.
func (t printer) client(p Plan) {
	switch {
	case p.ClientCPS == 0:
	case p.ClientMeasured:
		t.Labelled("Client      ", fmt.Sprintf("opens up to %s connections/s (measured)", figure.Limit(p.ClientCPS)))
	default:
		t.Labelled("Client      ", fmt.Sprintf("its speed is not known; documented are up to %s connections/s on a "+
			"core, so up to %s/s here", figure.Limit(capacity.DocumentedCPS), figure.Limit(p.ClientCPS)))
	}
}

// tooFast says that no client is known to open so many.
func tooFast(p Plan) string {
	if p.ClientMeasured {
		return fmt.Sprintf("more than the client opens, %s/s (measured)", figure.Limit(p.ClientCPS))
	}
	return fmt.Sprintf("more than clients are known to open on these processors, %s/s", figure.Limit(p.ClientCPS))
}

func (t printer) target(p Plan) {
	switch {
	case p.Target == nil:
		return
	case p.Target.Reached:
		said := fmt.Sprintf("%s/s: these settings hold it%s", figure.Exact(p.Target.CPS), p.ifEven(p.Target.CPS))
		if n := p.NAT; n != nil && n.EachCPS == 0 {
			said += ", if the NAT does, of which no rate is known"
		}
		t.Labelled("Target      ", said)
		return
	case p.Target.NATStops && len(p.Target.Options) > 0:
		t.Line("")
		t.Labelled("Target      ", fmt.Sprintf("%s/s: %s", figure.Exact(p.Target.CPS), t.beyondNAT(p)))
	case p.Target.Uncertain:
		said := fmt.Sprintf("%s/s: %s", figure.Exact(p.Target.CPS), p.Prediction.Doubt())
		if p.Prediction.SustainableCPS > 0 {
			said += fmt.Sprintf("; %s/s is safe", figure.Limit(p.Prediction.SafeCPS))
		}
		t.Line("")
		t.Labelled("Target      ", said)
	case p.Target.PortsLast && p.Target.CPS <= p.ClientCPS && p.Target.Cores > 0:
		t.Line("")
		t.Labelled("Target      ", fmt.Sprintf("%s/s: ports never run out, but past the knee (%s/s) their search "+
			"takes up to %s", figure.Exact(p.Target.CPS), figure.Limit(p.Knee.CPS),
			cores(p.Target.CoresLeast, p.Target.Cores)))
	}
	if len(p.Target.Options) == 0 {
		t.noWay(p)
		return
	}
	t.Line("\nWays to %s/s, cheapest first:", figure.Exact(p.Target.CPS))
	for i, o := range p.Target.Options {
		t.option(i+1, o)
	}
	t.tooDear(p.Target.TooDear)
}

// noWay says why there is none.
func (t printer) noWay(p Plan) {
	why := "open fewer connections at a time, or use more hosts"
	switch {
	case p.Prediction.NoPort():
		why = "every port that there could be is reserved (net.ipv4.ip_local_reserved_ports) or has a listener; " +
			"free some"
	case p.Target.CPS > p.ClientCPS:
		why = tooFast(p) + "; use more threads, or more hosts"
	case p.Target.NATStops:
		why = t.beyondNAT(p)
	}
	t.Line("")
	t.Labelled("Target      ", fmt.Sprintf("%s/s: no way to it is known: %s", figure.Exact(p.Target.CPS), why))
	t.tooDear(p.Target.TooDear)
}

// tooDear are those for which the client has not the time to search.
func (t printer) tooDear(options []Option) {
	if len(options) > 0 {
		t.Line("\nPorts enough, but the search for a free one may take more of a processor than the client has:")
	}
	for _, o := range options {
		var do []string
		for _, c := range o.Changes {
			do = append(do, c.Do)
		}
		t.Labelled("  - ", strings.Join(do, ", and "))
		t.Labelled("      gives: ", gives(o))
	}
}

func (t printer) option(n int, o Option) {
	for i, c := range o.Changes {
		label := "    and "
		if i == 0 {
			label = fmt.Sprintf("%2d. ", n)
		}
		t.Labelled(label, c.Do)
	}
	t.Labelled("      gives: ", gives(o))
	var prices, risks []string
	for _, c := range o.Changes {
		prices, risks = append(prices, c.Price), append(risks, c.Risk)
	}
	t.Labelled("      price: ", strings.Join(prices, "; "))
	t.Labelled("      risk:  ", strings.Join(risks, "; "))
}

// gives is what an option gives, and what its search costs at the target.
func gives(o Option) string {
	s := o.Gives()
	if n := float64(o.RequestsPerConnection); n > 0 {
		s = fmt.Sprintf("%s requests/s on %s connections/s", figure.Limit(o.GivesCPS), figure.Limit(o.GivesCPS/n))
		if past := o.Past(); past != "" {
			s += "; " + past
		}
	}
	switch {
	case o.Knee == nil:
		return s
	case o.Cores == 0:
		return s + "; the target is below it"
	default:
		return s + ": the target takes up to " + cores(o.CoresLeast, o.Cores)
	}
}

// cores says how much of them a search takes, and what a client has.
func cores(least, most float64) string {
	said := capacity.Cores(least, most)
	switch {
	case most <= 1:
		return said
	case least <= 1:
		return said + ", and a client of one thread has one"
	default:
		return said + ", more than a client of one thread has"
	}
}
