package main

import (
	"fmt"
	"io"

	"tcpbench/cell"
	"tcpbench/internal/fault"
)

// dryRun prints a scenario's cells with what the law predicts for each.
func dryRun(w io.Writer, f sweepFlags, args []string) error {
	sc, _, err := f.scenario(args)
	if err != nil {
		return err
	}
	cells, err := sc.Cells()
	if err != nil {
		return fault.Usage(err)
	}
	fmt.Fprintf(w, "%s: %d cells\n%s\n\n", sc.Name, len(cells), sc.About)
	for i, c := range cells {
		p, err := cell.Predict(cell.Spec{Workload: c.Workload, Server: c.Server, Proxy: c.Proxy})
		if err != nil {
			return fmt.Errorf("cell %s: %w", c.Name, err)
		}
		said := "never runs out of ports"
		if p.Exhausts() {
			said = fmt.Sprintf("runs out after %d connections", p.ConnectionsUntilExhaustion)
			if p.SustainableCPS > 0 {
				said += fmt.Sprintf(" that come faster than %.5g/s", p.SustainableCPS)
			}
		}
		fmt.Fprintf(w, "%3d  %s\n     %s (%s)\n", i+1, c.Name, said, p.Reason)
	}
	return nil
}
