package main

import (
	"context"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"gonum.org/v1/plot/plotter"

	"tcpbench/experiment/cell"
	"tcpbench/internal/figure"
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
	r.line("![%s](%s)", pic.Caption, paths[0])
	return nil
}

// growthLevels are the connections in flight with which cost is measured.
func growthLevels() []int { return []int{1, 10, 100, 1000, 10000} }

func growthContenders(t tools) []contender {
	return []contender{
		native("epoll", echoServer(), short(1)),
		native("epoll, fresh sockets", echoServer(), changed(short(1), fresh)),
		netDialLoop(1),
		bareLoop(t, echoServer(), "rst", "fresh"),
	}
}

// growthMatch is between all contenders at all levels, level by level: the
// machine's own speed may change between two matches, not between two turns.
func growthMatch(t tools) match {
	m := match{name: "growth", unit: connections}
	for _, n := range growthLevels() {
		for _, c := range growthContenders(t) {
			c.inFlight = n
			m.contenders = append(m.contenders, c)
		}
	}
	return m
}

// growInFlight measures the cost of a connection at every level.
func growInFlight(ctx context.Context, r report, o options, t tools) ([]plots.Series, error) {
	m := growthMatch(t)
	var out outcome
	if err := m.inLab(ctx, o, t, &out); err != nil {
		return nil, err
	}
	each := growthContenders(t)
	tw := table.NewWriter()
	head := table.Row{"CPU us/connection; connections/s"}
	series := make([]plots.Series, len(each))
	for i, c := range each {
		head = append(head, c.name)
		series[i].Name = c.name
	}
	tw.AppendHeader(head)
	for k, n := range growthLevels() {
		row := table.Row{strconv.Itoa(n) + " in flight"}
		for i := range each {
			of := k*len(each) + i
			if out.Missing[of] != "" {
				row = append(row, "not measured: "+out.Missing[of])
				continue
			}
			costs := out.of(of, cost, m.unit)
			series[i].Points = append(series[i].Points, plotter.XY{X: float64(n), Y: figure.Median(costs)})
			row = append(row, describe(costs)+"; "+describe(out.of(of, rate, m.unit)))
		}
		tw.AppendRow(row)
	}
	r.line("%s.", shortWork)
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
