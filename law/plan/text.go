package plan

import (
	"fmt"
	"io"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
)

// WriteText writes p for people; from says where its settings are from, and
// width is where lines are to end, in columns.
func WriteText(w io.Writer, p Plan, from string, width int) error {
	t := printer{prose.NewPrinter(w, width)}
	t.Labelled("Settings    ", from)
	t.law(p)
	t.knee(p)
	t.rate(p)
	t.target(p)
	return t.Err()
}

// printer knows what to write of what.
type printer struct{ *prose.Printer }

func (t printer) law(p Plan) {
	law := p.Prediction
	t.Labelled("Ports       ", fmt.Sprintf("%s (%s)", law.Terms(), law.Reason))
	switch {
	case !law.Exhausts():
		t.Labelled("Sustains    ", "any rate: ports are no limit")
	case law.SustainableCPS == 0:
		t.Labelled("Sustains    ", "none for sure: more connections are in flight than there are ports")
	default:
		t.Labelled("Sustains    ", fmt.Sprintf("%s connections/s in all, %s/s for each source and destination; "+
			"faster ones run out after %d",
			figure.Limit(law.SustainableCPS), figure.Limit(p.PairCPS), law.ConnectionsUntilExhaustion))
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
	t.Labelled("Knee        ", fmt.Sprintf("above %s/s, when half of the ports are held, "+
		"one connect(2) costs up to %s searching (%s): at most %s/s on a core",
		figure.Limit(p.Knee.CPS), figure.Micros(p.Knee.ConnectUS), from, figure.Limit(p.Knee.CoreCPS)))
}

func (t printer) rate(p Plan) {
	at := p.Rate
	if at == nil {
		return
	}
	said, most := "ports never run out", p.Prediction.ConnectionsUntilExhaustion
	switch {
	case at.ExhaustedAfterS > 0:
		said = fmt.Sprintf("ports run out after %s (%d connections)", figure.Seconds(at.ExhaustedAfterS), most)
	case !at.Lasts:
		said = fmt.Sprintf("ports run out when more than %d connections are open at a time", most)
	}
	if at.Cores > 0 {
		said += fmt.Sprintf("; connect(2) becomes expensive after %s and then takes up to %s",
			figure.Seconds(at.KneeAfterS), cores(at.Cores))
	}
	t.Labelled("At the rate ", fmt.Sprintf("of %s/s %s", figure.Exact(at.CPS), said))
}

func (t printer) target(p Plan) {
	switch {
	case p.Target == nil:
		return
	case p.Target.AboveSafe > 0:
		t.Labelled("Target      ", fmt.Sprintf("%s/s: by the law these settings hold it, with little to spare: the "+
			"kernel may end a TIME_WAIT up to 5 s late, so only %s/s is safe", figure.Exact(p.Target.CPS),
			figure.Limit(p.Target.AboveSafe)))
		return
	case p.Target.Reached:
		t.Labelled("Target      ", fmt.Sprintf("%s/s: these settings hold it", figure.Exact(p.Target.CPS)))
		return
	case len(p.Target.Options) == 0:
		t.Line("")
		t.Labelled("Target      ", fmt.Sprintf("%s/s: no way to it is known; open fewer connections at a time, or "+
			"use more hosts", figure.Exact(p.Target.CPS)))
		t.tooDear(p.Target.TooDear)
		return
	}
	t.Line("\nWays to %s/s, cheapest first:", figure.Exact(p.Target.CPS))
	for i, o := range p.Target.Options {
		t.option(i+1, o)
	}
	t.tooDear(p.Target.TooDear)
}

// tooDear are those for which there are not processors enough.
func (t printer) tooDear(options []Option) {
	if len(options) > 0 {
		t.Line("\nPorts enough, but the search for a free one takes more processors than there are:")
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

// gives is what an option holds, and what its search costs.
func gives(o Option) string {
	s := "ports are no limit any more"
	switch {
	case o.RequestsPerConnection > 0:
		s = fmt.Sprintf("%s requests/s on %s connections/s", figure.Limit(o.SustainableCPS),
			figure.Limit(o.SustainableCPS/float64(o.RequestsPerConnection)))
	case o.SustainableCPS > 0:
		s = figure.Limit(o.SustainableCPS) + " connections/s"
	}
	if o.Knee == nil {
		return s
	}
	if o.Cores == 0 {
		return s + fmt.Sprintf("; the target is below the knee (%s connections/s)", figure.Limit(o.Knee.CPS))
	}
	return s + fmt.Sprintf("; above the knee (%s connections/s), where one connect(2) costs up to %s: %s",
		figure.Limit(o.Knee.CPS), figure.Micros(o.Knee.ConnectUS), cores(o.Cores))
}

// cores says how much of them a search takes.
func cores(n float64) string {
	if n <= 1 {
		return figure.Number(n) + " of a core"
	}
	return figure.Number(n) + " cores, more than a client of one thread has"
}
