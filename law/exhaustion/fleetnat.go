package exhaustion

import "fmt"

// natBinds reports whether a shared NAT has less than the hosts.
func (f Fleet) natBinds() bool {
	switch {
	case f.NAT == nil || !f.NAT.Exhausts():
		return false
	case f.NAT.OpenUntilExhaustion > 0:
		return f.natFills()
	case !f.Hosts.Exhausts() && f.Hosts.SustainableCPS == 0:
		return true
	case f.NAT.SustainableCPS > 0 && f.Hosts.SustainableCPS > 0:
		return f.NAT.SustainableCPS < f.Hosts.SustainableCPS
	default:
		return f.NAT.ConnectionsUntilExhaustion < f.Hosts.ConnectionsUntilExhaustion
	}
}

// natFills reports whether open connections take all ports of a shared NAT, where its number is
// of those at a time, which says nothing of closed ones. It does not where ports of hosts ran out.
func (f Fleet) natFills() bool {
	if f.NAT == nil || f.NAT.OpenUntilExhaustion == 0 {
		return false
	}
	out, _, _ := f.kinds()
	return len(out) == 0 && int64(f.inFlight()) >= f.NAT.OpenUntilExhaustion && !f.natHasMore()
}

// natHasMore reports whether hosts cannot have more connections open at a time than their NAT.
func (f Fleet) natHasMore() bool {
	return f.Hosts.Exhausts() && f.Hosts.ConnectionsUntilExhaustion <= f.NAT.OpenUntilExhaustion
}

// inFlight is how many connections there are known to have been at a time.
func (f Fleet) inFlight() int {
	if f.InFlightSeen != nil {
		return min(*f.InFlightSeen, f.InFlight)
	}
	return f.InFlight
}

// natAside is what is said of a shared NAT that does not bind.
func (f Fleet) natAside() string {
	open := f.NAT.OpenUntilExhaustion
	if open == 0 {
		return "The NAT that they share has more ports than the hosts, and is not what limits them."
	}
	s := fmt.Sprintf("The NAT that they share has ports for %s connections at a time", f.NAT.Until())
	switch {
	case int64(f.InFlight) < open:
		s += fmt.Sprintf(", and the load no more than %d in flight: open ones alone do not fill it.", f.InFlight)
	case int64(f.inFlight()) < open:
		s += fmt.Sprintf(", and no interval ended with more than %d in flight: open ones alone do not fill it.",
			f.inFlight())
	case f.natHasMore():
		s += fmt.Sprintf(", and the hosts for %s: open ones alone do not fill it first.", f.Hosts.Until())
	default:
		s += fmt.Sprintf(", and the load had %d in flight: it may have been a limit, too.", f.inFlight())
	}
	return s + " Whether it keeps the ports of closed ones is not known: Linux takes them over since 6.5, and some " +
		"gateways keep them for a while."
}
