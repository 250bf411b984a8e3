package view

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/results"
)

// threads are those of the client, where there were several.
func threads(r *results.Run) prose.Table {
	what := "connections"
	if r.CarriesMany() {
		what = "requests"
	}
	t := prose.Table{
		Caption: "Threads of the client",
		Head: append(prose.Words("thread", "ports of its own", "processor"),
			prose.Numbers(what, "a second", "CPU, user", "CPU, system")...),
	}
	if len(r.Threads) < 2 {
		return t
	}
	for i, one := range r.Threads {
		n, rate := one.Succeeded, one.ConnectionsPerSecond
		if r.CarriesMany() {
			n, rate = one.Requests, one.RequestsPerSecond
		}
		t.Add(fmt.Sprint(i+1), owned(one.Owns), processor(one.Processor), n, perSecond(rate), figure.Seconds(one.UserS),
			figure.Seconds(one.SystemS))
	}
	return t
}

// owned are the ports that a thread has for itself.
func owned(p *results.Part) string {
	switch {
	case p == nil:
		return "none"
	case p.Sources > 0:
		return figure.Plural(p.Sources, "source")
	case p.Destinations > 0:
		return figure.Plural(p.Destinations, "destination")
	default:
		return figure.Plural(p.Pairs, "pair")
	}
}

func processor(n *int) string {
	if n == nil {
		return "any"
	}
	return fmt.Sprint(*n)
}

func perSecond(rate *float64) string {
	if rate == nil {
		return ""
	}
	return figure.Number(*rate)
}
