package main

import (
	"fmt"
	"io"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
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
		said, err := forecast(cell.Of(c.Workload, c.Programs))
		if err != nil {
			return fmt.Errorf("cell %s: %w", c.Name, err)
		}
		fmt.Fprintf(w, "%3d  %s\n     %s\n", i+1, c.Title, said)
	}
	return nil
}

// forecast says what the law gives for a cell: of the client's ports, as a
// proxy decides by itself what it does with its own.
func forecast(s cell.Spec) (string, error) {
	if !s.Lab() {
		return "not predicted: it is measured from this host, whose ports tcpbench plan looks at", s.Validate()
	}
	p, err := cell.Predict(s)
	if err != nil {
		return "", err
	}
	said := fmt.Sprintf("never runs out of ports (%s)", p.Reason)
	switch {
	case p.NoPort():
		said = fmt.Sprintf("no connection finds a port (%s)", p.Reason)
	case s.Holds() && (!p.Exhausts() || int64(s.Workload.Concurrency) <= p.ConnectionsUntilExhaustion):
		said = "holds " + figure.Plural(int64(s.Workload.Concurrency), "connection")
	case p.Exhausts() && p.SustainableCPS > 0:
		said = fmt.Sprintf("runs out %s (%s)", p.RunsOut(), p.Reason)
	case p.Exhausts():
		said = fmt.Sprintf("runs out %s (%s)", p.WhenOpen(), p.Reason)
	}
	if !s.Client.IsZero() {
		said += "; if the client's program closes first"
	}
	if nat, ok := cell.PredictNAT(s); ok {
		when := nat.WhenOpen()
		if nat.SustainableCPS > 0 {
			when = nat.RunsOut()
		}
		said += fmt.Sprintf("; the NAT runs out %s (%s)", when, nat.Reason)
	}
	if !s.Proxy.IsZero() {
		said += "; the proxy's ports are not predicted"
	}
	return said, nil
}
