package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/proof"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/law/plan"
	"tcpbench/scenario"
)

func newPlan(s streams) *cobra.Command {
	w := scenario.DefaultWorkload()
	format := textOrJSON()
	var f planFlags
	cmd := &cobra.Command{
		Use:     "plan [flags] [RESULT]",
		Short:   "What settings hold for ever, and the ways to a higher rate, cheapest first",
		Long:    planLong,
		Example: planExample,
		Args:    atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := f.basis(s, &w, args, cmd.Flags())
			if err != nil {
				return err
			}
			if b.nat, err = f.nat.asked(cmd.Flags(), b.settings.Destinations); err != nil {
				return err
			}
			return makePlan(cmd.Context(), s, b, f, format.value)
		},
	}
	flags := cmd.Flags()
	f.add(flags)
	addLawSettings(flags, &w)
	flags.Var(format, "format", formatUsage(format.words...))
	return cmd
}

// planFlags are those that are no option of a workload.
type planFlags struct {
	defaults     bool
	rate, target float64 // per second; 0 is none
	verify       bool
	option       int // from 1; 0 is the cheapest
	nat          natFlags
}

func (f *planFlags) add(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.BoolVar(&f.defaults, "defaults", false, "start from the kernel's defaults, not from this host's settings")
	rate := steadyRateParser("give one rate", "give a rate such as 500 or 10k")
	flags.VarP(newParsed(&f.rate, rate, formatOneRate), "rate", "r",
		"say how long `R` connections per second last; 500, 10k, 50/1s")
	flags.Var(newParsed(&f.target, rate, formatOneRate), "target-rate", "say how to reach `R` connections per second")
	flags.BoolVar(&f.verify, "verify", false, "prove the cheapest way in a lab")
	flags.Var(newParsed(&f.option, parseOption, formatOption), "verify-option", "prove way `N` in a lab")
	f.nat.add(flags)
}

// addLawSettings makes a flag of every option that the law depends on.
func addLawSettings(flags *pflag.FlagSet, w *scenario.Workload) {
	names := lawSettings()
	for _, s := range w.Settings() {
		if !slices.Contains(names, s.Name) {
			continue
		}
		f := flags.VarPF(s, s.Name, s.Short, s.Usage)
		if s.IsBool() {
			f.NoOptDefVal = "true"
		}
	}
	flags.Lookup("sysctl").Usage = "a kernel setting instead of the one found, repeatable: `KEY=VALUE`"
	flags.Lookup("source").Usage = "client addresses used in turn: `ADDR,...|CIDR|N`"
	flags.Lookup("destinations").Usage = "`N` destinations, used in turn"
}

func lawSettings() []string {
	return []string{"concurrency", "linger", "close", "source", "destinations", "ip", "bind-no-port", "source-ports",
		"port-select", "sysctl", "server-sysctl", "threads"}
}

func formatOneRate(v float64) string {
	if v == 0 {
		return ""
	}
	return figure.Exact(v)
}

func parseOption(s string) (int, error) {
	n, err := parseConfirm(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not the number of a way, from 1 on", s)
	}
	return n, nil
}

func formatOption(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// planned is what goes to stdout as JSON.
type planned struct {
	plan.Plan
	// From says where the settings are from, and Sysctls which they are.
	From         string            `json:"from"`
	Sysctls      map[string]string `json:"sysctls"`
	Verification *verification     `json:"verification,omitempty"`
}

type verification struct {
	// Option is the number of the way; absent where the settings are proved.
	Option int `json:"option,omitempty"`
	proof.Report
}

// makePlan shows the plan and, where that is asked, proves it.
func makePlan(ctx context.Context, s streams, b basis, f planFlags, format string) error {
	out := planned{Plan: plan.Make(b.question(f)), From: b.from, Sysctls: b.sysctls}
	n, c, err := f.toProve(b, out.Target)
	if err != nil {
		return err
	}
	if c != nil {
		if err := s.needLinux("plan --verify"); err != nil {
			return err
		}
	}
	if format == formatText {
		if err := plan.WriteText(s.out, out.Plan, b.from, columns(s.out)); err != nil {
			return fmt.Errorf("write plan: %w", err)
		}
	}
	if c != nil {
		rep, err := prove(ctx, s, *c)
		if err != nil {
			return err
		}
		out.Verification = &verification{n, rep}
	}
	return out.show(s.out, format)
}

// show writes what plan.WriteText has not; the error is that of a
// verification, too.
func (p planned) show(w io.Writer, format string) error {
	v := p.Verification
	switch {
	case format == formatJSON:
		if err := indentedJSON(w, p); err != nil {
			return fmt.Errorf("write plan: %w", err)
		}
	case v != nil:
		if err := writeVerification(w, *v); err != nil {
			return err
		}
	}
	if v == nil {
		return nil
	}
	return v.Err()
}

func writeVerification(w io.Writer, v verification) error {
	what := "of these settings"
	if v.Option > 0 {
		what = fmt.Sprintf("of way %d", v.Option)
	}
	fmt.Fprintf(w, "\nVerification %s:\n\n", what)
	return proof.WriteTable(w, v.Report)
}

// toProve is the case that is to be proved, with the number of its way; nil
// where none is.
func (f planFlags) toProve(b basis, target *plan.Target) (int, *proof.Case, error) {
	if !f.verify && f.option == 0 {
		return 0, nil, nil
	}
	if b.nat != nil {
		return 0, nil, fault.Usagef("--verify: it proves the client's own ports, in a lab without a NAT; leave out " +
			"what is of one, or try one with run --nat")
	}
	n, o, err := f.choose(b, target)
	if err != nil {
		return 0, nil, err
	}
	if capacity.Predict(o.Settings).NoPort() {
		return 0, nil, fault.Usagef("--verify: these settings leave no port to connect from, so there is no rate " +
			"to try")
	}
	c := &proof.Case{Workload: b.workload, Sysctls: b.sysctls, Option: o, Target: f.target}
	if len(proof.Trials(*c)) == 0 {
		return 0, nil, fault.Usagef("--verify: ports are no limit with these settings, so there is no rate to try; " +
			"give one with --target-rate")
	}
	return n, c, nil
}

// prove tells how long it takes, and each trial as it ends.
func prove(ctx context.Context, s streams, c proof.Case) (proof.Report, error) {
	live := newDisplay(s, progressAuto)
	live.plain = nil // a trial has its line
	defer live.end()
	ctx = live.open(ctx)
	fmt.Fprintln(s.err, proof.Announce(proof.Trials(c)))
	return proof.Prove(ctx, c, proof.Tools{
		Measure: s.kernel.measure,
		Begin: func(w scenario.Workload) {
			live.beginNamed("trial", w, live.lawOf(cell.Spec{Workload: w}))
		},
		Interval: live.interval,
		End:      func(t proof.Trial) { live.tell(t.Line()) },
	})
}

// choose returns the way that is to be proved, with its number.
func (f planFlags) choose(b basis, target *plan.Target) (int, plan.Option, error) {
	asIs := plan.Option{Settings: b.settings, Now: b.settings}
	switch {
	case target == nil && f.option > 0:
		return 0, asIs, fault.Usagef("--verify-option: a way leads to a rate; name the rate with --target-rate")
	case target == nil:
		return 0, asIs, nil
	case target.Reached && f.option > 0:
		return 0, asIs, fault.Usagef("--verify-option: these settings hold %s/s as they are, so there is no way %d; "+
			"--verify proves them", figure.Exact(f.target), f.option)
	case target.Reached:
		return 0, asIs, nil
	case len(target.Options) == 0:
		return 0, asIs, fault.Usagef("--verify: there is no way to %s/s to verify", figure.Exact(f.target))
	case f.option > len(target.Options):
		return 0, asIs, fault.Usagef("--verify-option: %d is beyond the %d ways to %s/s", f.option,
			len(target.Options), figure.Exact(f.target))
	}
	n := max(f.option, 1)
	return n, target.Options[n-1], nil
}
