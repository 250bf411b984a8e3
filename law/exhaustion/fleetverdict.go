package exhaustion

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// JudgeFleet puts what many hosts found into words.
func JudgeFleet(f Fleet) Verdict {
	v := Verdict{Headline: f.lostFirst() + f.headline()}
	for _, s := range []string{f.first(), f.files(), f.natFull(), f.itself(), f.own(), f.late()} {
		if s != "" {
			v.Details = append(v.Details, s)
		}
	}
	for _, s := range []string{f.holds(), f.uneven(), f.shared(), f.another()} {
		if s != "" {
			v.Meaning = append(v.Meaning, s)
		}
	}
	return v
}

// lostFirst comes before all else where agents were missing or lost.
func (f Fleet) lostFirst() string {
	var parts []string
	for _, s := range []string{f.without(), f.lost()} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Degraded: " + strings.Join(parts, ", and ") + ". "
}

// without tells of agents that had no part in the load.
func (f Fleet) without() string {
	switch n := len(f.Missing); n {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("an agent was missing from the beginning (%s)", f.Missing[0])
	default:
		return fmt.Sprintf("%d agents were missing from the beginning (%s; and %d more)", n, f.Missing[0], n-1)
	}
}

// lost tells of agents that did not go on.
func (f Fleet) lost() string {
	_, _, lost := f.kinds()
	if len(lost) == 0 {
		return ""
	}
	a := lost[0]
	why := a.Lost
	if a.LostAt != nil {
		why = "at " + figure.Seconds(*a.LostAt) + ": " + why
	}
	if len(lost) > 1 {
		why = a.Name + " " + why
	}
	return fmt.Sprintf("%d of %s did not go on to the end: %s (%s)", len(lost), figure.Plural(len(f.Agents), "agent"),
		names(lost), why)
}

func (f Fleet) headline() string {
	out, ran, lost := f.kinds()
	w := f.Whole
	switch {
	case len(out) > 0 && len(out) == len(ran) && len(lost) == 0:
		return f.allOut(out)
	case len(out) > 0:
		return f.someOut(out, ran)
	case w.Succeeded == 0:
		return nothingSucceeded(w)
	case w.onlyBad():
		return onlyErrors(w) + f.did()
	default:
		return f.did()
	}
}

// allOut tells of ports that ran out everywhere.
func (f Fleet) allOut(out []FleetAgent) string {
	all := f.Finding()
	s := fmt.Sprintf("Out of local ports on %s: after %s, when the last of them had none, at %s", every(len(out)),
		figure.Plural(*all.AfterConnections, "connection"), figure.Seconds(*all.AfterSeconds))
	switch {
	case len(out) == 1:
		s = fmt.Sprintf("Out of local ports on %s: after %s, at %s", every(1),
			figure.Plural(*all.AfterConnections, "connection"), figure.Seconds(*all.AfterSeconds))
	case f.apart(out):
		s = fmt.Sprintf("Out of local ports on %s, each after connections of its own: %d together, the last agent "+
			"at %s", every(len(out)), *all.AfterConnections, figure.Seconds(*all.AfterSeconds))
	}
	switch p := f.Hosts; {
	case !p.Exhausts():
		return s + fmt.Sprintf("; the law had predicted none (%s).", p.Reason)
	case p.AsPredicted(*all.AfterConnections):
		return s + fmt.Sprintf("; exactly as predicted (%s: %s%s).", p.Terms(), p.Reason, odd(p))
	default:
		return s + fmt.Sprintf("; predicted were %s (%s: %s%s).", p.UntilWithin(*all.AfterSeconds),
			p.Terms(), p.Reason, odd(p))
	}
}

// someOut tells of ports that ran out on some agents alone.
func (f Fleet) someOut(out, ran []FleetAgent) string {
	var others []FleetAgent
	for _, a := range ran {
		if _, ok := a.ranOut(); !ok {
			others = append(others, a)
		}
	}
	s := fmt.Sprintf("Out of local ports on %d of %s: %s, %s", len(out), figure.Plural(len(f.Agents), "agent"),
		out[0].Name, outOf(out[0]))
	if len(out) > 1 {
		s += fmt.Sprintf(", and then %s", names(out[1:]))
	}
	if len(others) > 0 {
		s += fmt.Sprintf("; %s did not run out", names(others))
	}
	return s + ". Together: " + f.carried() + "."
}

// did tells of agents none of which ran out.
func (f Fleet) did() string {
	word := "Done"
	all := f.Finding()
	switch {
	case f.Whole.Interrupted:
		word = "Interrupted"
	case all != nil && all.Outcome == Sustained && (f.Whole.Aimed || f.Whole.Use == OneRequest):
		word = "Sustained"
	case f.Whole.Aimed:
		word = "Undecided"
	}
	_, ran, _ := f.kinds()
	where := figure.Plural(len(ran), "agent")
	if word == "Sustained" {
		where = every(len(ran))
	}
	return fmt.Sprintf("%s on %s: %s.", word, where, f.carried())
}

// carried is what all did together.
func (f Fleet) carried() string {
	w := f.Whole
	w.Aimed = false // how far it came is said of each agent
	switch w.Use {
	case ManyRequests:
		return carried(w)
	case Held:
		return heldText(w)
	default:
		return opened(w) + failedToo(w) + badAnswers(w)
	}
}

// first is the agent whose ports ran out before those of others, where all did.
func (f Fleet) first() string {
	out, ran, lost := f.kinds()
	if len(out) < 2 || len(out) != len(ran) || len(lost) > 0 {
		return ""
	}
	a := out[0]
	s := fmt.Sprintf("%s ran out first, %s", a.Name, outOf(a))
	if a.Finding.Errno != "" {
		s += fmt.Sprintf(": %s failed with %s", callName(a.Finding.Call), errnoText(a.Finding.Errno))
	}
	return s + "."
}

// files are agents that ran out of open files.
func (f Fleet) files() string {
	var n int64
	var agents []FleetAgent
	for _, a := range f.Agents {
		var own int64
		for key, count := range a.Errors {
			if strings.HasSuffix(key, ": EMFILE") || strings.HasSuffix(key, ": ENFILE") {
				own += count
			}
		}
		if n += own; own > 0 {
			agents = append(agents, a)
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("Out of open files on %s, %s: it is the limit of open files there (`ulimit -n`) that is too "+
		"low, not the number of ports.", names(agents), figure.Plural(n, "time"))
}

// natFull says that connects waited in vain where a shared NAT must have run out of ports,
// which agents cannot see.
func (f Fleet) natFull() string {
	w := f.Whole
	timeouts := w.Errors["connect: TIMEOUT"] + w.Errors["connect: ETIMEDOUT"]
	if f.NAT == nil || !f.NAT.Exhausts() || timeouts == 0 || w.Connected < f.NAT.Complete().ConnectionsAtLeast {
		return ""
	}
	return fmt.Sprintf("%s timed out, and %d had been established, as many as the NAT that the agents share has "+
		"ports for (%s): it may have run out of them, which its own counters show.",
		figure.Plural(timeouts, "connect"), w.Connected, f.NAT.Until())
}

// itself names the agents that were the limit, and not the target.
func (f Fleet) itself() string {
	var busy []FleetAgent
	for _, a := range f.Agents {
		if a.Limit != nil && a.Limit.What == ByClient {
			busy = append(busy, a)
		}
	}
	switch len(busy) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s was itself the limit, and not the target: %s.", busy[0].Name, busy[0].Limit.Evidence)
	default:
		return fmt.Sprintf("%s were themselves the limit, and not the target; %s: %s.", names(busy), busy[0].Name,
			busy[0].Limit.Evidence)
	}
}

// own names the agents whose figures are not the target's alone.
func (f Fleet) own() string {
	var own []FleetAgent
	for _, a := range f.Agents {
		if a.Own != "" {
			own = append(own, a)
		}
	}
	switch len(own) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("The generator of %s was late, or was not run for a while, which is in its %s.", own[0].Name,
			own[0].Own)
	default:
		return fmt.Sprintf("The generators of %s were late, or were not run for a while, which is in figures of "+
			"each; of "+
			"%s in its %s.", names(own), own[0].Name, own[0].Own)
	}
}

// late names agents whose intervals are not at their time.
func (f Fleet) late() string {
	var late []FleetAgent
	for _, a := range f.Agents {
		if a.Late {
			late = append(late, a)
		}
	}
	if len(late) == 0 {
		return ""
	}
	worst := slices.MaxFunc(late, func(a, b FleetAgent) int {
		switch {
		case abs(a.StartedLate) < abs(b.StartedLate):
			return -1
		case abs(a.StartedLate) > abs(b.StartedLate):
			return 1
		default:
			return 0
		}
	})
	how := "late"
	if worst.StartedLate < 0 {
		how = "early"
	}
	if len(late) == 1 {
		return fmt.Sprintf("%s began %s %s: its part of each interval is not of the time that it is shown at.",
			worst.Name, figure.Seconds(abs(worst.StartedLate)), how)
	}
	return fmt.Sprintf("%s began at another time, %s %s %s: their parts of intervals are not of the time that they "+
		"are shown at.", names(late), worst.Name, figure.Seconds(abs(worst.StartedLate)), how)
}

func abs(x float64) float64 { return max(x, -x) }

// holds is what the law gives all together, where ports are part of the answer.
func (f Fleet) holds() string {
	p := f.Prediction()
	switch {
	case f.natFills():
		return fmt.Sprintf("By the law the NAT that the agents share is the limit: it has ports for %s connections "+
			"at a time.", p.Until())
	case f.Whole.Use == Held || !f.matters():
		return ""
	case p.SustainableCPS == 0:
		return ""
	case f.natBinds():
		return fmt.Sprintf("By the law the NAT that the agents share is the limit: its ports %s.", p.Sum())
	case len(f.Agents)-f.sharing() == 1 && f.sharing() > 0:
		return fmt.Sprintf("By the law the ports of their host %s.", p.Sum())
	case !p.Exhausts():
		return fmt.Sprintf("By the law %s together hold %s connections/s for ever, when each has the same "+
			"share.", f.theseHosts(), figure.Limit(p.SafeCPS))
	default:
		return fmt.Sprintf("By the law %s together %s.", f.theseHosts(), p.Sum())
	}
}

// lawful are the agents whose law is known, one of each host.
func (f Fleet) lawful() []FleetAgent {
	var out []FleetAgent
	for _, a := range f.Agents {
		if a.Prediction != nil && !a.SharesPorts {
			out = append(out, a)
		}
	}
	return out
}

// theseHosts are those that the law of all is of.
func (f Fleet) theseHosts() string {
	of := f.lawful()
	if len(of) == len(f.Agents)-f.sharing() {
		return "these hosts"
	}
	return figure.Plural(len(of), "host") + " of " + fmt.Sprint(len(f.Agents)-f.sharing()) + " (" + names(of) + ")"
}

// matters reports whether ports ran out anywhere, were to, or would at this rate: all of them together,
// or those of a host by its share.
func (f Fleet) matters() bool {
	out, _, _ := f.kinds()
	return len(out) > 0 || f.Whole.Aimed || f.Prediction().Lasting(f.Whole.rate()) != capacity.ForEver ||
		f.shareRunsOut()
}

// shareRunsOut reports whether an even share of the rate would take all ports of a host.
func (f Fleet) shareRunsOut() bool {
	_, ran, _ := f.kinds()
	if f.Whole.Use == Held || f.natBinds() || f.sharing() > 0 {
		return false
	}
	return slices.ContainsFunc(f.lawful(), func(a FleetAgent) bool {
		return len(ran) > 0 && a.Prediction.Lasting(f.Whole.rate()/float64(len(ran))) != capacity.ForEver
	})
}

// uneven names the agent that is the first to run out of an even share, where the laws of
// the agents differ.
func (f Fleet) uneven() string {
	var least *FleetAgent
	differ := false
	for i, a := range f.Agents {
		if a.Prediction == nil || a.Prediction.SustainableCPS == 0 {
			continue
		}
		if least == nil {
			least = &f.Agents[i]
			continue
		}
		differ = differ || a.Prediction.SustainableCPS != least.Prediction.SustainableCPS
		if a.Prediction.SustainableCPS < least.Prediction.SustainableCPS {
			least = &f.Agents[i]
		}
	}
	if !differ || f.natBinds() || !f.matters() || f.sharing() > 0 {
		return "" // agents that share a host have a part of its ports each
	}
	return fmt.Sprintf("Their shares are the same and their ports are not: %s runs out first, from %s/s of all agents "+
		"together on.", least.Name, figure.Limit(least.Prediction.SustainableCPS*float64(len(f.Agents))))
}

// shared compares a NAT that the agents share with their own ports.
func (f Fleet) shared() string {
	switch {
	case f.NAT == nil || f.Whole.Use == Held:
		return ""
	case f.natBinds() && f.Hosts.SustainableCPS > 0:
		return fmt.Sprintf("The hosts alone would hold up to %s connections/s.", figure.Limit(f.Hosts.SustainableCPS))
	case f.natBinds() && f.Hosts.OpenUntilExhaustion > 0:
		return "The ports of the hosts alone run out " + f.Hosts.WhenOpen() + "."
	case f.natBinds():
		return "The ports of the hosts alone would not run out."
	default:
		return f.natAside()
	}
}

// another is what one more host would add, where their ports are the limit.
func (f Fleet) another() string {
	out, _, _ := f.kinds()
	n := len(f.lawful())
	if len(out) == 0 || f.natBinds() || f.Hosts.SustainableCPS == 0 || n == 0 || f.uneven() != "" {
		return ""
	}
	return fmt.Sprintf("Each further host like these adds %s connections/s.",
		figure.Limit(f.Hosts.Complete().SafeCPS/float64(n)))
}
