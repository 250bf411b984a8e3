package split

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/scenario"
	"tcpbench/workload"
)

// Host is what an agent has.
type Host struct {
	// Name is the agent's.
	Name string
	// Addrs are the addresses of its host.
	Addrs []netip.Addr
	// CPUs is how many processors it has.
	CPUs int
}

// Of divides s among hosts, and returns the share of each in their order. The error has
// every problem there is: options that a fleet does not have, a load that is too small to
// be shared, addresses that no agent has, each with the names of options and agents.
func Of(s cell.Spec, hosts []Host) ([]cell.Spec, error) {
	errs := slices.Concat(refusals(s), names(hosts))
	if errors.Join(errs...) == nil {
		errs = append(errs, s.Validate())
	}
	if len(hosts) == 0 {
		return nil, fault.Usage(errors.Join(errs...))
	}
	w, n := s.Workload, len(hosts)
	sources, err := sourcesOf(w.Source, hosts)
	errs = append(errs, err, tooSmall(w, n))
	if err := errors.Join(errs...); err != nil {
		return nil, fault.Usage(err)
	}
	out := make([]cell.Spec, n)
	begun := int64(0)
	rates := shareRate(w.Rate, n)
	for i := range hosts {
		one := s
		one.Workload.Concurrency = int(share(int64(w.Concurrency), n, i))
		one.Workload.Count = share(w.Count, n, i)
		one.Workload.Rate = rates[i]
		one.Workload.Source = sources[i]
		one.Workload.Seed = w.Seed + int64(i)
		if !w.Rate.IsZero() {
			one.Part = workload.Part{Index: i, Of: n}
		}
		one.Targets = rotated(s.Targets, begun)
		begun += opens(one.Workload)
		out[i] = one
		if err := one.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("agent %s: %w", hosts[i].Name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fault.Usage(err)
	}
	return out, nil
}

// names refuses hosts without a name, or with that of another.
func names(hosts []Host) []error {
	if len(hosts) == 0 {
		return []error{errors.New("agents: there is none to share the load; start some, or wait for them")}
	}
	var errs []error
	seen := map[string]bool{}
	for i, h := range hosts {
		switch {
		case h.Name == "":
			errs = append(errs, fmt.Errorf("agents: number %d has no name", i+1))
		case seen[h.Name]:
			errs = append(errs, fmt.Errorf("agents: %s is there twice; give each a name of its own", h.Name))
		}
		seen[h.Name] = true
	}
	return errs
}

// share is what number i of n has of a whole: the floor, and one of the remainder.
func share(whole int64, n, i int) int64 {
	each, rest := whole/int64(n), whole%int64(n)
	if int64(i) < rest {
		return each + 1
	}
	return each
}

// tooSmall refuses a load of which some agent would have nothing.
func tooSmall(w scenario.Workload, n int) error {
	threads := max(w.Threads, 1)
	least := n * threads
	why := ""
	if threads > 1 {
		why = fmt.Sprintf(" of %d threads each", threads)
	}
	rate, slowest := min(w.Rate.From, w.Rate.To), float64(n)/(1/scenario.MinRate)
	return errors.Join(
		scenario.Refuse(w.Concurrency < least, "concurrency", "%s cannot be shared by %s%s; raise it to %d, or use %s",
			figure.Plural(w.Concurrency, "connection"), figure.Plural(n, "agent"), why, least,
			fewer(w.Concurrency/threads)),
		scenario.Refuse(w.Count > 0 && w.Count < int64(n), "count", "%d cannot be shared by %s; raise it to %d",
			w.Count, figure.Plural(n, "agent"), n),
		scenario.Refuse(!w.Rate.IsZero() && rate < slowest, "rate",
			"%s/s cannot be shared by %s; each begins %s/s at least, so raise it to %s/s", figure.Exact(rate),
			figure.Plural(n, "agent"), figure.Exact(scenario.MinRate), figure.Exact(slowest)))
}

// fewer is how many agents such a load is enough for.
func fewer(n int) string {
	if n < 1 {
		return "fewer threads"
	}
	return figure.Plural(n, "agent")
}

// opens is how many connections, or requests, an agent begins by a count; where none ends
// the run, one moves the next agent on to the next target.
func opens(w scenario.Workload) int64 {
	switch {
	case w.Count > 0:
		return w.Count
	case w.Mode == scenario.ModeIdle:
		return int64(w.Concurrency)
	default:
		return 1
	}
}

// rotated are targets from the one at a number on, counted round and round.
func rotated(targets []string, from int64) []string {
	if len(targets) == 0 {
		return nil
	}
	at := int(from % int64(len(targets)))
	return slices.Concat(targets[at:], targets[:at])
}

// sourcesOf gives each address to the agent that has it.
func sourcesOf(s scenario.Sources, hosts []Host) ([]scenario.Sources, error) {
	out := make([]scenario.Sources, len(hosts))
	if len(s.Addrs) == 0 {
		return out, nil
	}
	var errs []error
	for _, a := range s.Addrs {
		var has []string
		for i, h := range hosts {
			if slices.Contains(h.Addrs, a) {
				out[i].Addrs = append(out[i].Addrs, a)
				has = append(has, h.Name)
			}
		}
		errs = append(errs,
			scenario.Refuse(len(has) == 0, "source", "no agent has %s; leave it out, or add it to one of their hosts",
				a),
			scenario.Refuse(len(has) > 1, "source", "%s is an address of %s; name one that a single agent has", a,
				prose.List(has)))
	}
	for i, h := range hosts {
		errs = append(errs, scenario.Refuse(len(out[i].Addrs) == 0, "source",
			"none of these addresses is one of agent %s (it has %s); name one of them, or leave source out", h.Name,
			addresses(h.Addrs)))
	}
	return out, errors.Join(errs...)
}

// addresses are some of them, for a message.
func addresses(all []netip.Addr) string {
	const few = 4
	if len(all) == 0 {
		return "none"
	}
	s := scenario.Sources{Addrs: all[:min(few, len(all))]}.String()
	if more := len(all) - few; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}
