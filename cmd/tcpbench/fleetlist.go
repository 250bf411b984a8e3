package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tcpbench/experiment/fleet"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
)

func newFleetList(s streams) *cobra.Command {
	var hub hubFlags
	within := 2500 * time.Millisecond // longer than an agent is silent
	cmd := &cobra.Command{
		Use:   "list --nats URL",
		Short: "List the agents that are there",
		Example: `  # of a hub on this host
  tcpbench fleet list --nats nats://127.0.0.1:4222`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if hub.nats == "" {
				return fault.Usagef("--nats: say where the hub is, as in --nats nats://127.0.0.1:4222")
			}
			return fleetList(cmd.Context(), s, hub, within)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	hub.addRunning(flags)
	flags.DurationVar(&within, "wait", within, "listen for `D`")
	return cmd
}

func fleetList(ctx context.Context, s streams, hub hubFlags, within time.Duration) error {
	line, end, err := hub.open(ctx, s)
	if err != nil {
		return err
	}
	defer end()
	agents, err := fleet.List(ctx, line, within)
	if err != nil {
		return err
	}
	if len(agents) == 0 {
		return fmt.Errorf("no agent said anything within %v; start some with tcpbench agent", within)
	}
	return writeAgents(s.out, agents)
}

func writeAgents(w io.Writer, agents []fleet.Listed) error {
	t := prose.Table{Head: slices.Concat(prose.Words("agent", "host", "kernel"),
		prose.Numbers("cpus", "ports", "files"), prose.Words("targets", "keeps", "state"))}
	for _, a := range agents {
		h, state, keeps := a.Status.Host, "free", "nothing"
		switch {
		case a.Unfit != nil:
			state = a.Unfit.Error()
		case a.Status.Held != nil:
			state = "held"
		}
		if n := len(a.Status.Kept); n > 0 {
			keeps = figure.Plural(n, "result")
		}
		t.Add(a.Name, h.Name, h.Kernel, h.CPUs, h.Ports, h.Files, strings.Join(h.Within, " "), keeps, state)
	}
	_, err := fmt.Fprintln(w, t)
	return err
}
