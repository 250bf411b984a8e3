package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet"
	"tcpbench/experiment/sweep"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/scenario"
)

// fleetFlags say which agents measure, and how they are reached.
type fleetFlags struct {
	hub    hubFlags
	launch launchFlags
	names  []string
	agents int
	wait   time.Duration

	partial    *word
	clockBound time.Duration
	sameHost   bool
	sharedNAT  int
	dir        string
	dryRun     bool
}

// What becomes of a run whose agents are missing or lost.
const (
	partialRefuse  = "refuse"
	partialDegrade = "degrade"
)

func newFleetFlags() *fleetFlags { return &fleetFlags{partial: newWord(partialRefuse, partialDegrade)} }

// add adds the flags that a run and a sweep have; plan adds --dry-run, which a sweep has of
// its own.
func (f *fleetFlags) add(flags *pflag.FlagSet, plan bool) {
	f.launch.add(flags)
	f.hub.add(flags)
	flags.IntVar(&f.agents, "agents", 0, "wait for `N` agents, and take the first by name (default those of "+
		"--names, or 1)")
	flags.StringSliceVar(&f.names, "names", nil, "the agents that there must be: `NAME,...`")
	flags.DurationVar(&f.wait, "wait", 30*time.Second, "wait `D` for agents")
	flags.Var(f.partial, "partial", "when agents are missing or lost: `refuse|degrade`; refuse: end the run, with "+
		"exit status 1; degrade: go on with those that are there; either way the result names them")
	flags.BoolVar(&f.sameHost, "same-host", false, "let several agents share the ports of one host, for a trial: "+
		"they are counted once, and the result says so")
	flags.IntVar(&f.sharedNAT, "shared-nat", 0, "all agents are behind one NAT, which has `N` ports towards a target: "+
		"the law of the fleet is the NAT's where open connections fill it before the hosts run out")
	flags.DurationVar(&f.clockBound, "clock-bound", 5*time.Millisecond,
		"refuse an agent whose clock is not known to `D`")
	flags.StringVar(&f.dir, "dir", fleetDir(),
		"the `DIR` where what agents measured is kept until the whole is on disk")
	if plan {
		flags.BoolVar(&f.dryRun, "dry-run", false, "say what each agent would do, and what the law predicts there; "+
			"measure nothing")
	}
}

func (f *fleetFlags) check() error {
	switch {
	case f.agents < 0:
		return fault.Usagef("--agents: %d is below 1", f.agents)
	case f.agents > 0 && len(f.names) > 0 && f.agents != len(f.names):
		return fault.Usagef("--agents: it is %d, and --names has %d; leave one of them out", f.agents, len(f.names))
	case len(f.launch.hosts) > 0 && (f.agents > 0 || len(f.names) > 0):
		return fault.Usagef("--hosts: the agents there are those of the fleet; leave out --agents and --names")
	case f.sharedNAT < 0:
		return fault.Usagef("--shared-nat: %d is below 1", f.sharedNAT)
	case f.wait <= 0 || f.clockBound <= 0:
		return fault.Usagef("--wait, --clock-bound: they are times above 0")
	default:
		return f.launch.check(&f.hub)
	}
}

func newFleetRun(s streams) *cobra.Command {
	f := newFleetFlags()
	s, own := s.withOwnKernel()
	cmd := newRunOr(s, func(ctx context.Context, spec cell.Spec) (bool, error) {
		if !f.dryRun {
			return false, nil
		}
		return true, f.plan(ctx, s, spec)
	})
	cmd.Use = "run [flags] [TARGET..]"
	cmd.Short = "Measure one workload from many hosts at once"
	cmd.Long = `Run has many hosts do what tcpbench run does on one: each agent drives its share,
all from one instant on, and one result comes of it, with one verdict. It takes
the flags of tcpbench run. Start the agents with tcpbench agent, on each host, or
have --hosts start them, with ssh.`
	cmd.Example = `  # from two hosts that ssh reaches, of which nothing else is needed
  tcpbench fleet run --hosts web-1,web-2 --copy -c 100 -z 30s http://10.0.0.9/

  # two agents, started by hand with the command that it prints
  tcpbench fleet run --agents 2 --listen 10.0.0.5:4222 --keys keys/ -c 100 -z 30s http://10.0.0.9/

  # what each would do
  tcpbench fleet run --agents 2 --nats nats://127.0.0.1:4222 --dry-run -c 100 http://10.0.0.9/`
	inGroup(cmd.Flags(), "Fleet", func(flags *pflag.FlagSet) { f.add(flags, true) })
	f.drives(cmd, s, own, func(args []string) ([]string, error) { return args, nil })
	return cmd
}

func newFleetSweep(s streams) *cobra.Command {
	f := newFleetFlags()
	s, own := s.withOwnKernel()
	cmd := newSweep(s)
	cmd.Short = "Measure every cell of a scenario from many hosts at once"
	cmd.Long = `Sweep has many hosts measure the cells of a scenario together, one cell after the
other, as tcpbench sweep does on one: it takes its flags. Before each cell it waits
for the ports that the one before took.`
	cmd.Example = `  # from two hosts that ssh reaches
  tcpbench fleet sweep --hosts web-1,web-2 --copy tuning.yaml

  # three agents that are there already
  tcpbench fleet sweep --agents 3 --nats nats://127.0.0.1:4222 tuning.yaml`
	inGroup(cmd.Flags(), "Fleet", func(flags *pflag.FlagSet) { f.add(flags, false) })
	cmd.SetUsageFunc(groupedUsage)
	_ = cmd.Flags().MarkHidden("dry-run") // there is the flag
	drive := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("dry-run") {
			return fault.Usagef("--dry-run: it is for one workload; tcpbench fleet run --dry-run says what each " +
				"agent would do, and tcpbench sweep --dry-run which cells there are")
		}
		return drive(cmd, args)
	}
	f.drives(cmd, s, own, func(args []string) ([]string, error) {
		return sweepTargets(cmd.Flags().Lookup("resume").Value.String(), args)
	})
	return cmd
}

// sweepTargets are those of all cells of a scenario, or of a sweep that is resumed.
func sweepTargets(resume string, args []string) ([]string, error) {
	var sc *scenario.Scenario
	var err error
	if resume == "" {
		sc, _, err = loadScenario(args)
	} else {
		sc, err = sweep.Scenario(resume)
	}
	if err != nil {
		return nil, err
	}
	cells, err := sc.Cells()
	if err != nil {
		return nil, fault.Usage(err)
	}
	var out []string
	for _, c := range cells {
		out = append(out, cell.Of(c.Workload, c.Programs).Targets...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// drives has a command measure with a fleet, in the place of this host; targets are those that
// its arguments name.
func (f *fleetFlags) drives(cmd *cobra.Command, s streams, own *kernel, targets func([]string) ([]string, error)) {
	drive := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		to, err := f.launch.targets(args, targets)
		if err != nil {
			return err
		}
		return f.with(cmd.Context(), s, own, to, func() error { return drive(cmd, args) })
	}
}

// sayWho says how agents are started that nobody starts here.
func (f *fleetFlags) sayWho(s streams, wanted int) {
	if f.hub.nats != "" || len(f.launch.hosts) > 0 {
		return
	}
	fmt.Fprintf(s.err, "fleet: waiting up to %v for %s, each started with\n"+
		"  tcpbench agent --nats %s --allow-target CIDR%s\n", f.wait,
		figure.Plural(wanted, "agent"), f.hub.fromElsewhere(), f.hub.credsHint())
}

// withOwnKernel is s with a kernel of its own, which a fleet measures in the place of.
func (s streams) withOwnKernel() (streams, *kernel) {
	if s.kernel == nil {
		return s, nil
	}
	own := *s.kernel
	s.kernel = &own
	return s, &own
}

// with gathers the fleet, has it measure in the place of this host, and lets go of it.
func (f *fleetFlags) with(ctx context.Context, s streams, own *kernel, targets []string, measure func() error) error {
	if err := s.needLinux("fleet run"); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	line, end, err := f.hub.open(ctx, s)
	if err != nil {
		return err
	}
	defer end()
	o := fleet.Options{Line: line, Names: f.names, Agents: f.agents, Wait: f.wait,
		Degrade: f.partial.value == partialDegrade, ClockBound: f.clockBound, Dir: f.dir, SameHost: f.sameHost,
		SharedNAT: f.sharedNAT, Tell: func(text string) { fmt.Fprintln(s.err, "fleet:", text) }}
	if len(f.launch.hosts) > 0 && strings.Contains(f.launch.command, "{nats}") && f.hub.everywhere() {
		return fault.Usagef("--launch: {nats} is to be an address that other hosts reach, and --listen %s is every "+
			"one of this host; name in it the one that they reach", f.hub.listen)
	}
	f.sayWho(s, o.Wanted())
	gathering, names, ended, err := f.launch.start(ctx, s, cmp.Or(f.hub.own, f.hub.nats), targets, o.Degrade)
	if err != nil {
		return err
	}
	released := false
	defer func() { ended(released) }()
	o.Names = append(o.Names, names...)
	o.Collect = f.hub.collect(f.dir) + f.launch.again
	fl, err := fleet.Open(gathering, o)
	if err != nil && ctx.Err() == nil {
		return cmp.Or(context.Cause(gathering), err) // why an agent was not started
	}
	if err != nil {
		return err
	}
	defer func() { fl.Close(); released = true }()
	own.measure, own.held, own.fleet = fl.Measure, fl.Held, fl
	err = keepOrForget(fl, measure(), o)
	if lost := fl.Lost(); err == nil && len(lost) > 0 && f.partial.value == partialRefuse {
		err = fmt.Errorf("the run is degraded: %s", strings.Join(lost, "; "))
	}
	return err
}

// keepOrForget removes what agents measured, unless a result of it is lost: then there is no
// other copy.
func keepOrForget(fl *fleet.Fleet, err error, o fleet.Options) error {
	if cell.Lost(err) {
		return fmt.Errorf("%w; what the agents measured is still in %s, and its result is got by %s", err, o.Dir,
			o.Collect)
	}
	return errors.Join(err, fl.Forget())
}

// plan shows what each agent would do.
func (f *fleetFlags) plan(ctx context.Context, s streams, spec cell.Spec) error {
	plan, err := s.kernel.fleet.Plan(ctx, spec)
	if err != nil {
		return err
	}
	return writePlan(s.out, plan)
}

func writePlan(w io.Writer, plan []fleet.Planned) error {
	t := prose.Table{Head: slices.Concat(prose.Words("agent", "host"), prose.Numbers("cpus", "connections", "rate",
		"count", "ports", "in use", "safe rate"), prose.Words("targets"))}
	for _, p := range plan {
		o := p.Share.Workload
		rate, count, safe, ports := "-", "-", "no limit", "no limit"
		if !o.Rate.IsZero() {
			rate = o.Rate.String()
		}
		if o.Count > 0 {
			count = fmt.Sprint(o.Count)
		}
		if p.Prediction.Exhausts() {
			ports = fmt.Sprint(p.Prediction.ConnectionsUntilExhaustion)
			safe = figure.Limit(p.Prediction.SafeCPS) + "/s"
		}
		var targets []string
		for _, one := range p.Share.Targets {
			targets = append(targets, scenario.Redacted(one))
		}
		t.Add(p.Name, p.Host.Name, p.Host.CPUs, o.Concurrency, rate, count, ports, p.HeldPorts, safe,
			strings.Join(targets, " "))
	}
	_, err := fmt.Fprintln(w, t)
	return err
}
