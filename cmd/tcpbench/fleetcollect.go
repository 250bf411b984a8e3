package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tcpbench/experiment/fleet"
	"tcpbench/internal/fault"
	"tcpbench/report/view"
	"tcpbench/results"
)

func newFleetCollect(s streams) *cobra.Command {
	var hub hubFlags
	dir, wait := fleetDir(), 30*time.Second
	var out runOutput
	cmd := &cobra.Command{
		Use:   "collect [flags]",
		Short: "Get what agents keep of a run whose coordinator ended",
		Long: `Collect gets what agents keep of runs whose coordinator was gone before it had
all of it, and makes the whole of each. The agents must reach the hub as before:
give the same --nats, or --listen and --keys.`,
		Example: `  # the coordinator was killed
  tcpbench fleet collect --listen 10.0.0.5:4222 --keys keys`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fleetCollect(cmd.Context(), s, hub, fleet.Options{Dir: dir, Wait: wait,
				Tell: func(text string) { fmt.Fprintln(s.err, "fleet:", text) }}, out)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&dir, "dir", dir, "the `DIR` that the coordinator kept its runs in")
	hub.add(flags)
	flags.DurationVar(&wait, "wait", wait, "wait `D` for agents")
	out.add(flags)
	return cmd
}

func fleetCollect(ctx context.Context, s streams, hub hubFlags, o fleet.Options, out runOutput) error {
	if n, err := fleet.Uncollected(o.Dir); err != nil {
		return err
	} else if n > 1 && out.path != "" {
		return fault.Usagef("--output: %s is one file, and %s has %d runs; without it each gets a file under %s",
			out.path, o.Dir, n, defaultOutput)
	}
	line, end, err := hub.open(ctx, s)
	if err != nil {
		return err
	}
	defer end()
	o.Line, o.Collect = line, hub.collect(o.Dir)
	var bad []error
	err = fleet.Collect(ctx, o, func(r *results.Run) error {
		path, err := out.file(time.Now())
		if err != nil {
			return err
		}
		if err := results.Write(path, r); err != nil {
			return err
		}
		fmt.Fprintln(s.err, "result:", path)
		bad = append(bad, outcome(r))
		return view.WriteText(s.out, r, columns(s.out))
	})
	return errors.Join(err, errors.Join(bad...))
}
