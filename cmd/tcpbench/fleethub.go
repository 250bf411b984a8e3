package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tcpbench/experiment/fleet/bus"
)

func newFleetHub(s streams) *cobra.Command {
	o := bus.HubOptions{Listen: "127.0.0.1:4222"}
	cmd := &cobra.Command{
		Use:   "hub [flags]",
		Short: "Run the server over which a fleet talks, by itself",
		Long: `A hub runs until it is interrupted. It carries messages between a coordinator and
its agents, and keeps none. An address that other hosts can reach takes keys, which
` + "`tcpbench fleet keys`" + ` makes: then connections are TLS 1.3 with certificates on both
sides, and an agent speaks and hears on its own subjects alone. Agents whose keys are
made later are let in without a restart; who is no longer in DIR/users is not let in
again. What is refused is said on stderr.

An agent that connects twice is let in twice: the coordinator refuses the second.`,
		Example: `  # for agents on this host, or behind tunnels that end here
  tcpbench fleet hub

  # for others
  tcpbench fleet keys --dir keys --host hub.example.com web-1 web-2
  tcpbench fleet hub --listen 0.0.0.0:4222 --dir keys`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return fleetHub(cmd.Context(), s, o) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.Listen, "listen", o.Listen, "the `HOST:PORT` to listen on; port 0 lets the kernel pick")
	flags.StringVar(&o.Keys, "dir", "", "the keys are in `DIR` (default none: on a loopback address anybody is let in)")
	return cmd
}

// fleetHub runs a hub until ctx is done.
func fleetHub(ctx context.Context, s streams, o bus.HubOptions) error {
	o.Trouble = func(text string) { fmt.Fprintln(s.err, text) }
	h, err := bus.StartHub(o)
	if err != nil {
		return err
	}
	defer h.Close()
	who := "without keys: for this host alone"
	if o.Keys != "" {
		who = "with the keys in " + o.Keys
	}
	fmt.Fprintf(s.out, "listening on %s, %s\n", h.Addr(), who)
	<-ctx.Done()
	return nil
}
