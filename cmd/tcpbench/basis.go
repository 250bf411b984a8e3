package main

import (
	"fmt"
	"maps"
	"net/netip"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/law/capacity"
	"tcpbench/law/plan"
	"tcpbench/results"
	"tcpbench/scenario"
)

// basis is what a plan begins with.
type basis struct {
	workload scenario.Workload
	sysctls  map[string]string // those of the law, in force
	settings capacity.Settings
	client   capacity.Client
	nat      *plan.AskedNAT // that the client is behind; nil without
	from     string         // where all that is from
}

// basis takes the settings of a result, the kernel or this host, and over them
// what flags say.
func (f planFlags) basis(s streams, w *scenario.Workload, args []string, flags *pflag.FlagSet) (basis, error) {
	for _, name := range w.Sysctl.Keys() {
		if err := capacity.CheckSysctl(name, w.Sysctl[name]); err != nil {
			return basis{}, fault.Usage(fmt.Errorf("--sysctl: %w", err))
		}
	}
	switch {
	case len(args) > 0 && f.defaults:
		return basis{}, fault.Usagef("--defaults: the settings are those of %s; leave out one of the two", args[0])
	case len(args) > 0:
		return basisOfResult(args[0], w, flags)
	}
	b := basis{workload: *w, sysctls: capacity.DefaultSysctls(), client: typical(*w),
		from: "the kernel's defaults"}
	if !f.defaults {
		if err := s.needLinux("plan from this host's settings"); err != nil {
			return basis{}, err
		}
		b.sysctls, b.from = s.kernel.sysctls(), "this host's"
		b.settings = b.settings.On(s.kernel.hz(), s.kernel.name())
	}
	if err := (cell.Spec{Workload: *w}).Validate(); err != nil {
		return basis{}, err
	}
	return b.complete(w.Sysctl)
}

// complete fills in what follows from the rest. given are the sysctls that
// replaced others.
func (b basis) complete(given scenario.Sysctls) (basis, error) {
	settings, err := cell.Law(cell.Spec{Workload: b.workload}, b.sysctls)
	if err != nil {
		return basis{}, err
	}
	settings.Loopback, settings.HZ, settings.InTurn = b.settings.Loopback, b.settings.HZ, b.settings.InTurn
	settings.FixedDelay = b.settings.FixedDelay
	b.settings = settings
	b.sysctls = capacity.LawSysctls(b.sysctls)
	maps.Copy(b.sysctls, b.workload.Sysctl)
	var with []string
	for _, name := range given.Keys() {
		with = append(with, name+"="+given[name])
	}
	if len(with) > 0 {
		b.from += ", with " + strings.Join(with, ", ")
	}
	return b, nil
}

// basisOfResult is that of the one run that a result has.
func basisOfResult(path string, w *scenario.Workload, flags *pflag.FlagSet) (basis, error) {
	set, err := results.Load(path)
	if err != nil {
		return basis{}, err
	}
	if len(set.Runs) != 1 {
		return basis{}, fault.Usagef("%s has %d results; name the result file of one cell", path, len(set.Runs))
	}
	r := set.Runs[0]
	if r.Portless() {
		return basis{}, fault.Usagef("%s is of a Unix socket, which has no ports to plan", path)
	}
	b := basis{workload: r.Options, sysctls: r.Environment.Sysctls, client: r.Client(),
		from: fmt.Sprintf("those of %s (%s)", path, r.Environment.Kernel)}
	if r.Exhaustion != nil && r.Exhaustion.Elsewhere() != "" {
		b.from += ", of its client; in that run ports ran out" + r.Exhaustion.OnHost()
	}
	if !r.Environment.Lab {
		b.workload.Destinations = max(len(r.Targets), 1)
		b.settings.Loopback = !slices.ContainsFunc(r.Targets, func(t string) bool { return !onLoopback(t) })
	}
	b.settings = b.settings.On(r.Environment.HZ, r.Environment.Kernel)
	b.workload.Sysctl = nil // they are in force
	b.workload.ServerSysctl = serverTimestamps(r.Environment.ServerSysctls)
	for _, name := range lawSettings() {
		if f := flags.Lookup(name); f.Changed {
			if err := b.workload.Set(name, f.Value.String()); err != nil {
				return basis{}, fault.Usage(err)
			}
		}
	}
	if flags.Lookup("threads").Changed {
		b.client.Threads = b.workload.Threads
	}
	return b.complete(w.Sysctl)
}

// typical is the client of which nothing is known but its threads, on this machine.
func typical(w scenario.Workload) capacity.Client {
	c := capacity.TypicalClient()
	c.Threads, c.CPUs = w.Threads, runtime.NumCPU()
	return c
}

// serverTimestamps are what the law takes of the server's sysctls.
func serverTimestamps(sysctls map[string]string) scenario.Sysctls {
	const name = "net.ipv4.tcp_timestamps"
	if v, ok := sysctls[name]; ok {
		return scenario.Sysctls{name: v}
	}
	return nil
}

// onLoopback reports whether a target, as a result has it, is an address of
// the loopback interface.
func onLoopback(target string) bool {
	targets, err := scenario.ParseTargets([]string{target})
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(strings.Trim(targets[0].Host, "[]"))
	return err == nil && a.IsLoopback() || targets[0].Host == "localhost"
}

// question is what is asked of the basis.
func (b basis) question(f planFlags) plan.Question {
	return plan.Question{
		Settings: b.settings,
		Client:   b.client,
		NAT:      b.nat,
		Rate:     f.rate,
		Target:   f.target,
	}
}
