package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpbench/internal/fault"
	"tcpbench/internal/prose"
	"tcpbench/internal/suggest"
)

// streams are what a command reads and writes, and the kernel below. A guard
// stands before out and err: see [prose.Guard].
type streams struct {
	in       io.Reader
	out, err io.Writer
	kernel   *kernel // nil where it is not Linux
}

// Main runs the command line and returns the exit status.
func Main(args []string, in io.Reader, out, stderr io.Writer) int {
	return execute(args, streams{in, out, stderr, thisKernel()})
}

func execute(args []string, s streams) int {
	ctx, stop := interruptible()
	defer stop()
	out, errs := prose.NewGuard(s.out), prose.NewGuard(s.err)
	defer func() { _ = errors.Join(out.Flush(), errs.Flush()) }() // a line without an end; nobody is left to be told
	s.out, s.err = out, errs
	root := newRoot(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintln(s.err, "tcpbench:", strings.TrimSpace(err.Error()))
	}
	return fault.Status(err)
}

// interruptible returns a context that ends at the first SIGINT, SIGTERM or
// SIGHUP.
// The second one ends the process, as it would without us.
func interruptible() (context.Context, func()) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "tcpbench",
		Short: "How many TCP connections per second, what stops them, and which change helps",
		Long: `tcpbench opens TCP connections until the client fails with "cannot assign
requested address", and says what ran out, when, where throughput fell before
that, what the law of ports had predicted, and which change helps at what price.

Each measurement runs in network namespaces of its own. No root is needed, and
nothing on the host is changed.`,
		Example: `  # watch ports run out, and see what linger, tw_reuse and the port range change
  tcpbench sweep

  # one workload until ports run out
  tcpbench run --until exhausted --sysctl net.ipv4.ip_local_port_range="40000 40999"

  # your own server, from this host
  tcpbench run -c 100 -z 30s 127.0.0.1:8080`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noSuchCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newRun(s), newSweep(s), newCompare(s), newGate(s), newPlot(s), newReport(s), newExport(s), newHistory(s),
		newClaims(s),
		newFleet(s), newAgent(s),
		newPlan(s), newDoctor(s), newWatch(s),
		newServe(s), newScenarios(s), newSchema(s), newVersion(s),
	)
	versionFlag(root, s)
	root.InitDefaultCompletionCmd()
	groupCommands(root)
	completions(root)
	return root
}

// noSuchCommand refuses words that are not a command.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return fault.Usagef("unknown command %q%s; `tcpbench help` lists the commands", args[0],
		suggest.DidYouMean(args[0], names))
}

// flagError says what is wrong with a flag, and the nearest right one.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return fault.Usagef("unknown flag %s%s; `%s --help` lists the flags", flagName(unknown.GetSpecifiedName()),
			nearestFlag(cmd, unknown.GetSpecifiedName()), cmd.CommandPath())
	case errors.As(err, &invalid):
		return fault.Usagef("--%s: %w", invalid.GetFlag().Name, stripName(invalid))
	default:
		return fault.Usage(err)
	}
}

func flagName(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// stripName is the cause of an invalid value, without the setting's name,
// which the flag's name says already.
func stripName(err *pflag.InvalidValueError) error {
	cause := err.Unwrap()
	if inner := errors.Unwrap(cause); inner != nil {
		return inner
	}
	return cause
}

func nearestFlag(cmd *cobra.Command, name string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	near, ok := suggest.Nearest(name, names)
	if !ok {
		return ""
	}
	return fmt.Sprintf("; did you mean --%s?", near)
}

// atMost refuses more arguments than n, naming the first surplus one.
func atMost(n int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > n {
			return fault.Usagef("unexpected argument %q", args[n])
		}
		return nil
	}
}

// atLeastOne refuses a command line without a result.
func atLeastOne(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fault.Usagef("no RESULT is named; give a result file or the directory of a sweep")
	}
	return nil
}
