package doctor

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/law/capacity"
	"tcpbench/law/headroom"
)

// WriteText writes r for people, with lines that end at width, and what
// matters most last, where a terminal shows it.
func WriteText(w io.Writer, r Report, width int) error {
	p := printer{prose.NewPrinter(w, width)}
	p.settings(r)
	p.state(r)
	p.unread(r.Unread)
	if r.Subject == nil { // nor has a container the host's files
		p.inVain(r)
	}
	p.headroom(r.Headroom)
	p.limits(r)
	p.remedies(r)
	p.verdict(r)
	return p.Err()
}

// printer knows what to write of what.
type printer struct{ *prose.Printer }

// settings writes each as a line of a sysctl.conf, and beside it what it
// means.
func (p printer) settings(r Report) {
	p.Line("%s", r.Kernel)
	if s := r.Subject; s != nil {
		p.Labelled("Of           ", s.Sentence())
	}
	p.Line("")
	p.Line("Settings, and what they mean here")
	for _, s := range r.Settings {
		label := fmt.Sprintf("  %-46s ", strings.TrimSpace(s.Name+" = "+s.Value))
		if len(label) > 49 {
			p.Line("%s", label)
			label = strings.Repeat(" ", 49)
		}
		p.Labelled(label, s.Means)
	}
	p.Line("")
}

func (p printer) state(r Report) {
	switch f := r.Files; {
	case f == nil:
	case r.Subject != nil:
		p.Line("Open files   %s of the process, at most %s (prlimit --pid %d)",
			unlimited(f.Soft), unlimited(f.Hard), r.Subject.PID)
	default:
		p.Line("Open files   %s each process (ulimit -n), at most %s (ulimit -Hn)",
			unlimited(f.Soft), unlimited(f.Hard))
	}
	switch c := r.Conntrack; {
	case c == nil:
		p.Line("Conntrack    not loaded: no limit by it")
	case !c.tracks(r.Headroom.InUse):
		p.Line("Conntrack    0 of %d: no firewall rule of this network namespace asks for it", c.Max)
	default:
		p.Line("Conntrack    %d of %d tracked", c.Count, c.Max)
	}
	p.nat(r.SourceNATs)
	p.Line("Listeners    %d%s", r.Listeners, queueText(r.Queues))
	for _, name := range slices.Sorted(maps.Keys(r.Overflows)) {
		p.Line("Dropped      %s %d since this network namespace was made", name, r.Overflows[name])
	}
	p.Line("")
}

// nat says whether this host gives the connections of others its own ports.
func (p printer) nat(rules *int) {
	switch {
	case rules == nil:
		p.Labelled("NAT          ",
			"not known whether this host masquerades: to list the rules of nf_tables takes root")
	case *rules == 0:
		p.Line("NAT          none: no rule of nf_tables gives forwarded connections another source")
	default:
		p.Labelled("NAT          ", fmt.Sprintf("this host masquerades (%s of nf_tables): connections that it "+
			"forwards take a port of the rule for each destination, and nf_conntrack's entries; where none is left "+
			"their SYNs are dropped, and clients see silence (insert_failed in /proc/net/stat/nf_conntrack; "+
			"tcpbench run --nat)",
			figure.Plural(*rules, "rule")))
	}
}

func unlimited(n uint64) string {
	if n == 0 {
		return "unlimited"
	}
	return fmt.Sprint(n)
}

func queueText(queues []Queue) string {
	if len(queues) == 0 {
		return ", no accept queue is a tenth full"
	}
	var parts []string
	for _, q := range queues[:min(len(queues), 5)] {
		parts = append(parts, fmt.Sprintf("%s has %d of %d waiting for accept(2)", q.Addr, q.Waiting, q.Backlog))
	}
	return ": " + strings.Join(parts, ", ")
}

// unread says what the report lacks.
func (p printer) unread(all []string) {
	for _, u := range all {
		p.Labelled("Not read     ", u)
	}
	if len(all) > 0 {
		p.Line("")
	}
}

func (p printer) inVain(r Report) {
	if len(r.InVain) == 0 {
		p.Line("Set without effect: nothing in /etc/sysctl.conf and /etc/sysctl.d")
		p.Line("")
		return
	}
	p.Line("Set without effect")
	for _, v := range r.InVain {
		p.Labelled("  ", fmt.Sprintf("%s:%d: %s = %s: %s", v.File, v.Line, v.Name, v.Value, v.Why))
	}
	p.Line("")
}

func (p printer) headroom(v headroom.View) {
	if len(v.Pairs) == 0 {
		p.Line("Ports in use: none of %s", v.Ports())
		p.Line("")
		return
	}
	p.Line("Ports in use, of %s for each source and destination", v.Ports())
	p.Table("  ", v.Table().Without(headroom.Held))
	p.Line("")
}

func (p printer) limits(r Report) {
	at := "at " + figure.Exact(r.Rate) + "/s"
	t := prose.Table{Head: prose.Words("limit", "value", "in use", "holds for", "sustains", at)}
	for _, l := range r.Limits {
		t.Add(l.Name, l.Value, inUse(l), holdText(l), sustains(l), reachedText(l))
	}
	if r.Rate == 0 {
		t = t.Without(at)
	}
	p.Line("Limits, the one reached first on top")
	p.Table("  ", t.Right())
	p.Line("")
}

func inUse(l Limit) string {
	if l.InUse == nil {
		return "-"
	}
	return strconv.FormatInt(*l.InUse, 10)
}

func holdText(l Limit) string {
	if l.HoldSeconds == 0 {
		return "while open"
	}
	return figure.Span(l.HoldSeconds)
}

func sustains(l Limit) string {
	if l.HoldSeconds == 0 {
		return "any rate"
	}
	return capacity.Prediction{SafeCPS: l.SafeCPS, SustainableCPS: l.SustainableCPS}.Rates() + "/s"
}

func reachedText(l Limit) string {
	switch {
	case l.ReachedSeconds == nil:
		return "never reached"
	case l.Uncertain:
		return "uncertain, not before " + figure.Span(*l.ReachedSeconds)
	default:
		return "after " + figure.Span(*l.ReachedSeconds)
	}
}

func (p printer) remedies(r Report) {
	for _, l := range r.Limits {
		if len(l.Remedies) == 0 || r.Rate > 0 && l.ReachedSeconds == nil || r.Rate == 0 && l.Name != "local ports" {
			continue
		}
		p.Labelled("Against the limit of "+l.Name+": ", "cheapest first, each with its price")
		for _, remedy := range l.Remedies {
			p.Labelled("  - ", remedy.Change)
			if remedy.GivesCPS > 0 {
				p.Labelled("    gives: ", remedy.Gives()+enough(remedy, r.Rate))
			}
			p.Labelled("    price: ", remedy.Price)
			if remedy.Risk != "" {
				p.Labelled("    risk:  ", remedy.Risk)
			}
			for _, line := range remedy.Sysctls {
				if r.Subject != nil {
					p.Labelled("    ", r.Subject.Where(line))
					continue
				}
				p.Line("    sysctl.conf: %s", line)
			}
		}
		p.Line("")
	}
}

// enough holds what a remedy gives against the rate that was asked for.
func enough(r capacity.Remedy, asked float64) string {
	switch {
	case asked == 0:
		return ""
	case r.GivesCPS >= asked:
		return ": enough"
	default:
		return ": not enough alone"
	}
}

// verdict is the answer in a sentence, and what it costs.
func (p printer) verdict(r Report) {
	first := r.First()
	var said string
	switch {
	case first == nil && r.Rate > 0:
		said = fmt.Sprintf("%s connections/s %s reach none of these limits%s.", figure.Exact(r.Rate), r.towards,
			butFor(r)) + ifEven(r)
	case first == nil:
		said = fmt.Sprintf("No rate of connections %s reaches one of these limits%s; "+
			"how many are open at a time does.", r.towards, butFor(r))
	case r.Rate > 0:
		said = atRate(r, *first)
	case first.SafeCPS == 0:
		said = fmt.Sprintf("The limit that comes first is %s, and no rate is safe: %s.", first.Name, first.Effect)
	default:
		said = fmt.Sprintf("The limit that comes first is %s: %s they hold %s "+
			"connections/s for ever (%s if they begin at random, as those of users), and never more than %s. "+
			"Above, %s%s. --rate R answers it for your own rate.", first.Name, r.towards, figure.Limit(first.SafeCPS),
			figure.Limit(first.RandomSafeCPS), figure.Limit(first.SustainableCPS), first.Effect, before(r))
	}
	p.Labelled("", said+search(r)+tooMany(r))
}

// ifEven names the limits that a rate does not reach if its starts come evenly, and may if
// they come at random.
func ifEven(r Report) string {
	var near []string
	for _, l := range r.Limits {
		if !l.Harmless && l.HoldSeconds > 0 && l.ReachedSeconds == nil && r.Rate > l.RandomSafeCPS {
			near = append(near, fmt.Sprintf("%s (%s/s are safe)", l.Name, figure.Limit(l.RandomSafeCPS)))
		}
	}
	if len(near) == 0 {
		return ""
	}
	return " That is of starts that come evenly; those that come at random, as of users, may reach the limit of " +
		prose.List(near) + "."
}

// atRate is what comes first at the rate that was asked for.
func atRate(r Report, first Limit) string {
	if first.Uncertain {
		return fmt.Sprintf("At %s connections/s %s it is uncertain whether the limit of %s is "+
			"reached, %s at the earliest: %s up to %s late. Then %s%s.",
			figure.Exact(r.Rate), r.towards, first.Name, figure.Span(*first.ReachedSeconds), first.late,
			figure.Seconds(first.HoldSecondsMax-first.HoldSeconds), first.Effect, before(r))
	}
	return fmt.Sprintf("At %s connections/s %s the limit that comes first is %s, "+
		"after %s: %s%s.", figure.Exact(r.Rate), r.towards, first.Name, figure.Span(*first.ReachedSeconds),
		first.Effect, before(r))
}

// search is what ports cost before they run out, where the rate is so high.
func search(r Report) string {
	for _, l := range r.Limits {
		switch k := l.Knee; {
		case k == nil || r.Rate > 0 && l.Cores == 0:
		case k.CoreCPS >= capacity.DocumentedCPS: // no search to speak of
		case r.Rate > 0:
			return fmt.Sprintf(" Half of the ports may be held at this rate, and each %s then searches for up to %s "+
				"(documented): that takes up to %s.", k.Call(), k.Costs(),
				capacity.Cores(l.CoresLeast, l.Cores))
		default:
			return fmt.Sprintf(" Above %s/s half of the ports may be held, and each %s then searches for up to %s "+
				"(documented), which leaves %s on a core.", figure.Limit(k.CPS), k.Call(),
				k.Costs(), k.Leaves())
		}
	}
	return ""
}

// tooMany says that no client is known to open so many.
func tooMany(r Report) string {
	held := r.Rate
	if first := r.First(); r.Rate == 0 && first != nil {
		held = first.SafeCPS
	}
	if held <= capacity.DocumentedCPS {
		return ""
	}
	return fmt.Sprintf(" No client is known to open more than %s/s on a core.", figure.Limit(capacity.DocumentedCPS))
}

// butFor names a limit by which nothing fails, where that is the only one.
func butFor(r Report) string {
	if l := r.Harmless(); l != nil {
		return fmt.Sprintf(" by which one fails, but that of %s, %s: %s", l.Name, when(*l), l.Effect)
	}
	return ""
}

// before names a limit by which nothing fails, where it comes first.
func before(r Report) string {
	if l := r.Harmless(); l != nil {
		return fmt.Sprintf("; before that comes the limit of %s, %s: %s", l.Name, when(*l), l.Effect)
	}
	return ""
}

// when says from when on, or from which rate on, a limit is reached.
func when(l Limit) string {
	if l.ReachedSeconds != nil {
		return "after " + figure.Span(*l.ReachedSeconds)
	}
	return "above " + figure.Limit(l.SafeCPS) + "/s"
}
