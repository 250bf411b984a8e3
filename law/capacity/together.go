package capacity

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/internal/figure"
)

// Together is the law of several hosts that share a load evenly, each with ports of its
// own: what they hold is the sum of what each does. Where the ports of some never run out,
// a load that is shared evenly is bound by the others: each gets as much as the least of
// them can have. The zero value is the law of none.
func Together(hosts []Prediction) Prediction {
	if len(hosts) == 0 {
		return Prediction{}
	}
	if len(hosts) == 1 {
		return hosts[0]
	}
	out := Prediction{Reason: reasons(hosts)}
	limited := slices.DeleteFunc(slices.Clone(hosts), func(p Prediction) bool { return !p.Exhausts() })
	sameTerms(&out, hosts)
	if len(limited) == 0 {
		return out
	}
	byRate, all := true, float64(len(hosts))
	least := Prediction{SafeCPS: limited[0].Complete().SafeCPS, SustainableCPS: limited[0].SustainableCPS}
	for i, p := range limited {
		p = p.Complete()
		out.ConnectionsUntilExhaustion += p.ConnectionsUntilExhaustion
		out.ConnectionsAtLeast += p.ConnectionsAtLeast
		out.OpenUntilExhaustion += p.OpenUntilExhaustion
		out.SafeCPS += p.SafeCPS
		out.SustainableCPS += p.SustainableCPS
		byRate = byRate && (p.SustainableCPS > 0 || p.NoPort())
		least.SafeCPS = min(least.SafeCPS, p.SafeCPS)
		least.SustainableCPS = min(least.SustainableCPS, p.SustainableCPS)
		if i == 0 || p.HoldSeconds < out.HoldSeconds {
			out.HoldSeconds = p.HoldSeconds
		}
		out.HoldSecondsMax = max(out.HoldSecondsMax, p.HoldSecondsMax)
	}
	if len(limited) < len(hosts) {
		out.ConnectionsUntilExhaustion, out.ConnectionsAtLeast, out.OpenUntilExhaustion = 0, 0, 0
		out.SafeCPS, out.SustainableCPS = all*least.SafeCPS, all*least.SustainableCPS
	}
	if !byRate {
		out.SustainableCPS = 0 // no rate alone makes them run out
	}
	return out
}

// sameTerms are what the law multiplies, so that the product is that of all hosts.
func sameTerms(out *Prediction, hosts []Prediction) {
	first := hosts[0]
	out.Ports, out.Destinations = first.Ports, first.Destinations
	tuples, alike := 0, true
	for _, p := range hosts {
		out.Sources += p.Sources
		tuples += p.Ports * p.Sources
		alike = alike && p.Ports == first.Ports && p.Destinations == first.Destinations
	}
	if !alike && tuples > 0 {
		out.Ports, out.Sources = tuples, 1
	}
}

// reasons are the rules that decided, each once, with how many hosts it is of where there
// are several.
func reasons(hosts []Prediction) string {
	var texts []string
	count := map[string]int{}
	for _, p := range hosts {
		if count[p.Reason]++; count[p.Reason] == 1 {
			texts = append(texts, p.Reason)
		}
	}
	if len(texts) == 1 {
		return texts[0]
	}
	for i, text := range texts {
		texts[i] = fmt.Sprintf("on %s %s", figure.Plural(count[text], "host"), text)
	}
	return strings.Join(texts, "; ")
}
