package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"gonum.org/v1/plot/plotter"

	"tcpbench/cell"
	"tcpbench/plots"
	"tcpbench/results"
	"tcpbench/scenario"
)

// grow measures how the cost of a connection grows, and draws it to a
// directory.
func grow(ctx context.Context, r report, o options, t tools) error {
	r.heading("growth")
	series, err := growInFlight(ctx, r, o, t)
	if err != nil {
		return err
	}
	var runs []*results.Run
	for _, s := range []scenario.PortSelect{scenario.PortSelectKernel, scenario.PortSelectWalk} {
		run, err := growOccupancy(ctx, s)
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	pic, err := plots.CostGrowth(series, runs)
	if err != nil {
		return err
	}
	paths, err := plots.WriteAll(o.growth, []plots.Picture{pic}, []string{"png", "svg"})
	if err != nil {
		return err
	}
	r.line("\n![%s](%s)", pic.Caption, paths[0])
	return nil
}

// growInFlight plays the growth match with ever more connections in flight.
func growInFlight(ctx context.Context, r report, o options, t tools) ([]plots.Series, error) {
	m := growthMatch(t)
	tw := table.NewWriter()
	head := table.Row{"CPU us/connection, connections/s"}
	series := make([]plots.Series, len(m.contenders))
	for i, c := range m.contenders {
		head = append(head, c.name)
		series[i].Name = c.name
	}
	tw.AppendHeader(head)
	for _, n := range []int{1, 10, 100, 1000, 10000} {
		m.inFlight = n
		var out outcome
		if err := m.inLab(ctx, o, t, &out); err != nil {
			return nil, fmt.Errorf("%d in flight: %w", n, err)
		}
		row := table.Row{strconv.Itoa(n) + " in flight"}
		for i := range m.contenders {
			if out.Missing[i] != "" {
				row = append(row, "not measured: "+out.Missing[i])
				continue
			}
			costs := out.of(i, cost, m.unit)
			series[i].Points = append(series[i].Points, plotter.XY{X: float64(n), Y: median(costs)})
			row = append(row, describe(costs, "%.1f")+", "+describe(out.of(i, rate, m.unit), "%.0f"))
		}
		tw.AppendRow(row)
	}
	r.table(tw)
	return series, nil
}

// growOccupancy fills every default port with TIME_WAITs, which the kernel
// may not take over by itself.
func growOccupancy(ctx context.Context, s scenario.PortSelect) (*results.Run, error) {
	w := scenario.DefaultWorkload()
	w.PortSelect = s
	w.Concurrency, w.RequestSize, w.ResponseSize = 1, 1, 1
	w.Until, w.Duration, w.Steady = scenario.UntilExhausted, time.Minute, 0
	w.Interval = 100 * time.Millisecond
	w.Sysctl = scenario.Sysctls{"net.ipv4.tcp_tw_reuse": "0"}
	if s == scenario.PortSelectWalk { // it never runs out
		w.Until, w.Duration = scenario.UntilDuration, 5*time.Second
	}
	spec := cell.Spec{Workload: w, Labels: map[string]string{"port-select": string(s)}}
	return cell.Measure(ctx, spec, nil)
}
