package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tcpbench/experiment/fleet/bus"
	"tcpbench/internal/fault"
)

func newFleetKeys(s streams) *cobra.Command {
	var (
		dir string
		o   bus.KeyOptions
	)
	cmd := &cobra.Command{
		Use:   "keys [flags] AGENT..",
		Short: "Make the keys of a hub, its coordinator and its agents",
		Long: `Keys are files in DIR, which its owner alone can read. A file of credentials says who
has it: copy each to the host of its agent, and to no other.

  ca.pem, ca.key       the authority; who has its key can make agents
  hub.pem, hub.key     the certificate of the hub, for localhost and each --host
  users                who is let in: take a line out, and that agent is not let in again
  coordinator.creds    the coordinator's credentials
  agents/AGENT.creds   an agent's

The hub takes ca.pem, hub.pem, hub.key and users. What is in DIR stays as it is:
another call adds agents, and what was removed. Certificates hold for two years.`,
		Example: `  tcpbench fleet keys --dir keys --host hub.example.com --host 192.0.2.1 web-1 web-2

  # another agent, later
  tcpbench fleet keys --dir keys web-3`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error {
			if dir == "" {
				return fault.Usagef("--dir: name the directory of the keys")
			}
			o.Agents = args
			return fleetKeys(s, dir, o)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&dir, "dir", "", "the keys are in `DIR`, which is made")
	flags.StringArrayVar(&o.Hosts, "host", nil, "agents reach the hub at `HOST`, a name or an IP address; repeatable")
	return cmd
}

// fleetKeys makes keys, and says which files go where.
func fleetKeys(s streams, dir string, o bus.KeyOptions) error {
	if err := bus.Make(dir, o); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "coordinator:", bus.CoordinatorCreds(dir))
	for _, name := range o.Agents {
		fmt.Fprintf(s.out, "agent %s: %s\n", name, bus.AgentCreds(dir, name))
	}
	return nil
}
