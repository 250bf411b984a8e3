package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

func newScenarios(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "scenarios",
		Short:   "List the built-in scenarios",
		Example: "  tcpbench scenarios\n  tcpbench scenarios show exhaustion > mine.yaml",
		Args:    noSuchCommand,
		RunE:    func(*cobra.Command, []string) error { return listScenarios(s) },
	}
	cmd.AddCommand(&cobra.Command{
		Use:       "show NAME",
		Short:     "Print a built-in scenario, to begin one of yours with",
		Example:   "  tcpbench scenarios show exhaustion > mine.yaml",
		ValidArgs: scenario.Builtins(),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fault.Usagef("name one scenario of: %s", strings.Join(scenario.Builtins(), ", "))
			}
			text, err := scenario.Source(args[0])
			if err != nil {
				return fault.Usage(err)
			}
			_, err = s.out.Write(text)
			return err
		},
	})
	return cmd
}

func listScenarios(s streams) error {
	for _, name := range scenario.Builtins() {
		sc, err := scenario.Load(name)
		if err != nil {
			return err
		}
		cells, err := sc.Cells()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(s.out, "%-16s %d cells: %s\n", name, len(cells), sc.About); err != nil {
			return err
		}
	}
	return nil
}
