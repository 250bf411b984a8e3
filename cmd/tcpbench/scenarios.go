package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/scenario"
)

func newScenarios(s streams) *cobra.Command {
	var claims bool
	cmd := &cobra.Command{
		Use:     "scenarios",
		Short:   "List the built-in scenarios, the claims that they test, and the time they take",
		Example: "  tcpbench scenarios\n  tcpbench scenarios show exhaustion > mine.yaml",
		Args:    noSuchCommand,
		RunE: func(*cobra.Command, []string) error {
			if claims {
				return nameClaims(s)
			}
			return listScenarios(s)
		},
	}
	cmd.Flags().BoolVar(&claims, "claims", false, "print the names alone of those that test a claim, for scripts")
	cmd.AddCommand(&cobra.Command{
		Use:       "show NAME",
		Short:     "Print a built-in scenario, to start your own from",
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

// nameClaims prints the names of the scenarios that test a claim.
func nameClaims(s streams) error {
	for _, name := range scenario.Builtins() {
		sc, err := scenario.Load(name)
		if err != nil {
			return err
		}
		if sc.Claim.IsZero() {
			continue
		}
		if _, err := fmt.Fprintln(s.out, name); err != nil {
			return err
		}
	}
	return nil
}

// listScenarios tells of each what it measures, or the claim that it tests,
// and how long it takes.
func listScenarios(s streams) error {
	p := prose.NewPrinter(s.out, columns(s.out))
	for _, name := range scenario.Builtins() {
		sc, err := scenario.Load(name)
		if err != nil {
			return err
		}
		cells, err := sc.Cells()
		if err != nil {
			return err
		}
		p.Line("%s (%s)", name, extent(sc, len(cells)))
		said := sc.About
		if !sc.Claim.IsZero() {
			said = fmt.Sprintf("Claim: %q", sc.Claim.Text)
		}
		p.Labelled("    ", said)
	}
	p.Line("\nEach runs by `tcpbench sweep NAME`; `--short` takes the shorter time.")
	return p.Err()
}

// extent is how many cells a scenario has, and how long they take.
func extent(sc *scenario.Scenario, cells int) string {
	out := fmt.Sprintf("%d cells", cells)
	if c := sc.Claim; !c.IsZero() {
		out += fmt.Sprintf(", %s; --short %s", figure.Seconds(c.Full.Seconds()), figure.Seconds(c.Short.Seconds()))
	}
	return out
}
