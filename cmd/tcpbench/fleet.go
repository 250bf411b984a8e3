package main

import "github.com/spf13/cobra"

func newFleet(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fleet",
		Short: "Many client hosts, one result and one verdict",
		Long: `A fleet is agents on client hosts, and a coordinator that gives each of them a share
of a load, starts all at one instant and makes one result of what they measured.
They talk over NATS: by a server in the coordinator itself (the hub), by one that
runs by itself, or by a cluster of your own.`,
		Example: `  # keys for a hub and three agents
  tcpbench fleet keys --dir keys --host hub.example.com web-1 web-2 web-3

  # a run of all three, which wait for it
  tcpbench fleet run --names web-1,web-2,web-3 --listen 10.0.0.5:4222 --keys keys http://10.0.0.9/`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newFleetRun(s), newFleetSweep(s), newFleetList(s), newFleetCollect(s),
		newFleetHub(s), newFleetKeys(s))
	return cmd
}
